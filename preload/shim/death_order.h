/* SPDX-License-Identifier: MIT
 *
 * shim/death_order.h - in which order a thread's blocks die, and whether the callers are still there.
 *
 * Shape    newest[]: the latest DEATH_BLOCKS live blocks of the thread, by age; where[] leads to a
 *          block's place by a hash of its address.
 *          callers[]: of a sample of blocks, the frames that asked for them, by the same hash.
 * Units    none
 * Owner    A thread slot.
 * Threads  single owner
 * Errors   none: what is crowded out is taken for no longer known. What another thread frees stays
 *          among the newest until it is crowded out, so that fewer blocks are found to be newest.
 * Cost     Two cache lines an event; 7 KiB a slot.
 * Source   none
 */
#ifndef TARE_SHIM_DEATH_ORDER_H
#define TARE_SHIM_DEATH_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/chain.h"

enum {
    DEATH_BLOCKS = 256,
    DEATH_PLACES = 1024,
    DEATH_CALLERS = 64,
    DEATH_SAMPLE = 16, /* one of so many allocations is asked for its callers */
};

/* The frame that goes on when the function, or its caller, returns. */
struct death_frame {
    uint64_t rsp, ip;
};

struct death_caller {
    const void *block; /* NULL: unused */
    uint32_t record;   /* as a trailer's */
    uint32_t frames;   /* of the stack that allocated */
    struct death_frame function, caller;
};

struct death_order {
    uint32_t credit;     /* allocations until the next one of the sample */
    uint32_t first, end; /* of what is in newest[], counted from the start */
    const void *newest[DEATH_BLOCKS];
    uint8_t where[DEATH_PLACES];
    struct death_caller callers[DEATH_CALLERS];
};

INLINE uint32_t death_hash(const void *block)
{
    return (uint32_t)((((uint64_t)(uintptr_t)block >> 4) * 0x9e3779b97f4a7c15u) >> 54);
}

_Static_assert(DEATH_PLACES == 1 << (64 - 54), "the hash's");
_Static_assert(DEATH_BLOCKS == UINT8_MAX + 1, "places are bytes");

INLINE void death_came(struct death_order *order, const void *block)
{
    uint32_t hash = death_hash(block);
    uint8_t known = order->where[hash], at = (uint8_t)order->end;

    /* one that will not be found any more would look as if it lived for ever */
    if (order->newest[known] && death_hash(order->newest[known]) == hash)
        order->newest[known] = NULL;
    order->newest[at] = block;
    order->where[hash] = at;
    if (++order->end - order->first > DEATH_BLOCKS)
        order->first++;
}

/* Was it the newest of those that live? */
INLINE bool death_went(struct death_order *order, const void *block)
{
    uint8_t at = order->where[death_hash(block)];

    if (order->newest[at] != block)
        return false;
    bool is_newest = at == (uint8_t)(order->end - 1);
    order->newest[at] = NULL;
    while (order->end != order->first && !order->newest[(uint8_t)(order->end - 1)])
        order->end--;
    return is_newest;
}

/* The chain is the stack that allocated the block. The record of the block that is crowded out, and
 * will not be looked at any more; 0: none is. */
uint32_t death_note_callers(struct death_order *order, const struct chain *chain,
                            const void *block, uint32_t record);

INLINE bool death_has_callers(const struct death_order *order, const void *block)
{
    return UNLIKELY(order->callers[death_hash(block) % DEATH_CALLERS].block == block);
}

INLINE void death_forget_callers(struct death_order *order, const void *block)
{
    if (death_has_callers(order, block))
        order->callers[death_hash(block) % DEATH_CALLERS].block = NULL;
}

/* The chain is the stack that frees a block that has callers; they are forgotten. */
struct death_frames {
    bool in_function, in_caller;
};
struct death_frames death_look_at_callers(struct death_order *order,
                                          const struct chain *chain, const void *block);

#endif
