/* SPDX-License-Identifier: MIT
 *
 * Several rings as one stream.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/ring_fixture.h"

#include <tare/ring_merge.h>

enum { RINGS = 7, ROOM = 200 };

struct shards {
    struct tare_ring *rings[RINGS];
    struct tare_ring_merge *merge;
};

static void begin(struct shards *shards)
{
    for (size_t i = 0; i < RINGS; i++)
        shards->rings[i] = ring_of(i % 2, ROOM, 100 * i);
    assert_int_equal(tare_ring_merge_create(&shards->merge, shards->rings, RINGS,
                                            offsetof(struct event, time), NULL),
                     0);
}

static void end(struct shards *shards)
{
    tare_ring_merge_destroy(&shards->merge);
    assert_null(shards->merge);
    for (size_t i = 0; i < RINGS; i++)
        tare_ring_destroy(&shards->rings[i]);
}

static void push(struct shards *shards, size_t ring, uint64_t time, uint32_t value)
{
    struct event event = {.time = time, .kind = (uint32_t)ring, .value = value};

    assert_true(events_push(shards->rings[ring], &event) != TARE_RING_REFUSED);
}

static void events_come_by_time_ring_and_id(void **state)
{
    struct event out[50], before = {0};
    struct shards shards;
    uint32_t from[50];
    unsigned seed = 1;
    size_t count, all = 0;

    (void)state;
    begin(&shards);
    for (uint32_t i = 0; i < 1000; i++)
        push(&shards, (size_t)rand_r(&seed) % RINGS, i / 3, i);
    while (
        (count = tare_ring_merge_read(shards.merge, out, from, 1 + all % 50, UINT64_MAX))) {
        for (size_t i = 0; i < count; i++, all++) {
            assert_int_equal(out[i].kind, from[i]);
            assert_true(out[i].time > before.time ||
                        (out[i].time == before.time && out[i].kind > before.kind) ||
                        (out[i].time == before.time && out[i].kind == before.kind &&
                         out[i].value >= before.value));
            before = out[i];
        }
    }
    assert_int_equal(all, 1000);
    assert_int_equal(tare_ring_merge_lost(shards.merge), 0);
    end(&shards);
}

static void nothing_comes_from_until_on(void **state)
{
    struct event out[10];
    struct shards shards;

    (void)state;
    begin(&shards);
    push(&shards, 1, 10, 0);
    push(&shards, 2, 20, 0);
    assert_int_equal(tare_ring_merge_read(shards.merge, out, NULL, 10, 20), 1);
    assert_int_equal(out[0].time, 10);
    push(&shards, 0, 15, 0); /* of a ring that was empty */
    assert_int_equal(tare_ring_merge_read(shards.merge, out, NULL, 10, 21), 2);
    assert_int_equal(out[0].time, 15);
    assert_int_equal(out[1].time, 20);
    assert_int_equal(tare_ring_merge_read(shards.merge, out, NULL, 10, UINT64_MAX), 0);
    end(&shards);
}

static void what_was_lost_is_counted_by_ring(void **state)
{
    struct event out[ROOM];
    struct shards shards;
    size_t count, all = 0;

    (void)state;
    begin(&shards);
    for (uint32_t i = 0; i < ROOM + 5; i++)
        push(&shards, 3, i, i);
    push(&shards, 4, 1, 0);
    while ((count = tare_ring_merge_read(shards.merge, out, NULL, ROOM, UINT64_MAX)))
        all += count;
    assert_int_equal(all, ROOM + 1);
    assert_int_equal(tare_ring_merge_lost(shards.merge), 5);
    assert_int_equal(tare_ring_merge_lost_of(shards.merge, 3), 5);
    assert_int_equal(tare_ring_merge_lost_of(shards.merge, 4), 0);
    end(&shards);
}

static void merges_that_cannot_be_are_refused(void **state)
{
    struct tare_ring *rings[2] = {ring_of(0, 10, 0), NULL};
    struct tare_ring_options other = {.event_bytes = 24, .capacity = 10};
    struct tare_ring_merge *merge = NULL;
    struct tare_mem_failer failer;

    (void)state;
    assert_int_equal(tare_ring_create(&rings[1], &other), 0);
    assert_int_equal(tare_ring_merge_create(&merge, rings, 0, 0, NULL), -EINVAL);
    assert_int_equal(tare_ring_merge_create(&merge, rings, 2, 0, NULL), -EINVAL);
    assert_int_equal(tare_ring_merge_create(&merge, rings, 1, 4, NULL), -EINVAL);
    assert_int_equal(tare_ring_merge_create(&merge, rings, 1, 16, NULL), -EINVAL);
    tare_mem_failer_init(&failer, NULL, 1);
    assert_int_equal(tare_ring_merge_create(&merge, rings, 1, 8, &failer.mem), -ENOMEM);
    assert_null(merge);
    assert_int_equal(tare_ring_merge_create(&merge, rings, 1, 8, &failer.mem), 0);
    tare_ring_merge_destroy(&merge);
    tare_ring_merge_destroy(&merge);
    assert_int_equal(failer.counter.live_bytes, 0);
    tare_ring_destroy(&rings[0]);
    tare_ring_destroy(&rings[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_by_time_ring_and_id),
        cmocka_unit_test(nothing_comes_from_until_on),
        cmocka_unit_test(what_was_lost_is_counted_by_ring),
        cmocka_unit_test(merges_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
