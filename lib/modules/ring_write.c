/* SPDX-License-Identifier: MIT
 *
 * Writers of a ring, and who makes room for them.
 *
 * Many writers. An addition to `next` gives a writer an id, and with it a slot and a round: nobody
 * else has both. The slot may still be another's, who has the same slot in another round. The
 * exchange of the mark, from an even number to its own odd one, makes it the writer's: only one can
 * succeed, and nobody else changes an odd mark. What it finds there tells what to do:
 *     a later round's      it was overtaken by a whole ring; its event would be the oldest and gone
 *     an earlier even one  it takes the slot; who had it and did not begin yet finds itself overtaken
 *     an earlier odd one   somebody is amid an event: it waits for him, who is a whole ring behind
 * The exchange acquires what the release of the last mark published, so that events written to one
 * slot are ordered one after the other; then come the fence and the words, then the release of the
 * mark that makes it whole. What readers see of it is said in ring_read.c.
 *
 * Lossless. Who releases promises that nobody reads what is below; the writer's acquire of `low` pairs
 * with that release, so that what he writes there comes after what was read there, and needs no
 * atomic words. Of many writers each takes its ids with an exchange of `next`, and so never one beyond
 * low + capacity: the slot is its own, since it was released, and that was after it was whole.
 */
#include <tare/ring.h>

#include <sched.h>

#include "modules/debug.h"
#include "modules/ring_core.h"

/* How many of `count` events from `id` on there is room for. */
static size_t room(const struct tare_ring *ring, uint64_t id, size_t count)
{
    uint64_t used = id - __atomic_load_n(&ring->low, __ATOMIC_ACQUIRE);
    /* Of many writers, `low` may be beyond an id that is no longer the next. */
    uint64_t left = used <= ring->known.capacity ? ring->known.capacity - used : 0;

    return count < left ? count : (size_t)left;
}

/* `count` events to the slots of the ids from `id` on, which are one writer's. Of a lossless ring nobody
 * reads these meanwhile. */
static void copy_in(struct tare_ring *ring, uint64_t id, const char *events, size_t count)
{
    bool is_shared = !(ring->shape.kind & TARE__RING_LOSSLESS);
    size_t bytes = ring->shape.event_bytes;

    if (is_shared) {
        __atomic_store_n(&ring->writing, id + count, __ATOMIC_RELAXED);
        TARE__RING_FENCE(__ATOMIC_RELEASE);
    }
    while (count) {
        size_t at = (size_t)(id - ring->origin), run = ring->shape.capacity - at;
        char *slots = (char *)(ring + 1) + at * bytes;

        run = count < run ? count : run;
        if (is_shared)
            tare__ring_store(slots, events, run * bytes);
        else
            memcpy(slots, events, run * bytes);
        events += run * bytes;
        count -= run;
        id += run;
        if (at + run == ring->shape.capacity)
            ring->origin = id;
    }
    __atomic_store_n(&ring->next, id, __ATOMIC_RELEASE);
}

static size_t push_alone(struct tare_ring *ring, const void *events, size_t count,
                         uint64_t *first_id)
{
    uint64_t id = ring->next;

    *first_id = id;
    if (count > ring->limit - id) {
        uint64_t limit =
            __atomic_load_n(&ring->low, __ATOMIC_ACQUIRE) + ring->shape.capacity;

        /* Who tries again and again leaves the readers' copy of this line alone. */
        if (limit != ring->limit)
            ring->limit = limit;
        count = limit - id < count ? (size_t)(limit - id) : count;
    }
    if (count)
        copy_in(ring, id, events, count);
    return count;
}

/* Ids for up to `count` events. */
static size_t claim(struct tare_ring *ring, size_t count, uint64_t *id)
{
    if (!(ring->known.kind & TARE__RING_LOSSLESS)) {
        *id = __atomic_fetch_add(&ring->next, count, __ATOMIC_RELAXED);
        return count;
    }
    *id = __atomic_load_n(&ring->next, __ATOMIC_RELAXED);
    for (;;) {
        size_t taken = room(ring, *id, count);

        if (taken == 0) {
            uint64_t now = __atomic_load_n(&ring->next, __ATOMIC_RELAXED);

            if (now == *id)
                return 0;
            *id = now;
        } else if (__atomic_compare_exchange_n(&ring->next, id, *id + taken, true,
                                               __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return taken;
    }
}

/* Make a slot the writer's of the round whose free mark is `mark`; false: it was overtaken. */
static bool slot_begin(uint32_t *slot, uint32_t mark)
{
    uint32_t seen = __atomic_load_n(slot, __ATOMIC_RELAXED);

    for (;;) {
        if ((int32_t)(seen - mark) > 0)
            return false;
        if (seen & 1) {
            sched_yield();
            seen = __atomic_load_n(slot, __ATOMIC_RELAXED);
        } else if (__atomic_compare_exchange_n(slot, &seen, mark + 1, true,
                                               __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    }
}

static size_t push_beside(struct tare_ring *ring, const char *events, size_t count,
                          uint64_t *first_id)
{
    size_t bytes = ring->known.event_bytes;
    size_t taken = claim(ring, count, first_id);

    for (size_t i = 0; i < taken; i++) {
        struct tare__ring_place place = tare__ring_place(ring, *first_id + i);
        uint32_t *slot = tare__ring_mark(ring, place.at), mark = 2 * (uint32_t)place.round;

        if (!slot_begin(slot, mark))
            continue;
        TARE__RING_FENCE(__ATOMIC_RELEASE);
        tare__ring_store(tare__ring_slot(ring, place.at), events + i * bytes, bytes);
        __atomic_store_n(slot, mark + 2, __ATOMIC_RELEASE);
    }
    return taken;
}

size_t tare_ring_push_batch(struct tare_ring *ring, const void *events, size_t count,
                            uint64_t *first_id)
{
    if (ring->shape.kind & TARE__RING_MANY)
        return push_beside(ring, events, count, first_id);
    return push_alone(ring, events, count, first_id);
}

uint64_t tare__ring_push(struct tare_ring *ring, const void *event)
{
    uint64_t id;

    return tare_ring_push_batch(ring, event, 1, &id) ? id : TARE_RING_REFUSED;
}

void tare_ring_release(struct tare_ring *ring, uint64_t id)
{
    TARE_ASSERT(id <= tare_ring_next(ring));
    if (id > ring->low)
        __atomic_store_n(&ring->low, id, __ATOMIC_RELEASE);
}
