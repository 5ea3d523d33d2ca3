/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tare/pool.h>

#include "toolkit/pool_core.h"

struct thing {
    uint64_t number;
    char rest[56];
};

static int constructed, destructed, resets;

static int construct(void *object, void *context)
{
    (void)context;
    memset(object, 7, sizeof(struct thing));
    constructed++;
    return 0;
}

static void destruct(void *object, void *context)
{
    (void)object;
    (void)context;
    destructed++;
}

static void reset(void *object, void *context)
{
    (void)object;
    (void)context;
    resets++;
}

TARE_POOL_DEFINE(thing, struct thing, .reset = reset);
TARE_POOL_DEFINE(plain, struct thing);

/* Cached, whatever variant and observer there are: the other modes have tests of their own. */
static int set_up(void **state)
{
    (void)state;
    constructed = destructed = resets = 0;
    setenv("TARE_POOL_PASSTHROUGH", "0", 1);
    setenv("TARE_POOL_CHECK", "0", 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(tare_pool_fini(&thing_pool), 0);
    assert_int_equal(tare_pool_fini(&plain_pool), 0);
    return 0;
}

static struct tare_pool_options options_of(size_t bytes, struct tare_mem *mem)
{
    return (struct tare_pool_options){.object_bytes = bytes, .mem = mem, .name = "test"};
}

static struct tare_pool_stats stats_of(struct tare_pool *pool)
{
    struct tare_pool_stats stats;

    tare_pool_stats(pool, &stats);
    assert_true(tare__pool_valid(pool));
    return stats;
}

static void alloc_gives_the_object_freed_last(void **state)
{
    (void)state;
    struct thing *first = thing_alloc(), *second = thing_alloc();
    assert_ptr_not_equal(first, second);
    thing_free(first);
    assert_ptr_equal(thing_alloc(), first);
    thing_free(first);
    thing_free(second);
    assert_int_equal(resets, 3);
}

static void freeing_nothing_does_nothing(void **state)
{
    (void)state;
    thing_free(NULL);
    tare_pool_free(&thing_pool, NULL);
    assert_int_equal(resets, 0);
}

static void a_scope_frees_its_object_unless_it_is_stolen(void **state)
{
    struct thing *kept;

    (void)state;
    {
        TARE_POOL_SCOPED(thing, gone);
        TARE_POOL_SCOPED(thing, stolen);
        assert_non_null(gone);
        kept = thing_steal(&stolen);
        assert_null(stolen);
    }
    assert_int_equal(resets, 1);
    assert_int_equal(stats_of(&thing_pool).live_objects, 1);
    thing_free(kept);
}

static void objects_are_distinct_and_aligned(void **state)
{
    enum { COUNT = 5000 };
    static const size_t sizes[] = {1, 8, 9, 24, 64, 100, 256, 4096, 70000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct tare_pool_options options = options_of(sizes[i], NULL);
        size_t count = sizes[i] > 4096 ? 50 : COUNT;
        struct tare_pool pool;
        static unsigned char *objects[COUNT];

        options.alignment = sizes[i] == 256 ? 128 : 0;
        assert_int_equal(tare_pool_init(&pool, &options), 0);
        for (size_t at = 0; at < count; at++) {
            objects[at] = tare_pool_alloc(&pool);
            assert_non_null(objects[at]);
            assert_int_equal((uintptr_t)objects[at] % (options.alignment
                                                           ? options.alignment
                                                           : (sizes[i] < 16 ? 8 : 16)),
                             0);
            memset(objects[at], (int)(at % 251), sizes[i]);
        }
        for (size_t at = 0; at < count; at++) {
            assert_int_equal(objects[at][0], at % 251);
            assert_int_equal(objects[at][sizes[i] - 1], at % 251);
            tare_pool_free(&pool, objects[at]);
        }
        assert_int_equal(stats_of(&pool).live_objects, 0);
        assert_int_equal(tare_pool_fini(&pool), 0);
    }
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

static void constructed_objects_stay_constructed(void **state)
{
    struct tare_pool_options options = options_of(sizeof(struct thing), NULL);
    struct tare_pool pool;

    (void)state;
    options.construct = construct;
    options.destruct = destruct;
    assert_int_equal(tare_pool_init(&pool, &options), 0);
    for (int i = 0; i < 1000; i++) {
        struct thing *thing = tare_pool_alloc(&pool);

        assert_non_null(thing);
        assert_int_equal(thing->rest[8], 7);
        tare_pool_free(&pool, thing);
    }
    assert_in_range(constructed, 1, 32);
    assert_int_equal(tare_pool_fini(&pool), 0);
    assert_int_equal(destructed, constructed);
}

static int construct_some(void *object, void *context)
{
    int *left = context;

    return (*left)-- > 0 ? construct(object, NULL) : -1;
}

static void a_constructor_that_fails_makes_alloc_fail(void **state)
{
    struct tare_pool_options options = options_of(sizeof(struct thing), NULL);
    struct tare_pool pool;
    void *objects[100];
    int left = 20, count = 0;

    (void)state;
    options.construct = construct_some;
    options.destruct = destruct;
    options.context = &left;
    assert_int_equal(tare_pool_init(&pool, &options), 0);
    while (count < 100 && (objects[count] = tare_pool_alloc(&pool)))
        count++;
    assert_int_equal(count, 20);
    assert_int_equal(stats_of(&pool).made_objects, 20);
    assert_true(stats_of(&pool).refused > 0);
    left = 1;
    assert_non_null(objects[count++] = tare_pool_alloc(&pool));
    while (count-- > 0)
        tare_pool_free(&pool, objects[count]);
    assert_int_equal(tare_pool_fini(&pool), 0);
    assert_int_equal(destructed, constructed);
}

static struct tare_pool nested_pool;

static int construct_nested(void *object, void *context)
{
    static int depth;

    if (!context || depth)
        return 0;
    depth++;
    void *other = tare_pool_alloc(&nested_pool);
    memset(object, 1, sizeof(struct thing));
    assert_ptr_not_equal(other, object);
    tare_pool_free(&nested_pool, other);
    depth--;
    return 0;
}

static void a_constructor_may_use_its_own_pool(void **state)
{
    struct tare_pool_options options = options_of(sizeof(struct thing), NULL);
    void *objects[300];

    (void)state;
    options.construct = construct_nested;
    options.context = &options;
    assert_int_equal(tare_pool_init(&nested_pool, &options), 0);
    for (int i = 0; i < 300; i++) {
        assert_non_null(objects[i] = tare_pool_alloc(&nested_pool));
        for (int j = 0; j < i; j++)
            assert_ptr_not_equal(objects[i], objects[j]);
    }
    assert_int_equal(stats_of(&nested_pool).live_objects, 300);
    tare_pool_free_bulk(&nested_pool, objects, 300);
    assert_int_equal(tare_pool_fini(&nested_pool), 0);
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

static void magazines_grow_with_use(void **state)
{
    enum { COUNT = 20000 };
    static void *objects[COUNT];

    (void)state;
    plain_free(plain_alloc());
    assert_int_equal(stats_of(&plain_pool).magazine_objects, POOL_MAGAZINE_FIRST);
    assert_string_equal(stats_of(&plain_pool).name, "plain");
    for (int i = 0; i < 20; i++) {
        assert_true(tare_pool_alloc_bulk(&plain_pool, objects, COUNT));
        tare_pool_free_bulk(&plain_pool, objects, COUNT);
    }
    assert_int_equal(stats_of(&plain_pool).magazine_objects, POOL_MAGAZINE_MAX);
}

static void fini_tells_what_was_lost(void **state)
{
    struct tare_pool_options options = options_of(64, NULL);
    struct tare_pool pool;

    (void)state;
    assert_int_equal(tare_pool_init(&pool, &options), 0);
    for (int i = 0; i < 3; i++)
        assert_non_null(tare_pool_alloc(&pool));
    assert_int_equal(tare_pool_fini(&pool), 3);
    assert_int_equal(tare_pool_fini(&pool), 0);
}

static void an_owned_pool_works_alone(void **state)
{
    struct tare_pool_options options = options_of(64, NULL);
    struct tare_pool_owned owned;

    (void)state;
    options.reset = reset;
    assert_int_equal(tare_pool_owned_init(&owned, &options), 0);
    void *object = tare_pool_owned_alloc(&owned);
    assert_non_null(object);
    tare_pool_owned_free(&owned, object);
    assert_int_equal(resets, 1);
    assert_ptr_equal(tare_pool_owned_alloc(&owned), object);
    tare_pool_owned_free(&owned, object);
    assert_int_equal(stats_of(&owned.pool).live_objects, 0);
    assert_int_equal(tare_pool_owned_fini(&owned), 0);
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
    struct thing *thing = tare_pool_alloc(&thing_pool); /* with an id that was another's */
    assert_non_null(thing);
    tare_pool_free(&thing_pool, thing);
}

/* One after another, each allocation that the pool makes fails. */
static void every_failed_allocation_is_survived(void **state)
{
    enum { COUNT = 3000 };
    static void *objects[COUNT];

    (void)state;
    for (uint64_t fail_at = 1;; fail_at++) {
        struct tare_mem_failer failer;
        struct tare_pool pool = {0};
        int count = 0;

        tare_mem_failer_init(&failer, tare_mem_libc(), fail_at);
        struct tare_pool_options options = options_of(64, &failer.mem);
        int err = tare_pool_init(&pool, &options);
        assert_true(!err || err == -ENOMEM);
        while (!err && count < COUNT && (objects[count] = tare_pool_alloc(&pool)))
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alloc_gives_the_object_freed_last),
        TEST(freeing_nothing_does_nothing),
        TEST(a_scope_frees_its_object_unless_it_is_stolen),
        TEST(objects_are_distinct_and_aligned),
        TEST(impossible_options_are_refused),
        TEST(constructed_objects_stay_constructed),
        TEST(a_constructor_that_fails_makes_alloc_fail),
        TEST(a_constructor_may_use_its_own_pool),
        TEST(a_capacity_is_never_exceeded),
        TEST(bulk_gives_all_or_nothing),
        TEST(trim_gives_memory_back),
        TEST(memory_that_is_not_needed_any_more_is_given_back_by_use),
        TEST(magazines_grow_with_use),
        TEST(fini_tells_what_was_lost),
        TEST(an_owned_pool_works_alone),
        TEST(more_pools_than_there_are_ids_still_work),
        TEST(every_failed_allocation_is_survived),
        TEST(all_failing_from_some_point_on_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
