/* SPDX-License-Identifier: MIT */
#include "shim/chain_parts.h"

#include <stddef.h>

#include "shim/step.h"

/* What verification found. */
struct verified {
    int64_t stop;  /* the step out of this frame is not as before; -1: all are */
    int64_t dirty; /* outermost frame whose ip was replaced; -1: none */
};

/* What a walk came to: the frames stepped over anew, and the cached ones that stay. */
struct walk {
    uint32_t fresh_count, kept;
    int64_t dirty; /* as in struct verified */
};

/* Step out of cached frame `i` again: does it still lead to cached frame i - 1? */
static __attribute__((noinline)) bool special_step_holds(const struct chain *chain,
                                                         int64_t i)
{
    const struct frame *frame = &chain->frames[i], *outer = frame - 1;
    struct fresh_frame again;
    struct cursor cursor = {
        .ip = frame->ip,
        .rsp = frame_rsp(frame),
        .rbp = chain->details[i].rbp,
        .exact = frame_flags(frame) & FRAME_EXACT,
    };

    if (!step(&cursor, &again, chain->tag))
        return i == 0;
    return i > 0 && cursor.ip == outer->ip && cursor.rsp == frame_rsp(outer) &&
           cursor.exact == !!(frame_flags(outer) & FRAME_EXACT) &&
           (!(frame_flags(outer) & FRAME_NEEDS_RBP) ||
            cursor.rbp == chain->details[i - 1].rbp);
}

/* Frame `i` is entered by another call of the same function: its return address is new, but
 * its caller is found at the same place in the same way. Then only the address changes. */
static bool replace_call_site(struct chain *chain, int64_t i)
{
    struct frame *frame = &chain->frames[i];
    uint32_t flags = frame_flags(frame);

    if (i < 1 || (flags & (FRAME_SPECIAL | FRAME_EXACT | FRAME_OUTERMOST | FRAME_USES_RBP)))
        return false;
    uint64_t ip = word_at(frame_rsp(frame) - 8), cfa = frame_rsp(frame - 1);
    unwind_rule rule = rule_find(ip - 1, chain->tag);
    if (rule_kind(rule) != RULE_RSP ||
        frame_rsp(frame) + (uint64_t)rule_cfa_offset(rule) != cfa)
        return false;
    if (flags & FRAME_HAS_SAVED) {
        if (rule_saved(rule) != SAVED_AT_CFA ||
            cfa + (uint64_t)rule_rbp_offset(rule) != chain->details[i].saved_at)
            return false;
    } else if (rule_saved(rule) != SAVED_NOT) {
        return false;
    }
    frame->ip = ip;
    return true;
}

/* Frame `i` holds. Follow the cached frames outwards while memory says what it said. */
INLINE struct verified verify_outwards(struct chain *chain, int64_t i)
{
    struct verified result = {.stop = -1, .dirty = -1};
    const struct frame *frame = &chain->frames[i];

    for (; i > 0; i--, frame--) {
        const struct frame *outer = frame - 1;

        if (UNLIKELY(frame_flags(frame) & (FRAME_SPECIAL | FRAME_CHECK_SAVED))) {
            const struct frame_detail *detail = &chain->details[i];

            if (frame_flags(frame) & FRAME_SPECIAL) {
                if (!special_step_holds(chain, i))
                    break;
                continue;
            }
            if (word_at(detail->saved_at) != detail->saved_value)
                break;
        }
        if (UNLIKELY(word_at(frame_rsp(outer) - 8) != outer->ip)) {
            if (!replace_call_site(chain, i - 1))
                break;
            result.dirty = i - 1;
        }
    }
    if (i > 0 ||
        (UNLIKELY(frame_flags(frame) & FRAME_SPECIAL) && !special_step_holds(chain, 0)))
        result.stop = i;
    return result;
}

/* Cached frames `from` down to `to` hold, but what is outside of them changes: take them over
 * as if they had been stepped over now, from the rbp that the walk really has. */
static bool take_over(struct chain *chain, int64_t from, int64_t to, uint32_t *fresh_count,
                      struct cursor *cursor)
{
    for (int64_t i = from; i >= to; i--) {
        if (*fresh_count == chain->capacity && !chain_grow(chain, *fresh_count))
            return false;
        const struct frame_detail *detail = &chain->details[i];
        struct fresh_frame *frame = &chain->fresh[(*fresh_count)++];

        *frame = (struct fresh_frame){
            .ip = chain->frames[i].ip,
            .rsp = frame_rsp(&chain->frames[i]),
            .rbp = cursor->rbp,
            .flags = frame_flags(&chain->frames[i]),
            .saved_at = detail->saved_at,
        };
        if (frame->flags & FRAME_HAS_SAVED)
            frame->saved_value = cursor->rbp = word_at(detail->saved_at);
    }
    cursor->ip = chain->frames[to - 1].ip;
    cursor->rsp = frame_rsp(&chain->frames[to - 1]);
    cursor->exact = frame_flags(&chain->frames[to - 1]) & FRAME_EXACT;
    return true;
}

/* Append the fresh frames to the first `count` cached ones. A frame's need of rbp follows from
 * the frames outside of it, so flags are settled in this direction. */
static bool append_fresh(struct chain *chain, uint32_t count, uint32_t fresh_count)
{
    while (count + fresh_count > chain->capacity) {
        if (!chain_grow(chain, fresh_count))
            return false;
    }
    uint64_t path = count ? chain->details[count - 1].path : chain->salt;
    bool needed = count && (frame_flags(&chain->frames[count - 1]) & FRAME_NEEDS_RBP);

    for (uint32_t i = fresh_count; i-- > 0; count++) {
        const struct fresh_frame *fresh = &chain->fresh[i];
        uint32_t flags = fresh->flags & ~(uint32_t)(FRAME_NEEDS_RBP | FRAME_CHECK_SAVED);
        bool saved = flags & FRAME_HAS_SAVED;

        if (needed && saved)
            flags |= FRAME_CHECK_SAVED;
        needed = (flags & FRAME_USES_RBP) || (needed && !saved);
        if (needed)
            flags |= FRAME_NEEDS_RBP;
        path = path_extend(path, fresh->ip);
        chain->frames[count] =
            (struct frame){fresh->rsp | (uint64_t)flags << 48, fresh->ip};
        chain->details[count] = (struct frame_detail){
            .rbp = fresh->rbp,
            .saved_at = fresh->saved_at,
            .saved_value = fresh->saved_value,
            .path = path,
        };
    }
    chain->frame_count = count;
    return true;
}

/* Frames from `dirty` inwards have a new path. */
static void renew_paths(struct chain *chain, uint32_t dirty, uint32_t count)
{
    uint64_t path = dirty ? chain->details[dirty - 1].path : chain->salt;

    for (uint32_t i = dirty; i < count; i++) {
        path = path_extend(path, chain->frames[i].ip);
        chain->details[i].path = path;
        chain->details[i].node = 0;
    }
}

/* Is the cached frame the one at the cursor? */
INLINE bool frame_matches(const struct chain *chain, int64_t i, const struct cursor *cursor)
{
    const struct frame *frame = &chain->frames[i];
    uint32_t flags = frame_flags(frame);

    return frame_rsp(frame) == cursor->rsp && frame->ip == cursor->ip &&
           (!(flags & FRAME_NEEDS_RBP) || chain->details[i].rbp == cursor->rbp) &&
           !!(flags & FRAME_EXACT) == cursor->exact;
}

/* Walk from `cursor` until the cached frames say the rest: how many of those stay, and what was
 * changed in them; false without memory. */
INLINE bool walk_to_cached(struct chain *chain, struct cursor cursor, struct walk *walk)
{
    int64_t kept = (int64_t)chain->frame_count - 1;
    bool more = true;

    while (more) {
        while (kept >= 0 && frame_rsp(&chain->frames[kept]) < cursor.rsp)
            kept--; /* returned from since */
        if (kept >= 0 && frame_matches(chain, kept, &cursor)) {
            struct verified verified = verify_outwards(chain, kept);

            walk->dirty = verified.dirty;
            if (LIKELY(verified.stop < 0))
                break;
            if (!take_over(chain, kept, verified.stop + 1, &walk->fresh_count, &cursor))
                return false;
            kept = verified.stop - 1;
            walk->dirty = -1;
        }
        if (UNLIKELY(walk->fresh_count == chain->capacity) &&
            !chain_grow(chain, walk->fresh_count))
            return false;
        struct fresh_frame *frame = &chain->fresh[walk->fresh_count++];
        frame->ip = cursor.ip;
        frame->rsp = cursor.rsp;
        frame->rbp = cursor.rbp;
        more = step(&cursor, frame, chain->tag);
        if (UNLIKELY(!more))
            kept = -1;
    }
    walk->kept = (uint32_t)(kept + 1);
    return true;
}

/* Nothing is known of this stack; if it is too deep, leave it alone for a while. */
static COLD enum chain_result give_up(struct chain *chain, const struct walk *walk)
{
    const uint32_t half = CHAIN_FRAMES_MAX / 2;

    if (walk->fresh_count > half)
        chain->deep_below = chain->fresh[half].rsp;
    else if (walk->kept > half)
        chain->deep_below = frame_rsp(&chain->frames[half]);
    chain->rests = walk->fresh_count > half || walk->kept > half ? CHAIN_RESTS : 0;
    chain_forget(chain);
    return CHAIN_FAILED;
}

enum chain_result chain_walk(struct chain *chain, const struct call_frame *at)
{
    struct walk walk = {.dirty = -1};
    uint32_t tag = code_tag();

    if (UNLIKELY(chain->rests) && chain_is_resting(chain, at))
        return CHAIN_FAILED;
    if (UNLIKELY(tag != chain->tag))
        chain_start_over(chain, tag);
    if (UNLIKELY(!walk_to_cached(
            chain, (struct cursor){at->ip, (uint64_t)(at + 1), at->rbp, false}, &walk)))
        return give_up(chain, &walk);
    if (walk.fresh_count == 0 && walk.dirty < 0 && walk.kept == chain->frame_count)
        return CHAIN_SAME;
    /* A module met in this walk for the first time may have changed the salt. */
    if (UNLIKELY(code_tag() != tag))
        return chain_walk(chain, at);
    if (walk.dirty >= 0)
        renew_paths(chain, (uint32_t)walk.dirty, walk.kept);
    if (append_fresh(chain, walk.kept, walk.fresh_count))
        return CHAIN_CHANGED;
    return give_up(chain, &walk);
}

/* Nothing is loaded: rules come from the tables of the code itself. */
void chain_open(void)
{
}

/* A walk finds all flags. */
void chain_settle(struct chain *chain)
{
    (void)chain;
}
