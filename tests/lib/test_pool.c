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

    tare_pool_get_stats(pool, &stats);
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
    assert_true(tare_pool_trim(&owned.pool, 0) > 0);
    assert_int_equal(stats_of(&owned.pool).made_objects, 0);
    assert_int_equal(tare_pool_owned_fini(&owned), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alloc_gives_the_object_freed_last),
        TEST(freeing_nothing_does_nothing),
        TEST(a_scope_frees_its_object_unless_it_is_stolen),
        TEST(objects_are_distinct_and_aligned),
        TEST(constructed_objects_stay_constructed),
        TEST(a_constructor_that_fails_makes_alloc_fail),
        TEST(a_constructor_may_use_its_own_pool),
        TEST(magazines_grow_with_use),
        TEST(fini_tells_what_was_lost),
        TEST(an_owned_pool_works_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
