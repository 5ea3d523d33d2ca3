/* SPDX-License-Identifier: MIT
 *
 * shim/cfi.h - how to step out of one frame, from the unwind tables of the code itself.
 *
 * Shape    unwind_rule: one 64-bit word, so that a cache entry is read and written whole.
 *              kind:3 | saved:2 | cfa_offset:29 signed | rbp_offset:30 signed
 * Units    Addresses; offsets in bytes.
 * Owner    none
 * Threads  thread-safe, async-signal-safe: reads only .eh_frame of mapped modules.
 * Errors   A rule of kind RULE_NO_CODE or RULE_UNKNOWN; nothing else fails.
 * Cost     About a microsecond; shim/rules.h keeps the answers.
 * Source   DWARF 5, 6.4 (call frame information); System V ABI AMD64, 3.7; LSB 5, 10.6
 *          (.eh_frame_hdr). Registers by DWARF number: 6 rbp, 7 rsp, 16 return address.
 */
#ifndef TARE_SHIM_CFI_H
#define TARE_SHIM_CFI_H

#include <stdint.h>

#include "shim/compiler.h"

enum rule_kind {
    RULE_NONE,      /* no rule: an empty cache entry */
    RULE_RSP,       /* CFA = rsp + cfa_offset */
    RULE_RBP,       /* CFA = rbp + cfa_offset */
    RULE_DEREF_RBP, /* CFA = *(rbp + cfa_offset): a frame that aligned its stack */
    RULE_SIGNAL,    /* the frame a signal handler returns to: all registers are in memory */
    RULE_END,       /* outermost frame */
    RULE_NO_CODE,   /* no unwind data for this address */
    RULE_UNKNOWN,   /* unwind data of a form that this interpreter does not know */
};

/* Where the caller's rbp is. */
enum rule_saved {
    SAVED_NOT,    /* still in rbp */
    SAVED_AT_CFA, /* at CFA + rbp_offset */
    SAVED_AT_RBP, /* at rbp + rbp_offset */
    SAVED_LOST,   /* undefined */
};

typedef uint64_t unwind_rule;

INLINE unwind_rule rule_make(enum rule_kind kind, enum rule_saved saved, int64_t cfa_offset,
                             int64_t rbp_offset)
{
    return (uint64_t)kind | (uint64_t)saved << 3 |
           ((uint64_t)cfa_offset & ((1u << 29) - 1)) << 5 | (uint64_t)rbp_offset << 34;
}

INLINE enum rule_kind rule_kind(unwind_rule rule)
{
    return (enum rule_kind)(rule & 7);
}

INLINE enum rule_saved rule_saved(unwind_rule rule)
{
    return (enum rule_saved)(rule >> 3 & 3);
}

INLINE int64_t rule_cfa_offset(unwind_rule rule)
{
    return (int64_t)(rule << 30) >> 35;
}

INLINE int64_t rule_rbp_offset(unwind_rule rule)
{
    return (int64_t)rule >> 34;
}

/* The rule for `pc`, given the .eh_frame_hdr of the module it lies in (NULL: none). */
unwind_rule cfi_rule(const uint8_t *eh_frame_hdr, uint64_t pc);

#endif
