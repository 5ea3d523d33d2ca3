/* SPDX-License-Identifier: MIT
 *
 * Where a pool's memory comes from, how much of it there may be, and what happens without.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tare/pool.h>

#include "toolkit/pool_core.h"

static int constructed, destructed;

static int construct(void *object, void *context)
{
    (void)context;
    memset(object, 7, 64);
    constructed++;
    return 0;
}

static void destruct(void *object, void *context)
{
    (void)object;
    (void)context;
    destructed++;
}

/* Cached, whatever variant and observer there are. */
static int set_up(void **state)
{
    (void)state;
    constructed = destructed = 0;
    setenv("TARE_POOL_PASSTHROUGH", "0", 1);
    setenv("TARE_POOL_CHECK", "0", 1);
    return 0;
}

static struct tare_pool_options options_of(size_t bytes, struct tare_mem *mem)
{
    return (struct tare_pool_options){.object_bytes = bytes, .mem = mem, .name = "test"};
}

static struct tare_pool_stats stats_of(struct tare_pool *pool)
{
    struct tare_pool_stats stats;

    tare_pool_get_stats(pool, &stats);
    assert_true(tare__pool_valid(pool));
    return stats;
}

static void trim_gives_memory_back(void **state)
{
    enum { COUNT = 20000 };
    struct tare_mem_counter counter;
    struct tare_pool pool;
    static void *objects[COUNT];

    (void)state;
    tare_mem_counter_init(&counter, tare_mem_libc(), 0);
    struct tare_pool_options options = options_of(64, &counter.mem);
    options.construct = construct;
    options.destruct = destruct;
    assert_int_equal(tare_pool_init(&pool, &options), 0);
    assert_true(tare_pool_alloc_bulk(&pool, objects, COUNT));
    tare_pool_free_bulk(&pool, objects, COUNT);
    size_t before = counter.live_bytes;
    assert_true(tare_pool_trim(&pool, 0) > COUNT * 64 * 9 / 10);
    assert_true(counter.live_bytes < before / 100);
    assert_int_equal(stats_of(&pool).made_objects, 0);
    assert_int_equal(destructed, constructed);
    assert_true(tare_pool_alloc_bulk(&pool, objects, COUNT));
    tare_pool_free_bulk(&pool, objects, COUNT);
    assert_int_equal(tare_pool_fini(&pool), 0);
    assert_int_equal(counter.live_bytes, 0);
}

static void memory_that_is_not_needed_any_more_is_given_back_by_use(void **state)
{
    enum { COUNT = 50000, WINDOW = 3000 };
    struct tare_mem_counter counter;
    struct tare_pool pool;
    static void *objects[COUNT];

    (void)state;
    tare_mem_counter_init(&counter, tare_mem_libc(), 0);
    struct tare_pool_options options = options_of(64, &counter.mem);
    assert_int_equal(tare_pool_init(&pool, &options), 0);
    assert_true(tare_pool_alloc_bulk(&pool, objects, COUNT));
    tare_pool_free_bulk(&pool, objects, COUNT);
    size_t most = counter.live_bytes;
    for (int i = 0; i < 2000; i++) { /* a tenth of it in use from now on */
        assert_true(tare_pool_alloc_bulk(&pool, objects, WINDOW));
        tare_pool_free_bulk(&pool, objects, WINDOW);
    }
    assert_true(counter.live_bytes < most / 3);
    assert_true(stats_of(&pool).given_back > 0);
    assert_int_equal(tare_pool_fini(&pool), 0);
}

/* One after another, each allocation that the pool makes fails. */
static void every_failed_allocation_is_survived_by(int most, const char *passthrough)
{
    static void *objects[3000];

    setenv("TARE_POOL_PASSTHROUGH", passthrough, 1);
    for (uint64_t fail_at = 1;; fail_at++) {
        struct tare_mem_failer failer;
        struct tare_pool pool = {0};
        int count = 0;

        tare_mem_failer_init(&failer, tare_mem_libc(), fail_at);
        struct tare_pool_options options = options_of(64, &failer.mem);
        int err = tare_pool_init(&pool, &options);
        assert_true(!err || err == -ENOMEM);
        while (!err && count < most && (objects[count] = tare_pool_alloc(&pool)))
            count++;
        while (count > 0)
            tare_pool_free(&pool, objects[--count]);
        assert_true(tare__pool_valid(&pool));
        assert_int_equal(tare_pool_fini(&pool), 0);
        assert_int_equal(failer.counter.live_bytes, 0);
        if (!failer.has_failed)
            return;
    }
}

static void every_failed_allocation_is_survived(void **state)
{
    (void)state;
    every_failed_allocation_is_survived_by(3000, "0");
    every_failed_allocation_is_survived_by(300, "1");
}

static void all_failing_from_some_point_on_is_survived(void **state)
{
    enum { COUNT = 3000 };
    static void *objects[COUNT];

    (void)state;
    for (uint64_t fail_at = 2; fail_at < 20; fail_at++) {
        struct tare_mem_failer failer;
        struct tare_pool pool = {0};
        int count = 0;

        tare_mem_failer_init(&failer, tare_mem_libc(), fail_at);
        failer.fail_on = true;
        struct tare_pool_options options = options_of(64, &failer.mem);
        assert_int_equal(tare_pool_init(&pool, &options), 0);
        while (count < COUNT && (objects[count] = tare_pool_alloc(&pool)))
            count++;
        for (int i = 0; i < count; i++)
            tare_pool_free(&pool, objects[i]);
        assert_true(tare__pool_valid(&pool));
        assert_int_equal(stats_of(&pool).live_objects, 0);
        assert_int_equal(tare_pool_fini(&pool), 0);
        assert_int_equal(failer.counter.live_bytes, 0);
    }
}

static void a_capacity_is_never_exceeded(void **state)
{
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        struct tare_pool_options options = options_of(32, NULL);
        struct tare_pool pool;
        void *objects[101];

        options.capacity_objects = 100;
        options.is_exact = exact;
        assert_int_equal(tare_pool_init(&pool, &options), 0);
        for (int i = 0; i < 100; i++)
            assert_non_null(objects[i] = tare_pool_alloc(&pool));
        assert_null(tare_pool_alloc(&pool));
        tare_pool_free(&pool, objects[50]);
        assert_non_null(objects[50] = tare_pool_alloc(&pool));
        assert_null(tare_pool_alloc(&pool));
        assert_int_equal(stats_of(&pool).most_objects, 100);
        assert_int_equal(stats_of(&pool).refused, 2);
        tare_pool_free_bulk(&pool, objects, 100);
        assert_int_equal(tare_pool_fini(&pool), 0);
    }
}

static void bulk_gives_all_or_nothing(void **state)
{
    struct tare_pool_options options = options_of(32, NULL);
    struct tare_pool pool;
    void *objects[1000];

    (void)state;
    options.capacity_objects = 900;
    assert_int_equal(tare_pool_init(&pool, &options), 0);
    assert_false(tare_pool_alloc_bulk(&pool, objects, 1000));
    assert_int_equal(stats_of(&pool).live_objects, 0);
    assert_true(tare_pool_alloc_bulk(&pool, objects, 900));
    tare_pool_free_bulk(&pool, objects, 900);
    assert_int_equal(tare_pool_fini(&pool), 0);
}

static void impossible_options_are_refused(void **state)
{
    struct tare_pool pool;
    struct tare_pool_options options = options_of(0, NULL);

    (void)state;
    assert_int_equal(tare_pool_init(&pool, &options), -EINVAL);
    options = options_of(8, NULL);
    options.alignment = 24;
    assert_int_equal(tare_pool_init(&pool, &options), -EINVAL);
    options.alignment = 1 << 20;
    assert_int_equal(tare_pool_init(&pool, &options), -EINVAL);
    options = options_of(SIZE_MAX, NULL);
    assert_int_equal(tare_pool_init(&pool, &options), -EINVAL);
    options = options_of(8, NULL);
    options.magazine_objects = SIZE_MAX;
    assert_int_equal(tare_pool_init(&pool, &options), -EINVAL);
}

static void more_pools_than_there_are_ids_still_work(void **state)
{
    enum { COUNT = POOL_IDS + 20 };
    static struct tare_pool pools[COUNT];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        struct tare_pool_options options = options_of(64, NULL);

        assert_int_equal(tare_pool_init(&pools[i], &options), 0);
        void *object = tare_pool_alloc(&pools[i]);
        assert_non_null(object);
        tare_pool_free(&pools[i], object);
    }
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(tare_pool_fini(&pools[i]), 0);
    struct tare_pool_options options = options_of(64, NULL);
    struct tare_pool last;
    assert_int_equal(tare_pool_init(&last, &options),
                     0); /* with an id that was another's */
    void *object = tare_pool_alloc(&last);
    assert_non_null(object);
    tare_pool_free(&last, object);
    assert_int_equal(tare_pool_fini(&last), 0);
}

static void what_is_in_use_goes_with_its_pool_in_passthrough(void **state)
{
    enum { COUNT = 1000 };
    struct tare_mem_counter counter;
    struct tare_pool pool;
    static void *objects[COUNT];

    (void)state;
    setenv("TARE_POOL_PASSTHROUGH", "1", 1);
    tare_mem_counter_init(&counter, tare_mem_libc(), 0);
    struct tare_pool_options options = options_of(64, &counter.mem);
    options.construct = construct;
    options.destruct = destruct;
    assert_int_equal(tare_pool_init(&pool, &options), 0);
    assert_true(tare_pool_alloc_bulk(&pool, objects, COUNT));
    assert_true(counter.live_blocks >= COUNT);
    for (int i = 0; i < COUNT; i += 3)
        tare_pool_free(&pool, objects[i]);
    for (int i = 0; i < COUNT; i += 3)
        assert_non_null(objects[i] = tare_pool_alloc(&pool));
    for (int i = 100; i < COUNT; i++)
        tare_pool_free(&pool, objects[i]);
    assert_int_equal(stats_of(&pool).live_objects, 100);
    assert_int_equal(tare_pool_fini(&pool), 100);
    assert_int_equal(counter.live_bytes, 0);
    assert_int_equal(constructed - destructed, 100);
}

static void a_depot_keeps_no_more_than_it_may(void **state)
{
    enum { COUNT = 20000, KEEP = 1000 };
    static void *objects[COUNT];

    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        struct tare_pool pool;
        struct tare_pool_options options = options_of(64, NULL);

        options.keep_objects = KEEP;
        options.is_exact = exact;
        assert_int_equal(tare_pool_init(&pool, &options), 0);
        assert_true(tare_pool_alloc_bulk(&pool, objects, COUNT));
        for (int i = 0; i < COUNT; i++) {
            tare_pool_free(&pool, objects[i]);
            if (i % 100 == 0) /* one magazine more: single objects lie there */
                assert_true(stats_of(&pool).depot_objects <= KEEP + POOL_MAGAZINE_MAX);
        }
        assert_true(stats_of(&pool).depot_objects <= KEEP + POOL_MAGAZINE_MAX);
        assert_true(stats_of(&pool).given_back > 0);
        assert_int_equal(tare_pool_fini(&pool), 0);
    }
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(trim_gives_memory_back),
        TEST(memory_that_is_not_needed_any_more_is_given_back_by_use),
        TEST(every_failed_allocation_is_survived),
        TEST(all_failing_from_some_point_on_is_survived),
        TEST(a_capacity_is_never_exceeded),
        TEST(bulk_gives_all_or_nothing),
        TEST(impossible_options_are_refused),
        TEST(what_is_in_use_goes_with_its_pool_in_passthrough),
        TEST(a_depot_keeps_no_more_than_it_may),
        TEST(more_pools_than_there_are_ids_still_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
