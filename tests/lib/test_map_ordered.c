/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct large {
    uint64_t number;
    char bytes[300];
};

struct point {
    int x, y;
};

static int destroyed[200], destroyed_count;

#define TARE_MAP_NAME things
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE struct large
#include <tare/map_ordered.h>

#define TARE_MAP_NAME ids
#define TARE_MAP_KEY uint32_t
#include <tare/map_ordered.h>

#define TARE_MAP_NAME places
#define TARE_MAP_KEY const void *
#define TARE_MAP_VALUE int
#define TARE_MAP_DESTROY(entry) (destroyed[destroyed_count++] = (entry)->value)
#include <tare/map_ordered.h>

#define TARE_MAP_NAME names
#define TARE_MAP_TEXT TARE_MAP_OWNED
#define TARE_MAP_VALUE int
#define TARE_MAP_HOSTILE
#include <tare/map_ordered.h>

#define TARE_MAP_NAME points
#define TARE_MAP_KEY struct point
#define TARE_MAP_VALUE const char *
#define TARE_MAP_HASH(key, seed) tare_hash_text((const char *)(key), sizeof *(key), seed)
#define TARE_MAP_EQUAL(a, b) ((a)->x == (b)->x && (a)->y == (b)->y)
#include <tare/map_ordered.h>

/* A flat map beside it, with the same words. */
#define TARE_MAP_NAME flat
#define TARE_MAP_KEY uint32_t
#include <tare/map.h>

static void fill(struct things *map, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        struct large value = {.number = i};

        assert_int_equal(things_insert(map, i * 3, value), 0);
    }
}

static void an_all_zero_map_is_empty(void **state)
{
    struct things map = {0}, copy = {0};
    struct tare_map_cursor cursor = {0};

    (void)state;
    assert_null(things_find(&map, 1));
    assert_false(things_remove(&map, 1));
    assert_null(things_next(&map, &cursor));
    assert_int_equal(things_shrink(&map), 0);
    assert_int_equal(things_reserve(&map, 0), 0);
    assert_int_equal(things_clone(&copy, &map), 0);
    things_clear(&map);
    assert_true(things_valid(&map));
    assert_int_equal(things_stats(&map).bytes, 0);
    things_fini(&copy);
    things_fini(&map);
    things_fini(&map);
}

static void a_key_that_is_set_again_keeps_its_turn(void **state)
{
    struct things map = {0};
    struct tare_map_cursor cursor = {0};
    bool is_new;

    (void)state;
    fill(&map, 0, 3);
    assert_int_equal(things_insert(&map, 3, (struct large){0}), -EEXIST);
    assert_int_equal(things_set(&map, 0, (struct large){.number = 7}), 0);
    assert_int_equal(things_next(&map, &cursor)->value.number, 7);
    assert_true(things_remove(&map, 0));
    struct things_entry *entry = things_find_or_insert(&map, 0, &is_new);
    assert_true(is_new);
    entry->value.number = 8;
    static const uint64_t order[] = {1, 2, 8};
    memset(&cursor, 0, sizeof cursor);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(things_next(&map, &cursor)->value.number, order[i]);
    assert_null(things_next(&map, &cursor));
    assert_int_equal(things_count(&map), 3);
    things_fini(&map);
}

static void entries_stay_where_they_are_in_their_order(void **state)
{
    enum { COUNT = 20000 };
    static struct things_entry *where[COUNT];
    struct things map = {0};
    struct tare_map_cursor cursor = {0};

    (void)state;
    for (uint64_t i = 0; i < COUNT; i++) {
        fill(&map, i, i + 1);
        where[i] = things_find(&map, i * 3);
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        assert_ptr_equal(things_find(&map, i * 3), where[i]);
        assert_null(things_find(&map, i * 3 + 1));
        assert_ptr_equal(things_next(&map, &cursor), where[i]);
    }
    assert_null(things_next(&map, &cursor));
    assert_true(things_valid(&map));
    things_fini(&map);
}

/* One that stays for ever, while others come and go: neither numbers nor memory run out. */
static void a_queue_needs_no_more_than_it_holds(void **state)
{
    enum { HELD = 500, STEPS = 100000 };
    struct things map = {0};
    struct tare_map_cursor cursor = {0};
    size_t bytes = 0;

    (void)state;
    fill(&map, 0, HELD);
    const struct things_entry *first = things_find(&map, 0);
    for (uint64_t i = HELD; i < STEPS; i++) {
        assert_true(things_remove(&map, (i - HELD + 1) * 3));
        fill(&map, i, i + 1);
        if (i == 4 * HELD)
            bytes = things_stats(&map).bytes;
    }
    assert_ptr_equal(things_find(&map, 0), first);
    assert_int_equal(things_count(&map), HELD);
    assert_true(things_stats(&map).bytes < bytes + bytes / 4);
    assert_true(things_valid(&map) && map.order.end < 8 * (size_t)HELD);
    assert_ptr_equal(things_next(&map, &cursor), first);
    for (uint64_t i = STEPS - HELD + 1; i < STEPS; i++)
        assert_int_equal(things_next(&map, &cursor)->value.number, i);
    things_fini(&map);
}

static void segments_of_holes_are_given_back(void **state)
{
    struct things map = {0};
    struct tare_map_cursor cursor = {0};

    (void)state;
    fill(&map, 0, 8000);
    size_t full = things_stats(&map).bytes;
    for (uint64_t i = 8; i < 7992; i++)
        assert_true(things_remove(&map, i * 3));
    struct tare_map_ordered_stats stats = things_stats(&map);
    assert_true(stats.bytes < full / 10);
    assert_int_equal(stats.segments, 2);
    assert_int_equal(stats.spare_segments, 1);
    assert_int_equal(stats.holes, 0);
    assert_true(things_remove(&map, 3));
    assert_int_equal(things_stats(&map).holes, 1);
    const struct things_entry *last = things_find(&map, 7999 * 3);
    assert_int_equal(things_shrink(&map), 0);
    assert_true(things_stats(&map).bytes < 10000);
    assert_ptr_equal(things_find(&map, 7999 * 3), last);
    assert_true(things_valid(&map));
    for (uint64_t i = 0; i < 8000; i += i == 7 ? 7985 : 1 + !i)
        assert_int_equal(things_next(&map, &cursor)->value.number, i);
    assert_null(things_next(&map, &cursor));
    things_fini(&map);
}

static void one_that_comes_and_goes_costs_no_allocation(void **state)
{
    struct tare_mem_counter counter;
    struct things map;

    (void)state;
    tare_mem_counter_init(&counter, NULL, 0);
    things_init(&map, &(struct tare_map_options){.mem = &counter.mem});
    for (uint64_t held = 0; held < 40; held++) {
        fill(&map, held, held + 2);
        assert_true(things_remove(&map, (held + 1) * 3));
        uint64_t allocations = tare_mem_counted(&counter).allocations;
        for (unsigned i = 0; i < 100; i++) {
            fill(&map, held + 1, held + 2);
            assert_true(things_remove(&map, (held + 1) * 3));
        }
        assert_int_equal(tare_mem_counted(&counter).allocations, allocations);
    }
    things_fini(&map);
    assert_int_equal(tare_mem_counted(&counter).live_bytes, 0);
}

static void reserve_is_enough_for_as_many_as_it_says(void **state)
{
    (void)state;
    for (uint64_t count = 1; count < 3000; count += 37) {
        struct tare_mem_counter counter;
        struct things map;
        uint64_t before = count % 5 * 3;

        tare_mem_counter_init(&counter, NULL, 0);
        things_init(&map, &(struct tare_map_options){.mem = &counter.mem});
        fill(&map, 0, before);
        if (count % 3)
            assert_int_equal(things_reserve(&map, count), 0);
        else
            assert_int_equal(things_reserve_for(&map, (count + 1) / 2, 100), 0);
        uint64_t allocations = tare_mem_counted(&counter).allocations;
        uint64_t resizes = tare_mem_counted(&counter).resizes;
        fill(&map, before, count);
        assert_int_equal(tare_mem_counted(&counter).allocations, allocations);
        assert_int_equal(tare_mem_counted(&counter).resizes, resizes);
        assert_int_equal(things_reserve(&map, SIZE_MAX), -ENOMEM);
        assert_int_equal(things_reserve(&map, (size_t)UINT32_MAX + 1), -ENOMEM);
        things_clear(&map);
        fill(&map, 0, count);
        assert_int_equal(tare_mem_counted(&counter).allocations, allocations);
        assert_true(things_valid(&map));
        things_fini(&map);
        assert_int_equal(tare_mem_counted(&counter).live_bytes, 0);
    }
}

static void removal_while_iterating_meets_the_rest_once(void **state)
{
    struct things map = {0};
    struct tare_map_cursor cursor = {0};
    struct things_entry *entry;
    uint64_t expected = 0;

    (void)state;
    fill(&map, 0, 1000);
    while ((entry = things_next(&map, &cursor))) {
        assert_int_equal(entry->value.number, expected);
        things_remove_entry(&map, entry);
        /* of two that follow, one in the same segment mostly, one in a later one */
        things_remove(&map, (expected + 1) * 3);
        things_remove(&map, (999 - expected / 8 * 8) * 3);
        do
            expected++;
        while (expected < 1000 && !things_has(&map, expected * 3));
    }
    assert_int_equal(expected, 1000);
    assert_int_equal(things_count(&map), 0);
    assert_true(things_valid(&map));
    things_fini(&map);
}

static void sets_and_pointers_work_and_values_are_destroyed_in_order(void **state)
{
    struct ids set = {0};
    struct flat other = {0};
    struct places map = {0}, copy = {0};
    static const char bytes[100];

    (void)state;
    assert_int_equal(ids_insert(&set, 3), 0);
    assert_int_equal(ids_insert(&set, 3), -EEXIST);
    assert_int_equal(flat_insert(&other, 3), 0);
    assert_true(ids_has(&set, 3) && !ids_has(&set, 4) && flat_has(&other, 3));
    flat_fini(&other);
    ids_fini(&set);
    for (int i = 0; i < 100; i++)
        assert_int_equal(places_insert(&map, bytes + i, i), 0);
    assert_true(places_remove(&map, bytes));
    assert_int_equal(places_clone(&copy, &map), 0);
    places_clear(&map);
    assert_int_equal(destroyed_count, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(destroyed[i], i);
    places_fini(&copy);
    places_fini(&map);
    assert_int_equal(destroyed_count, 199);
}

static void owned_text_is_copied_and_a_clone_has_its_own(void **state)
{
    struct names map = {0}, copy = {0};
    struct tare_map_cursor cursor = {0};
    char text[20];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "name %d", i);
        assert_int_equal(names_insert(&map, tare_text_of(text), i), 0);
    }
    for (int i = 0; i < 1000; i += 2) {
        snprintf(text, sizeof text, "name %d", i);
        assert_true(names_remove(&map, tare_text_of(text)));
    }
    assert_int_equal(names_clone(&copy, &map), 0);
    assert_int_equal(names_stats(&map).holes, 500);
    assert_int_equal(names_stats(&copy).holes, 0);
    names_fini(&map);
    assert_true(names_valid(&copy));
    for (int i = 1; i < 1000; i += 2) {
        const struct names_entry *entry = names_next(&copy, &cursor);

        snprintf(text, sizeof text, "name %d", i);
        assert_string_equal(entry->key.start, text);
        assert_ptr_equal(names_find(&copy, tare_text_of(text)), entry);
        assert_int_equal(entry->value, i);
    }
    assert_null(names_next(&copy, &cursor));
    names_fini(&copy);
}

static void custom_keys_have_a_hash_of_their_own(void **state)
{
    struct points map = {0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(points_set(&map, (struct point){i % 10, i / 10}, "x"), 0);
    assert_int_equal(points_count(&map), 1000);
    assert_non_null(points_find(&map, (struct point){9, 99}));
    assert_null(points_find(&map, (struct point){10, 99}));
    assert_true(points_valid(&map));
    points_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_all_zero_map_is_empty),
        cmocka_unit_test(a_key_that_is_set_again_keeps_its_turn),
        cmocka_unit_test(entries_stay_where_they_are_in_their_order),
        cmocka_unit_test(a_queue_needs_no_more_than_it_holds),
        cmocka_unit_test(segments_of_holes_are_given_back),
        cmocka_unit_test(one_that_comes_and_goes_costs_no_allocation),
        cmocka_unit_test(reserve_is_enough_for_as_many_as_it_says),
        cmocka_unit_test(removal_while_iterating_meets_the_rest_once),
        cmocka_unit_test(sets_and_pointers_work_and_values_are_destroyed_in_order),
        cmocka_unit_test(owned_text_is_copied_and_a_clone_has_its_own),
        cmocka_unit_test(custom_keys_have_a_hash_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
