/* SPDX-License-Identifier: MIT */
#include "shim/rules.h"

#include <errno.h>
#include <stddef.h>

#include "shim/sys.h"

struct rule_table *rules;

static size_t table_entries(const struct rule_table *table)
{
    return (size_t)1 << (64 - table->shift);
}

/* The first table, or the one after `full`, which stays mapped: readers may be in it, and a
 * half of a half of the largest is little. The new one starts empty. */
static void grow(struct rule_table *full)
{
    uint32_t bits = full ? 64 - full->shift + 1 : RULES_BITS_MIN;

    if (bits > RULES_BITS_MAX) {
        code_forget_rules();
        return;
    }
    size_t bytes = sizeof(struct rule_table) + (sizeof(struct rule_entry) << bits);
    /* Not wiped on fork: the child's code is the parent's. */
    struct rule_table *table = sys_map(NULL, bytes, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    if (table == MAP_FAILED)
        return;
    madvise(table, bytes, MADV_DONTDUMP); /* by which tare run knows it */
    table->shift = 64 - bits;
    if (!__atomic_compare_exchange_n(&rules, &full, table, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        sys_unmap(table, bytes);
}

/* "No code" holds until something is loaded: the count of loads is kept in the offset's bits. */
static unwind_rule no_code(uint32_t loads)
{
    return rule_make(RULE_NO_CODE, SAVED_NOT, loads, 0);
}

static void remember(struct rule_table *table, uint64_t pc, uint32_t tag, unwind_rule rule)
{
    uint64_t key = rule_key(pc, tag), at = rule_hash(pc) >> table->shift;

    for (int i = 0; i < RULES_PROBES; i++) {
        struct rule_entry *entry =
            &table->entries[(at + (uint64_t)i) & (table_entries(table) - 1)];
        uint64_t old = __atomic_load_n(&entry->key, __ATOMIC_RELAXED);

        if (old == key && rule_kind(entry->rule) != RULE_NO_CODE)
            return; /* another thread was first */
        if (old == RULES_CLAIMED || (old != key && old >> 48 == key >> 48))
            continue;
        if (__atomic_compare_exchange_n(&entry->key, &old, RULES_CLAIMED, false,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            __atomic_store_n(&entry->rule, rule, __ATOMIC_RELEASE);
            __atomic_store_n(&entry->key, key, __ATOMIC_RELEASE);
            return;
        }
    }
    grow(table);
}

static COLD unwind_rule rule_fill(uint64_t pc, uint32_t tag)
{
    uint32_t loads = __atomic_load_n(&code.loads, __ATOMIC_ACQUIRE);
    struct code_object object;
    unwind_rule rule = no_code(loads);
    int saved_errno = errno;

    if (code_find(pc, &object)) {
        rule = cfi_rule(object.eh_frame_hdr, pc);
        if (rule_kind(rule) == RULE_NO_CODE)
            rule = no_code(loads);
        if (!module_is_known(pc))
            goto out; /* its unloading would not be noticed */
    }
    if (!rules)
        grow(NULL);
    if (rules)
        remember(rules, pc, tag, rule);
out:
    errno = saved_errno;
    return rule;
}

unwind_rule rule_find_slowly(uint64_t pc, uint32_t tag)
{
    struct rule_table *table = __atomic_load_n(&rules, __ATOMIC_ACQUIRE);
    uint64_t key = rule_key(pc, tag);

    if (pc >> 47)
        return rule_make(RULE_NO_CODE, SAVED_NOT, 0, 0);
    for (int i = 0; table && i < RULES_PROBES; i++) {
        uint64_t at = (rule_hash(pc) >> table->shift) + (uint64_t)i;
        const struct rule_entry *entry = &table->entries[at & (table_entries(table) - 1)];

        if (__atomic_load_n(&entry->key, __ATOMIC_ACQUIRE) != key)
            continue;
        unwind_rule rule = __atomic_load_n(&entry->rule, __ATOMIC_ACQUIRE);
        if (__atomic_load_n(&entry->key, __ATOMIC_RELAXED) != key)
            continue;
        if (rule_kind(rule) != RULE_NO_CODE ||
            rule == no_code(__atomic_load_n(&code.loads, __ATOMIC_ACQUIRE)))
            return rule;
    }
    return rule_fill(pc, tag);
}
