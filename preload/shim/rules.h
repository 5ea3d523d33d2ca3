/* SPDX-License-Identifier: MIT
 *
 * shim/rules.h - the unwind rule of an address, remembered.
 *
 * Shape    Open addressing: { pc | tag << 48, rule }, at most RULES_PROBES places a key. An entry
 *          of an older tag is free. A table that fills up is followed by one of twice the size.
 * Units    addresses
 * Owner    The program image: it survives a fork, as the code does.
 * Threads  thread-safe, async-signal-safe, no lock on reading. A writer claims an entry by
 *          compare-and-swap of its key to RULES_CLAIMED, stores the rule, then the key (both
 *          release). A reader loads the key (acquire), the rule (acquire), the key again: the
 *          same key twice means the rule between belongs to it, because an entry is never
 *          refilled within one tag.
 * Errors   A rule of kind RULE_NO_CODE or RULE_UNKNOWN.
 * Cost     Two loads of one cache line; about a microsecond for an address not met before.
 * Source   none
 */
#ifndef TARE_SHIM_RULES_H
#define TARE_SHIM_RULES_H

#include <stddef.h>

#include "shim/cfi.h"
#include "shim/modules.h"

enum { RULES_BITS_MIN = 13, RULES_BITS_MAX = 17, RULES_PROBES = 8, RULES_CLAIMED = 1 };

struct rule_entry {
    uint64_t key;
    unwind_rule rule;
};

struct rule_table {
    uint32_t shift; /* 64 - log2 of the entries */
    struct rule_entry entries[];
};

/* NULL until the first rule is looked up. */
extern struct rule_table *rules;

/* Only 15 bits of the tag fit beside an address: 32767 unloads may pass between two uses. */
INLINE uint64_t rule_key(uint64_t pc, uint32_t tag)
{
    return pc | (uint64_t)(tag | 0x8000) << 48;
}

INLINE uint64_t rule_hash(uint64_t pc)
{
    return pc * 0x9e3779b97f4a7c15u;
}

/* The other places of a key, then the unwind tables themselves. */
unwind_rule rule_find_slowly(uint64_t pc, uint32_t tag);

/* The rule for the instruction at `pc`. */
INLINE unwind_rule rule_find(uint64_t pc, uint32_t tag)
{
    const struct rule_table *table = __atomic_load_n(&rules, __ATOMIC_ACQUIRE);
    uint64_t key = rule_key(pc, tag);

    if (LIKELY(table != NULL)) {
        const struct rule_entry *entry = &table->entries[rule_hash(pc) >> table->shift];

        if (LIKELY(__atomic_load_n(&entry->key, __ATOMIC_ACQUIRE) == key)) {
            unwind_rule rule = __atomic_load_n(&entry->rule, __ATOMIC_ACQUIRE);

            if (LIKELY(__atomic_load_n(&entry->key, __ATOMIC_RELAXED) == key &&
                       rule_kind(rule) != RULE_NO_CODE))
                return rule;
        }
    }
    return rule_find_slowly(pc, tag);
}

#endif
