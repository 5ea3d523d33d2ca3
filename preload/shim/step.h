/* SPDX-License-Identifier: MIT
 *
 * shim/step.h - one step of a walk: from a frame to its caller's.
 *
 * Shape    cursor (ip, rsp, rbp) -> rule -> words of the stack -> cursor; what was used is noted in
 *          a fresh_frame, so that it can be verified later.
 * Units    Addresses.
 * Owner    none
 * Threads  The thread whose stack it is.
 * Errors   A step that cannot be made ends the walk: FRAME_OUTERMOST, and FRAME_CUT where the
 *          stack itself does not end.
 * Cost     A rule look-up and one or two loads.
 * Source   System V ABI AMD64, 3.2.2 (the stack frame).
 */
#ifndef TARE_SHIM_STEP_H
#define TARE_SHIM_STEP_H

#include <stdbool.h>

#include "shim/chain.h"
#include "shim/rules.h"

/* A frame pointer further above the stack pointer than this is not one. */
enum { RBP_REACH = 64 << 20, LOWEST_CODE = 4096 };

/* Where a walk stands. */
struct cursor {
    uint64_t ip, rsp, rbp;
    bool exact;
};

/* The caller's rbp, by `rule`, for the frame at `cursor` whose CFA is `cfa`. */
INLINE void restore_rbp(struct cursor *cursor, struct fresh_frame *frame, unwind_rule rule,
                        uint64_t cfa)
{
    enum rule_saved saved = rule_saved(rule);

    if (saved == SAVED_AT_CFA)
        frame->saved_at = cfa + (uint64_t)rule_rbp_offset(rule);
    else if (UNLIKELY(saved == SAVED_AT_RBP))
        frame->saved_at = cursor->rbp + (uint64_t)rule_rbp_offset(rule);
    else
        return;
    frame->saved_value = cursor->rbp = word_at(frame->saved_at);
    frame->flags |= FRAME_HAS_SAVED;
}

/* No step leads out of this frame; whether that is still so is found by trying again. */
INLINE bool step_is_cut(struct fresh_frame *frame)
{
    frame->flags |= FRAME_OUTERMOST | FRAME_SPECIAL | FRAME_CUT;
    return false;
}

/* A return address of 0 marks the outermost frame as undefined ones do; it is read, though. */
INLINE bool step_arrives(const struct cursor *cursor, struct fresh_frame *frame)
{
    if (LIKELY(cursor->ip >= LOWEST_CODE))
        return true;
    step_is_cut(frame);
    if (cursor->ip == 0)
        frame->flags &= ~(uint32_t)FRAME_CUT;
    return false;
}

/* The step's outcome: the return address below the CFA, in the caller's frame. */
INLINE bool step_to(struct cursor *cursor, struct fresh_frame *frame, unwind_rule rule,
                    uint64_t cfa)
{
    if (UNLIKELY(cfa <= cursor->rsp || (cfa & 7) || cfa >> 47))
        return step_is_cut(frame);
    restore_rbp(cursor, frame, rule, cfa);
    cursor->ip = word_at(cfa - 8);
    cursor->rsp = cfa;
    return step_arrives(cursor, frame);
}

INLINE bool step_out_of_signal(struct cursor *cursor, struct fresh_frame *frame,
                               unwind_rule rule)
{
    uint64_t registers = cursor->rsp + (uint64_t)rule_cfa_offset(rule); /* RSP, RIP */

    frame->flags |= FRAME_SPECIAL | FRAME_HAS_SAVED;
    frame->saved_at = cursor->rsp + (uint64_t)rule_rbp_offset(rule);
    frame->saved_value = cursor->rbp = word_at(frame->saved_at);
    cursor->rsp = word_at(registers);
    cursor->ip = word_at(registers + 8);
    cursor->exact = true;
    return step_arrives(cursor, frame);
}

INLINE bool step_by_rbp(struct cursor *cursor, struct fresh_frame *frame, unwind_rule rule)
{
    uint64_t cfa = cursor->rbp + (uint64_t)rule_cfa_offset(rule);

    frame->flags |= FRAME_USES_RBP;
    if (cursor->rbp - cursor->rsp > RBP_REACH || (cursor->rbp & 7))
        return step_is_cut(frame);
    if (rule_kind(rule) == RULE_DEREF_RBP) {
        frame->flags |= FRAME_SPECIAL;
        cfa = word_at(cfa);
    }
    return step_to(cursor, frame, rule, cfa);
}

struct stepped {
    struct cursor cursor;
    bool more;
};

/* The steps that are not by RULE_RSP. The cursor is passed by value, so that the caller's can
 * stay in registers. */
static __attribute__((noinline, unused)) struct stepped
step_otherwise(struct cursor cursor, struct fresh_frame *frame, unwind_rule rule)
{
    bool more = false;

    switch (rule_kind(rule)) {
    case RULE_RBP:
    case RULE_DEREF_RBP:
        more = step_by_rbp(&cursor, frame, rule);
        break;
    case RULE_SIGNAL:
        more = step_out_of_signal(&cursor, frame, rule);
        break;
    case RULE_END:
        frame->flags |= FRAME_OUTERMOST;
        break;
    default:
        step_is_cut(frame);
        /* ld.so's first function has no unwind data, and no caller either. */
        if (code_is_loader(cursor.ip))
            frame->flags &= ~(uint32_t)FRAME_CUT;
        break;
    }
    return (struct stepped){cursor, more};
}

/* Go from the frame at `cursor` to its caller, noting in `frame` what was used; false when it
 * is the outermost. */
INLINE bool step(struct cursor *cursor, struct fresh_frame *frame, uint32_t tag)
{
    unwind_rule rule = rule_find(cursor->ip - !cursor->exact, tag);

    frame->flags = cursor->exact ? FRAME_EXACT : 0;
    cursor->exact = false;
    if (LIKELY(rule_kind(rule) == RULE_RSP))
        return step_to(cursor, frame, rule, cursor->rsp + (uint64_t)rule_cfa_offset(rule));
    struct stepped stepped = step_otherwise(*cursor, frame, rule);
    *cursor = stepped.cursor;
    return stepped.more;
}

#endif
