/* SPDX-License-Identifier: MIT
 *
 * modules/ring_core.h - what the files of the ring share.
 *
 * Shape    [struct tare_ring][events][marks, of many writers]
 *          A mark tells of its slot in which round (id / capacity) it was filled:
 *              2 * round      free for it      + 1      being written      + 2      whole
 * Units    Events; ids; marks count modulo 2^32.
 * Owner    the ring's memory
 * Threads  as tare/ring.h says
 * Errors   none
 * Cost     a place: two multiplications
 * Source   none
 */
#ifndef TARE_MODULES_RING_CORE_H
#define TARE_MODULES_RING_CORE_H

#include <tare/ring.h>

#define TARE__RING_MAGIC UINT64_C(0x3130676e69726174)

enum { TARE__RING_LOSSLESS = 1, TARE__RING_MANY = 2 };

/* Where an id stands, and in which round: id / capacity. */
struct tare__ring_place {
    uint64_t round;
    uint32_t at;
};

/* The product's upper half is the quotient or one less, since inverse is 2^64 / capacity rounded
 * down by less than 1, and id is less than 2^64. */
static inline struct tare__ring_place tare__ring_place(const struct tare_ring *ring,
                                                       uint64_t id)
{
    __extension__ typedef unsigned __int128 wide;
    uint64_t round = (uint64_t)((wide)id * ring->inverse >> 64);
    uint64_t at = id - round * ring->known.capacity;

    if (at >= ring->known.capacity) {
        at -= ring->known.capacity;
        round++;
    }
    return (struct tare__ring_place){round, (uint32_t)at};
}

static inline void *tare__ring_slot(const struct tare_ring *ring, uint32_t at)
{
    return (char *)(uintptr_t)(ring + 1) + (size_t)at * ring->known.event_bytes;
}

static inline uint32_t *tare__ring_mark(const struct tare_ring *ring, uint32_t at)
{
    return (uint32_t *)tare__ring_slot(ring, ring->known.capacity) + at;
}

/* The ids that are there: from oldest up to next. */
struct tare__ring_span {
    uint64_t oldest, next;
};

/* `low` before `next`, which was no less when it was released. */
static inline struct tare__ring_span tare__ring_span(const struct tare_ring *ring)
{
    uint64_t low = tare_ring_low(ring), next = tare_ring_next(ring);

    if (ring->known.kind & TARE__RING_LOSSLESS)
        return (struct tare__ring_span){low, next};
    if (next - ring->begin > ring->known.capacity)
        return (struct tare__ring_span){next - ring->known.capacity, next};
    return (struct tare__ring_span){ring->begin, next};
}

/* The validator: the ring is whole, and nobody is at work on it. */
bool tare__ring_valid(const struct tare_ring *ring);

#endif
