/* SPDX-License-Identifier: MIT
 *
 * shim/chain.h - the call stack of a thread, kept from one allocation to the next.
 *
 * Shape    Frames of the latest walk, outermost first:
 *              frames[i]   rsp, flags, ip      (16 bytes: what every verification reads)
 *              details[i]  rbp, where the caller's rbp was saved and its value, path hash, node
 *          fresh[] takes the frames that a walk steps over anew, innermost first.
 *          On x86-64 a walk is shim/chain_verified.c's. Elsewhere it is libunwind's
 *          (chain_libunwind.c): of a frame only ip, flags, path and node are then used, and
 *          every frame is FRAME_SPECIAL.
 * Units    Addresses; frames.
 * Owner    A thread slot.
 * Threads  single owner.
 * Errors   chain_walk returns CHAIN_FAILED when a stack has more than CHAIN_FRAMES_MAX frames or
 *          memory for it cannot be had; the chain is then empty. In so deep a stack only one walk
 *          of CHAIN_RESTS is tried: each is a millisecond that leads to nothing.
 * Cost     One load and compare a frame that is as before; about 10 ns a frame that is not.
 * Source   none
 *
 * Why a stack that verifies is the stack (x86-64): one step outwards is a pure function of (ip, rsp, rbp),
 * of the unwind rule at ip, and of the words it reads from memory. A walk goes outwards from the
 * innermost frame until it stands where an earlier walk stood: same ip, same rsp, and same rbp
 * where that frame or one further out is found through it. From there on it reads every word that
 * the steps would read. If each holds what it held, every step has the same outcome as before.
 */
#ifndef TARE_SHIM_CHAIN_H
#define TARE_SHIM_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/compiler.h"
#include "shim/modules.h"

enum { CHAIN_FRAMES_FIRST = 64, CHAIN_FRAMES_MAX = 65536, CHAIN_RESTS = 512 };

enum frame_flag {
    FRAME_USES_RBP = 1,    /* its CFA is found through rbp */
    FRAME_NEEDS_RBP = 2,   /* it or a frame further out is */
    FRAME_CHECK_SAVED = 4, /* the saved rbp matters further out: verify that word too */
    FRAME_SPECIAL = 8,     /* verified by stepping again */
    FRAME_EXACT = 16,      /* ip is the interrupted instruction, not a return address */
    FRAME_OUTERMOST = 32,
    FRAME_HAS_SAVED = 64, /* the caller's rbp was saved */
    FRAME_CUT = 128,      /* the walk ends here though the stack does not */
};

enum chain_result { CHAIN_SAME, CHAIN_CHANGED, CHAIN_FAILED };

struct frame {
    uint64_t word; /* rsp | flags << 48 */
    uint64_t ip;
};

struct frame_detail {
    uint64_t rbp;
    uint64_t saved_at, saved_value;
    uint64_t path; /* hash of the ips from the outermost frame to this one */
    uint32_t node; /* 0: not interned yet */
};

struct fresh_frame {
    uint64_t ip, rsp, rbp, saved_at, saved_value;
    uint32_t flags;
};

struct chain {
    uint32_t frame_count, capacity;
    uint32_t tag; /* the code's tag that all this holds for */
    uint64_t salt;
    struct frame *frames;
    struct frame_detail *details;
    struct fresh_frame *fresh;
    struct frame *old_frames; /* while chain_grow copies from them */
    uint32_t old_capacity;
    uint64_t deep_below; /* inner half of a stack of too many frames */
    uint32_t rests;      /* walks there that fail at once */
};

/* What lies at the frame pointer of an exported function, which keeps one: with it, the registers
 * as they are when that function has returned. It is read there and not taken along, so that it
 * costs nothing until it is needed; the function may end in no tail call before. */
struct call_frame {
    uint64_t rbp, ip; /* aarch64 keeps x29 and x30 there, in the same order */
};

#define CALL_FRAME() ((const struct call_frame *)__builtin_frame_address(0))

INLINE uint64_t frame_rsp(const struct frame *frame)
{
    return frame->word & (((uint64_t)1 << 48) - 1);
}

INLINE uint32_t frame_flags(const struct frame *frame)
{
    return (uint32_t)(frame->word >> 48);
}

INLINE uint64_t path_extend(uint64_t path, uint64_t ip)
{
    path = (path ^ ip) * 0x9e3779b97f4a7c15u;
    return path ^ path >> 29;
}

/* Bytes that chain_place needs for `capacity` frames. */
uint64_t chain_bytes(uint32_t capacity);

/* Start with arrays in `memory`, zeroed; it is not freed by the chain. `capacity` is never more
 * than there is behind `frames`, at any instruction: a signal handler that forks copies that much. */
void chain_place(struct chain *chain, void *memory, uint32_t capacity);

/* Nothing is remembered. */
void chain_forget(struct chain *chain);

INLINE uint64_t word_at(uint64_t address)
{
    return *(const volatile uint64_t *)address;
}

/* Is the stack the one that the chain holds? Asks all frames but the special ones, which are rare:
 * false means that chain_walk must find out. */
INLINE bool chain_is_same(const struct chain *chain, const struct call_frame *at)
{
    const uint64_t special = (uint64_t)(FRAME_SPECIAL | FRAME_EXACT) << 48;
    const uint64_t check_saved = (uint64_t)FRAME_CHECK_SAVED << 48;
    uint32_t i = chain->frame_count;

    if (chain->tag != code_tag() || i == 0)
        return false;
    const struct frame *frame = &chain->frames[--i];
    if (frame->ip != at->ip || frame_rsp(frame) != (uint64_t)(at + 1) ||
        ((frame_flags(frame) & FRAME_NEEDS_RBP) && chain->details[i].rbp != at->rbp))
        return false;
    for (; i > 0; i--, frame--) {
        if (UNLIKELY(frame->word & (special | check_saved))) {
            const struct frame_detail *detail = &chain->details[i];

            if ((frame->word & special) || word_at(detail->saved_at) != detail->saved_value)
                return false;
        }
        if (word_at(frame_rsp(frame - 1) - 8) != frame[-1].ip)
            return false;
    }
    return !(frame->word & special);
}

/* Once a program, from a constructor and with the thread mute: load what walks need. Says so when
 * that is not there; stacks then end at the allocation's caller, as before this call. */
void chain_open(void);

/* Make the chain hold the stack that starts at `at`. */
enum chain_result chain_walk(struct chain *chain, const struct call_frame *at);

/* The chain's frames are about to be interned: see to it that their flags say all there is to
 * say. Call it where chain_walk could be called. */
void chain_settle(struct chain *chain);

/* Hash of the innermost `depth` frames (0: all) of a chain that is not empty. */
uint64_t chain_path(const struct chain *chain, uint32_t depth);

#endif
