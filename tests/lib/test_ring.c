/* SPDX-License-Identifier: MIT
 *
 * Rings of events, with one thread.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ring_fixture.h"
#include "modules/ring_core.h"

static void thousand_slots_take_no_more_than_promised(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        struct tare_ring_options options = options_of(kind, 1000);

        assert_int_equal(tare_ring_bytes(&options),
                         128 + 16 * 1000 + (options.many_writers ? 4000 : 0));
        assert_true(tare_ring_bytes(&options) <= 20 << 10);
    }
}

static void push_gives_ids_and_says_when_the_ring_rotates(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        struct tare_ring *ring = ring_of(kind, CAPACITY, 0);

        for (uint64_t id = 0; id < 3 * CAPACITY; id++) {
            assert_int_equal(add(ring), id);
            assert_int_equal(tare_ring_rotates(ring, id), id >= CAPACITY);
            assert_int_equal(tare_ring_first(ring), id < CAPACITY ? 0 : id + 1 - CAPACITY);
            assert_true(tare__ring_valid(ring));
        }
        tare_ring_destroy(&ring);
    }
}

static void lossless_rings_refuse_until_events_are_released(void **state)
{
    struct event out[CAPACITY];
    uint64_t first;

    (void)state;
    for (size_t kind = 2; kind < KINDS; kind++) {
        struct tare_ring *ring = ring_of(kind, CAPACITY, 0);
        struct tare_ring_reader reader = tare_ring_reader_from(ring, 0);

        for (uint64_t id = 0; id < CAPACITY; id++)
            assert_int_equal(add(ring), id);
        assert_int_equal(add(ring), TARE_RING_REFUSED);
        assert_int_equal(events_read(&reader, out, CAPACITY), CAPACITY);
        assert_int_equal(add(ring), TARE_RING_REFUSED); /* read, but not released */
        tare_ring_release(ring, 4);
        tare_ring_release(ring, 3); /* nothing */
        assert_int_equal(tare_ring_low(ring), 4);
        assert_int_equal(events_push_batch(ring, out, CAPACITY, &first), 4);
        assert_int_equal(first, CAPACITY);
        assert_int_equal(tare_ring_look(ring, 3), TARE_RING_GONE);
        assert_int_equal(tare_ring_look(ring, 4), TARE_RING_VALID);
        assert_true(tare__ring_valid(ring));
        tare_ring_destroy(&ring);
    }
}

static void take_reads_and_releases(void **state)
{
    struct event out[4];

    (void)state;
    for (size_t kind = 2; kind < KINDS; kind++) {
        struct tare_ring *ring = ring_of(kind, CAPACITY, 0);
        struct tare_ring_reader reader = tare_ring_reader_from(ring, 0);

        assert_int_equal(events_take(&reader, out, 4), 0);
        for (uint64_t id = 0; id < 100; id++) {
            assert_int_equal(add(ring), id);
            if (id % 4 == 3) {
                assert_int_equal(events_take(&reader, out, 4), 4);
                for (uint64_t i = 0; i < 4; i++)
                    is_event(&out[i], id - 3 + i);
            }
        }
        assert_int_equal(tare_ring_low(ring), 100);
        assert_int_equal(reader.lost, 0);
        tare_ring_destroy(&ring);
    }
}

static void readers_begin_where_events_are(void **state)
{
    struct event out[3 * CAPACITY];

    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        struct tare_ring *ring = ring_of(kind, CAPACITY, 1000);
        struct tare_ring_reader early = tare_ring_reader_from(ring, 7);
        struct tare_ring_reader late = tare_ring_reader_from(ring, 2000);

        add(ring);
        assert_int_equal(events_read(&late, out, 3 * CAPACITY), 1);
        assert_int_equal(late.lost, 0);
        if (kinds[kind].is_lossless)
            assert_int_equal(events_take(&early, out, 3 * CAPACITY), 1);
        else
            assert_int_equal(events_read(&early, out, 3 * CAPACITY), 1);
        is_event(&out[0], 1000);
        assert_int_equal(early.lost, 993);
        tare_ring_destroy(&ring);
    }
}

static void what_a_reader_lost_is_counted(void **state)
{
    struct event out[CAPACITY];

    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        struct tare_ring *ring = ring_of(kind, CAPACITY, 0);
        struct tare_ring_reader reader = tare_ring_reader_from(ring, 0);

        for (int i = 0; i < 37; i++)
            add(ring);
        assert_int_equal(events_read(&reader, out, 3), 3);
        assert_int_equal(reader.lost, 27);
        is_event(&out[0], 27);
        assert_int_equal(reader.cursor, 30);
        assert_int_equal(events_read(&reader, out, CAPACITY), 7);
        assert_int_equal(events_read(&reader, out, CAPACITY), 0);
        assert_int_equal(reader.lost, 27);
        tare_ring_destroy(&ring);
    }
}

static void looks_and_copies_by_id(void **state)
{
    struct event out;

    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        struct tare_ring *ring = ring_of(kind, 64, 0);

        for (int i = 0; i < 100; i++)
            add(ring);
        assert_int_equal(tare_ring_look(ring, 35), TARE_RING_GONE);
        assert_int_equal(tare_ring_look(ring, 36), TARE_RING_AT_RISK);
        assert_int_equal(tare_ring_look(ring, 43), TARE_RING_AT_RISK);
        assert_int_equal(tare_ring_look(ring, 44), TARE_RING_VALID);
        assert_int_equal(tare_ring_look(ring, 99), TARE_RING_VALID);
        assert_int_equal(tare_ring_look(ring, 100), TARE_RING_AHEAD);
        assert_false(events_get(ring, 35, &out));
        assert_false(events_get(ring, 100, &out));
        assert_true(events_get(ring, 36, &out));
        is_event(&out, 36);
        tare_ring_destroy(&ring);
    }
}

static void ids_go_on_from_any_first_one(void **state)
{
    static const uint64_t firsts[] = {7, UINT32_MAX - 5, ((uint64_t)1 << 62) + 12345};
    struct event out[CAPACITY];

    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
            struct tare_ring *ring = ring_of(kind, CAPACITY, firsts[i]);
            struct tare_ring_reader reader = tare_ring_reader_from(ring, firsts[i] - 3);

            assert_int_equal(tare_ring_first(ring), firsts[i]);
            for (uint64_t id = firsts[i]; id < firsts[i] + 3 * CAPACITY; id++) {
                assert_int_equal(add(ring), id);
                assert_int_equal(events_read(&reader, out, CAPACITY), 1);
                is_event(&out[0], id);
                tare_ring_release(ring, id + 1);
                assert_true(tare__ring_valid(ring));
            }
            assert_int_equal(reader.lost, 3);
            tare_ring_destroy(&ring);
        }
    }
}

static void events_of_other_sizes_stand_apart(void **state)
{
    (void)state;
    for (size_t bytes = 8; bytes <= 200; bytes += 8) {
        struct tare_ring_options options = {.event_bytes = bytes, .capacity = 7};
        unsigned char in[200], out[7 * 200];
        struct tare_ring *ring;

        assert_int_equal(tare_ring_create(&ring, &options), 0);
        for (int i = 0; i < 9; i++) {
            memset(in, i, bytes);
            assert_int_equal(tare_ring_push(ring, in), i);
        }
        struct tare_ring_reader reader = tare_ring_reader_from(ring, tare_ring_first(ring));
        assert_int_equal(tare_ring_read(&reader, out, 7), 7);
        for (size_t i = 0; i < 7 * bytes; i++)
            assert_int_equal(out[i], 2 + i / bytes);
        tare_ring_destroy(&ring);
    }
}

static void rings_that_cannot_be_are_refused(void **state)
{
    static _Alignas(64) char memory[4096];
    const struct tare_ring_options bad[] = {
        {.event_bytes = 0, .capacity = 10},
        {.event_bytes = 12, .capacity = 10},
        {.event_bytes = 16, .capacity = 1},
        {.event_bytes = 2 << 20, .capacity = 10},
        {.event_bytes = 16, .capacity = 10, .first_id = UINT64_MAX - 3},
    };
    const struct tare_ring_options good = {.event_bytes = 16, .capacity = 10};
    struct tare_ring *ring = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(tare_ring_create(&ring, &bad[i]), -EINVAL);
        assert_int_equal(tare_ring_init(&ring, memory, sizeof memory, &bad[i]), -EINVAL);
    }
    assert_int_equal(tare_ring_init(&ring, memory, tare_ring_bytes(&good) - 1, &good),
                     -EINVAL);
    assert_int_equal(tare_ring_init(&ring, memory + 4, 1000, &good), -EINVAL);
    assert_null(ring);
    tare_ring_destroy(&ring);
}

static void survives_failure_of_each_allocation(void **state)
{
    struct tare_ring_options options = options_of(1, CAPACITY);
    struct tare_mem_failer failer;
    struct tare_ring *ring = NULL;

    (void)state;
    tare_mem_failer_init(&failer, NULL, 1);
    options.mem = &failer.mem;
    assert_int_equal(tare_ring_create(&ring, &options), -ENOMEM);
    assert_null(ring);
    assert_int_equal(tare_ring_create(&ring, &options), 0);
    assert_int_equal(failer.counter.live_bytes, tare_ring_bytes(&options));
    tare_ring_destroy(&ring);
    assert_int_equal(failer.counter.live_bytes, 0);
}

/* Random pushes, batches, reads and releases against counting. */
static void model(size_t kind, uint32_t capacity, unsigned seed)
{
    struct tare_ring *ring = ring_of(kind, capacity, 0);
    struct tare_ring_reader reader = tare_ring_reader_from(ring, 0);
    struct event batch[40];
    uint64_t next = 0, low = 0, cursor = 0, lost = 0, first;

    for (int step = 0; step < 4000; step++) {
        size_t count = (size_t)rand_r(&seed) % 40;
        uint64_t room = kinds[kind].is_lossless ? capacity - (next - low) : count;

        switch (rand_r(&seed) % 4) {
        case 0:
            assert_int_equal(add(ring),
                             room || !kinds[kind].is_lossless ? next : TARE_RING_REFUSED);
            next += room || !kinds[kind].is_lossless;
            break;
        case 1:
            for (size_t i = 0; i < count; i++)
                batch[i] =
                    (struct event){.time = 3 * (next + i), .kind = (uint32_t)(next + i)};
            assert_int_equal(events_push_batch(ring, batch, count, &first),
                             count < room ? count : room);
            assert_int_equal(first, next);
            next += count < room ? count : room;
            break;
        case 2:
            if (next - cursor > capacity && count) {
                lost += next - capacity - cursor;
                cursor = next - capacity;
            }
            size_t expected = next - cursor < count ? next - cursor : count;
            assert_int_equal(events_read(&reader, batch, count), expected);
            for (size_t i = 0; i < expected; i++)
                is_event(&batch[i], cursor + i);
            cursor += expected;
            if (count)
                assert_int_equal(reader.lost, lost);
            break;
        default:
            low = cursor > low ? low + (uint64_t)rand_r(&seed) % (cursor - low + 1) : low;
            tare_ring_release(ring, low);
        }
        assert_true(tare__ring_valid(ring));
    }
    tare_ring_destroy(&ring);
}

static void rings_do_as_the_model_says(void **state)
{
    static const uint32_t capacities[] = {2, 3, 7, 16, 33};

    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++)
            model(kind, capacities[i], (unsigned)(kind * 10 + i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousand_slots_take_no_more_than_promised),
        cmocka_unit_test(push_gives_ids_and_says_when_the_ring_rotates),
        cmocka_unit_test(lossless_rings_refuse_until_events_are_released),
        cmocka_unit_test(take_reads_and_releases),
        cmocka_unit_test(readers_begin_where_events_are),
        cmocka_unit_test(what_a_reader_lost_is_counted),
        cmocka_unit_test(looks_and_copies_by_id),
        cmocka_unit_test(ids_go_on_from_any_first_one),
        cmocka_unit_test(events_of_other_sizes_stand_apart),
        cmocka_unit_test(rings_that_cannot_be_are_refused),
        cmocka_unit_test(survives_failure_of_each_allocation),
        cmocka_unit_test(rings_do_as_the_model_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
