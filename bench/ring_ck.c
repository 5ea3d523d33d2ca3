/* SPDX-License-Identifier: MIT
 *
 * Concurrency Kit's ring, of events by value. It has no batches.
 */
#include "bench/ring_ways.h"

#if __has_include(<ck_ring.h>)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <ck_ring.h>

CK_RING_PROTOTYPE(event, ring_event)

static struct ck_ring ring;
static struct ring_event *slots;

static void begin(void)
{
    slots = aligned_alloc(64, RING_CAPACITY * sizeof *slots);
    if (!slots)
        abort();
    ck_ring_init(&ring, RING_CAPACITY);
}

static void end(void)
{
    free(slots);
}

RING_INLINE size_t push_one(struct ring_event *in, size_t count)
{
    return count && ck_ring_enqueue_spsc_event(&ring, slots, in);
}

RING_INLINE size_t pop_one(struct ring_event *out, size_t count)
{
    return count && ck_ring_dequeue_spsc_event(&ring, slots, out);
}

RING_INLINE size_t push_many(struct ring_event *in, size_t count)
{
    return count && ck_ring_enqueue_mpmc_event(&ring, slots, in);
}

RING_INLINE size_t pop_many(struct ring_event *out, size_t count)
{
    return count && ck_ring_dequeue_mpmc_event(&ring, slots, out);
}

RING_LOOPS(one, push_one, pop_one, 1)
RING_LOOPS(many, push_many, pop_many, 1)

const struct ring_way ring_ck[RING_WAYS] = {
    [RING_ONE] = RING_WAY("ck_ring", one, begin, end),
    [RING_MANY] = RING_WAY("ck_ring", many, begin, end),
};
#else
const struct ring_way ring_ck[RING_WAYS];
#endif
