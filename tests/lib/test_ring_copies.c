/* SPDX-License-Identifier: MIT
 *
 * Rings that are found in memory: copies, damaged ones, those of writers that died.
 */
#include <errno.h>
#include <string.h>

#include "lib/ring_fixture.h"
#include "modules/ring_core.h"

/* A ring, and a copy of it as it would be found in a file. */
struct copied {
    _Alignas(64) char memory[128 + CAPACITY * (sizeof(struct event) + 4)];
};

static struct copied copy_of(const struct tare_ring *ring,
                             const struct tare_ring_options *options)
{
    struct copied copied;

    memcpy(copied.memory, ring, tare_ring_bytes(options));
    return copied;
}

static void copies_open_and_go_on(void **state)
{
    struct event out[CAPACITY];

    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        struct tare_ring_options options = options_of(kind, CAPACITY);
        struct tare_ring *ring = ring_of(kind, CAPACITY, 0), *opened;

        for (int i = 0; i < 25; i++) {
            add(ring);
            tare_ring_release(ring, (uint64_t)i + 1 - (i > 3 ? 4 : 0));
        }
        struct copied copied = copy_of(ring, &options);
        assert_int_equal(tare_ring_open(&opened, copied.memory, sizeof copied.memory), 0);
        struct tare_ring_reader reader = tare_ring_reader_from(opened, 21);
        assert_int_equal(add(opened), 25);
        assert_int_equal(events_read(&reader, out, CAPACITY), 5);
        for (uint64_t i = 0; i < 5; i++)
            is_event(&out[i], 21 + i);
        assert_int_equal(tare_ring_low(opened), 21);
        tare_ring_destroy(&ring);
    }
}

static void copies_that_are_damaged_do_not_open(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        struct tare_ring_options options = options_of(kind, CAPACITY);
        struct tare_ring *ring = ring_of(kind, CAPACITY, 0), *opened = NULL;

        for (int i = 0; i < 8; i++)
            add(ring);
        struct copied good = copy_of(ring, &options), bad;
        assert_int_equal(
            tare_ring_open(&opened, good.memory, tare_ring_bytes(&options) - 1), -EBADMSG);
        assert_int_equal(tare_ring_open(&opened, good.memory, 100), -EBADMSG);
#define DAMAGE(member, value)                                 \
    bad = good;                                               \
    ((struct tare_ring *)(void *)bad.memory)->member = value; \
    assert_int_equal(tare_ring_open(&opened, bad.memory, sizeof bad.memory), -EBADMSG)
        DAMAGE(magic, 1);
        DAMAGE(shape.capacity, 1);
        DAMAGE(shape.capacity, 11);
        DAMAGE(known.capacity, 11);
        DAMAGE(shape.event_bytes, 0);
        DAMAGE(shape.kind, 4);
        DAMAGE(begin, 9);
        DAMAGE(low, 9);
        DAMAGE(next, UINT64_MAX);
        if (!options.many_writers && !options.is_lossless) {
            DAMAGE(writing, 7);
        }
        if (options.is_lossless) {
            DAMAGE(next, 11);
        }
        if (options.many_writers) {
            bad = good;
            *tare__ring_mark((struct tare_ring *)(void *)bad.memory, 3) =
                1; /* amid an event */
            assert_int_equal(tare_ring_open(&opened, bad.memory, sizeof bad.memory),
                             -EBADMSG);
        }
        assert_null(opened);
        tare_ring_destroy(&ring);
    }
}

static void what_a_dead_writer_spoiled_is_gone(void **state)
{
    struct tare_ring_options options = options_of(0, CAPACITY);
    struct event out[CAPACITY];

    (void)state;
    for (uint64_t began = 1; began <= 30; began++) {
        struct tare_ring *ring = ring_of(0, CAPACITY, 0), *opened;

        for (int i = 0; i < 14; i++)
            add(ring);
        struct copied copied = copy_of(ring, &options);
        ((struct tare_ring *)(void *)copied.memory)->writing = 14 + began;
        assert_int_equal(tare_ring_open(&opened, copied.memory, sizeof copied.memory), 0);
        struct tare_ring_reader reader = tare_ring_reader_from(opened, 0);
        size_t left = began < CAPACITY ? CAPACITY - began : 0;
        assert_int_equal(events_read(&reader, out, CAPACITY), left);
        if (left)
            assert_int_equal(reader.lost, 14 - left);
        assert_int_equal(add(opened), 14);
        tare_ring_destroy(&ring);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_open_and_go_on),
        cmocka_unit_test(copies_that_are_damaged_do_not_open),
        cmocka_unit_test(what_a_dead_writer_spoiled_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
