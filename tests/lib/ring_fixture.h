/* SPDX-License-Identifier: MIT
 *
 * What the tests of rings have in common: an event that tells its id, and rings of each kind.
 */
#ifndef LIB_RING_FIXTURE_H
#define LIB_RING_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <tare/ring.h>

struct event {
    uint64_t time;
    uint32_t kind, value;
};

TARE_RING_DEFINE(events, struct event);

enum { CAPACITY = 10 };

static const struct {
    bool is_lossless, many_writers;
} kinds[] = {{false, false}, {false, true}, {true, false}, {true, true}};

enum { KINDS = sizeof kinds / sizeof *kinds };

static inline struct tare_ring_options options_of(size_t kind, uint32_t capacity)
{
    return (struct tare_ring_options){.event_bytes = sizeof(struct event),
                                      .capacity = capacity,
                                      .is_lossless = kinds[kind].is_lossless,
                                      .many_writers = kinds[kind].many_writers};
}

static inline struct tare_ring *ring_of(size_t kind, uint32_t capacity, uint64_t first_id)
{
    struct tare_ring_options options = options_of(kind, capacity);
    struct tare_ring *ring;

    options.first_id = first_id;
    assert_int_equal(tare_ring_create(&ring, &options), 0);
    return ring;
}

static inline uint64_t add(struct tare_ring *ring)
{
    uint64_t next = tare_ring_next(ring);

    return events_push(ring, &(struct event){.time = 3 * next, .kind = (uint32_t)next});
}

static inline void is_event(const struct event *event, uint64_t id)
{
    assert_int_equal(event->time, 3 * id);
    assert_int_equal(event->kind, (uint32_t)id);
}

#endif
