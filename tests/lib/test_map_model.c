/* SPDX-License-Identifier: MIT
 *
 * Maps beside uthash, at high load for long, with keys that are alike, and without memory.
 */
#include <stdlib.h>
#include <uthash.h>

#include "lib/map_fixture.h"

#include "support/map_model.h"
#include "support/random.h"

#define TARE_MAP_NAME numbers
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE uint64_t
#include <tare/map.h>

static uint64_t seed = 1;

struct known {
    uint64_t key, value;
    UT_hash_handle hh;
};

static struct known *known_find(struct known *all, uint64_t key)
{
    struct known *found;

    HASH_FIND(hh, all, &key, sizeof key, found);
    return found;
}

static void step(struct numbers *map, struct known **all, uint64_t key)
{
    struct known *known = known_find(*all, key);
    uint64_t value = next_random(&seed);

    switch (value % 8) {
    case 0:
    case 1:
    case 2:
        assert_int_equal(numbers_insert(map, key, value), known ? -EEXIST : 0);
        if (known)
            break;
        known = malloc(sizeof *known);
        known->key = key;
        known->value = value;
        HASH_ADD(hh, *all, key, sizeof key, known);
        break;
    case 3:
    case 4:
        assert_int_equal(numbers_remove(map, key), known != NULL);
        if (!known)
            break;
        HASH_DEL(*all, known);
        free(known);
        break;
    default: {
        const struct numbers_entry *entry = numbers_find(map, key);

        assert_int_equal(entry != NULL, known != NULL);
        assert_true(!entry || entry->value == known->value);
    }
    }
}

#ifdef __SANITIZE_ADDRESS__
enum { STEPS = 200000 };
#elif defined __SANITIZE_THREAD__
enum { STEPS = 200000 };
#else
enum { STEPS = 2000000 };
#endif

static void millions_of_operations_do_as_uthash(void **state)
{
    struct numbers map = {0};
    struct known *all = NULL, *known, *next;

    (void)state;
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t range = i % 200000 < 100000 ? 1000 : 60000; /* grows, and is emptied */

        step(&map, &all, next_random(&seed) % range << (i % 2 ? 0 : 40));
        if (i % (STEPS / 8) == 0)
            assert_true(numbers_valid(&map) && numbers_count(&map) == HASH_COUNT(all));
    }
    HASH_ITER(hh, all, known, next)
    {
        assert_int_equal(numbers_find(&map, known->key)->value, known->value);
        HASH_DEL(all, known);
        free(known);
    }
    numbers_fini(&map);
}

static uint64_t key_of(uint64_t number, bool is_regular)
{
    return is_regular ? number : tare_hash_integer(number, 12345);
}

/* As full as it may be, each step one less and one more: nothing wears out. */
static void churn(size_t room, bool is_regular)
{
    const struct tare_map_options options = {.seed = 11};
    struct numbers map;
    uint64_t oldest = 0, newest = 0;

    numbers_init(&map, &options);
    assert_int_equal(numbers_reserve(&map, room), 0);
    while (map.map.count < map.map.limit)
        assert_int_equal(numbers_insert(&map, key_of(newest++, is_regular), 0), 0);
    size_t groups = map.map.group_count;
    for (unsigned i = 0; i < STEPS / 4; i++) {
        assert_true(numbers_remove(&map, key_of(oldest++, is_regular)));
        assert_int_equal(numbers_insert(&map, key_of(newest++, is_regular), 0), 0);
        assert_false(numbers_has(&map, key_of(oldest - 1, is_regular)));
    }
    struct tare_map_stats stats = numbers_stats(&map);
    assert_true(numbers_valid(&map));
    assert_int_equal(map.map.group_count, groups);
    assert_int_equal(stats.alarms, 0);
    assert_true(stats.saturated_groups <= groups / 16 + 16);
    assert_true(stats.longest_way <= 32 && stats.displaced < stats.entries / 4 * 3);
    while (oldest < newest)
        assert_true(numbers_remove(&map, key_of(oldest++, is_regular)));
    stats = numbers_stats(&map);
    size_t passed = 0;
    for (size_t i = 0; i < groups; i++)
        passed += map.map.groups[i].passed != 0;
    assert_int_equal(passed, stats.saturated_groups);
    numbers_fini(&map);
}

static void churn_at_the_limit_leaves_no_traces(void **state)
{
    (void)state;
    for (size_t room = 50; room <= 20000; room *= 20) {
        churn(room, true);
        churn(room, false);
    }
}

static void regular_keys_stay_near_their_groups(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift <= 48; shift += 4) {
        struct numbers map = {0};
        uint64_t count = shift > 46 ? 1 << 16 : 100000;

        for (uint64_t i = 0; i < count; i++)
            assert_int_equal(numbers_insert(&map, i << shift, i), 0);
        struct tare_map_stats stats = numbers_stats(&map);
        assert_true(stats.displaced < count / 5 && stats.longest_way < 16);
        assert_int_equal(stats.alarms, 0);
        numbers_fini(&map);
    }
}

/* In the order of their hashes, into a smaller map with the same seed: all come to the same groups,
 * until the alarm. */
static void keys_in_the_order_of_another_map_raise_an_alarm(void **state)
{
    const struct tare_map_options options = {.seed = 7};
    struct numbers from, to;
    struct tare_map_cursor cursor = {0};
    const struct numbers_entry *entry;

    (void)state;
    numbers_init(&from, &options);
    numbers_init(&to, &options);
    for (uint64_t i = 0; i < 100000; i++)
        assert_int_equal(numbers_insert(&from, i, i), 0);
    while ((entry = numbers_next(&from, &cursor)))
        assert_int_equal(numbers_insert(&to, entry->key, entry->value), 0);
    assert_true(numbers_stats(&to).alarms > 0);
    assert_true(numbers_stats(&to).longest_way < 64);
    assert_true(numbers_valid(&to));
    numbers_fini(&from);
    numbers_fini(&to);
}

static bool use_names(struct names *map, struct names *copy)
{
    bool worked = true;

    for (int i = 0; i < 300; i++)
        worked &= insert_name(map, i);
    worked &= !names_reserve(map, 1000);
    worked &= !names_shrink(map);
    worked &= clone_names(copy, map);
    names_remove(copy, name_of(1));
    int err = names_merge(map, copy);
    assert_true(!err || err == -ENOMEM);
    assert_true(names_valid(map) && names_valid(copy));
    return worked & !err;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    fail_each_allocation(use_names);
}

static void random_scripts_do_as_the_model(void **state)
{
    static const uint16_t masks[] = {0xffff, 0xfff0, 0x0fff, 0x00ff, 0x000e};
    static uint8_t script[4 * 300];

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        struct tare_mem_failer failer;

        for (size_t at = 0; at < sizeof script; at++)
            script[at] = (uint8_t)next_random(&seed);
        tare_mem_failer_init(&failer, NULL, i % 4 ? 0 : i);
        const char *wrong =
            map_model_run(&failer.mem, masks[i % 5], script, sizeof script, i % 4 == 0);
        if (wrong)
            fail_msg("script %u: %s", i, wrong);
        assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(millions_of_operations_do_as_uthash),
        cmocka_unit_test(churn_at_the_limit_leaves_no_traces),
        cmocka_unit_test(regular_keys_stay_near_their_groups),
        cmocka_unit_test(keys_in_the_order_of_another_map_raise_an_alarm),
        cmocka_unit_test(equal_hashes_end_nothing),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(random_scripts_do_as_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
