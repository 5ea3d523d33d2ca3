/* SPDX-License-Identifier: MIT
 *
 * DPDK's ring of elements, in memory of ours, without its environment.
 */
#include "bench/ring_ways.h"

#if __has_include(<rte_ring_elem.h>)
#include <rte_ring_elem.h>

static struct rte_ring *ring;

static void begin_with(unsigned flags)
{
    ssize_t bytes = rte_ring_get_memsize_elem(sizeof(struct ring_event), RING_CAPACITY);

    ring = bytes > 0 ? aligned_alloc(64, (size_t)bytes) : NULL;
    if (!ring || rte_ring_init(ring, "events", RING_CAPACITY, flags) != 0)
        abort();
}

static void begin_one(void)
{
    begin_with(RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static void begin_many(void)
{
    begin_with(0);
}

static void end(void)
{
    free(ring);
}

RING_INLINE size_t push_one(const struct ring_event *in, size_t count)
{
    return count && rte_ring_sp_enqueue_elem(ring, (void *)(uintptr_t)in, sizeof *in) == 0;
}

RING_INLINE size_t pop_one(struct ring_event *out, size_t count)
{
    return count && rte_ring_sc_dequeue_elem(ring, out, sizeof *out) == 0;
}

RING_INLINE size_t push_burst(const struct ring_event *in, size_t count)
{
    return rte_ring_sp_enqueue_burst_elem(ring, in, sizeof *in, (unsigned)count, NULL);
}

RING_INLINE size_t pop_burst(struct ring_event *out, size_t count)
{
    return rte_ring_sc_dequeue_burst_elem(ring, out, sizeof *out, (unsigned)count, NULL);
}

RING_INLINE size_t push_many(const struct ring_event *in, size_t count)
{
    return rte_ring_mp_enqueue_burst_elem(ring, in, sizeof *in, (unsigned)count, NULL);
}

RING_INLINE size_t pop_many(struct ring_event *out, size_t count)
{
    return rte_ring_mc_dequeue_burst_elem(ring, out, sizeof *out, (unsigned)count, NULL);
}

RING_LOOPS(one, push_one, pop_one, 1)
RING_LOOPS(batched, push_burst, pop_burst, RING_BATCH)
RING_LOOPS(many, push_many, pop_many, 1)
RING_LOOPS(many_batched, push_many, pop_many, RING_BATCH)

const struct ring_way ring_rte[RING_WAYS] = {
    [RING_ONE] = RING_WAY("rte_ring", one, begin_one, end),
    [RING_BATCHED] = RING_WAY("rte_ring", batched, begin_one, end),
    [RING_MANY] = RING_WAY("rte_ring", many, begin_many, end),
    [RING_MANY_BATCHED] = RING_WAY("rte_ring", many_batched, begin_many, end),
};
#else
const struct ring_way ring_rte[RING_WAYS];
#endif
