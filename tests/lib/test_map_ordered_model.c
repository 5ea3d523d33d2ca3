/* SPDX-License-Identifier: MIT
 *
 * Ordered maps beside an array of what was inserted, one after another; with colliding keys, alarms, and
 * without memory.
 */
#include <string.h>

#define MAP_FIXTURE_ORDERED
#include "lib/map_fixture.h"

#include "support/random.h"

struct large {
    uint64_t number;
    char bytes[200];
};

#define TARE_MAP_NAME larges
#define TARE_MAP_KEY uint32_t
#define TARE_MAP_VALUE struct large
#include <tare/map_ordered.h>

#define TARE_MAP_NAME numbers
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE uint64_t
#include <tare/map_ordered.h>

static uint64_t seed = 1;

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { STEPS = 100000 };
#else
enum { STEPS = 1000000 };
#endif

enum { KEYS = 3000 };

/* The obvious way: turn of each key, and where its entry is. turns[] has the keys in their order. */
static struct {
    struct larges_entry *where[KEYS];
    uint64_t value[KEYS];
    uint32_t turn[KEYS];
    uint32_t turns[STEPS];
    size_t turn_count, count;
} model;

static void model_insert(struct larges *map, uint32_t key, uint64_t value)
{
    const struct large what = {.number = value};

    assert_int_equal(larges_insert(map, key, what), model.where[key] ? -EEXIST : 0);
    if (model.where[key])
        return;
    model.where[key] = larges_find(map, key);
    assert_non_null(model.where[key]);
    model.value[key] = value;
    model.turn[key] = (uint32_t)model.turn_count;
    model.turns[model.turn_count++] = key;
    model.count++;
}

static void model_forget(uint32_t key)
{
    model.count -= model.where[key] != NULL;
    model.where[key] = NULL;
}

/* Is this the turn that the key has now? */
static bool model_has(size_t turn)
{
    uint32_t key = model.turns[turn];

    return model.where[key] && model.turn[key] == turn;
}

/* All are met in their order; one of `cut` is removed on the way, if that is not 0. */
static void walk(struct larges *map, uint64_t cut)
{
    struct tare_map_cursor cursor = {0};

    for (size_t turn = 0; turn < model.turn_count; turn++) {
        if (!model_has(turn))
            continue;
        uint32_t key = model.turns[turn];
        struct larges_entry *entry = larges_next(map, &cursor);

        assert_ptr_equal(entry, model.where[key]);
        assert_int_equal(entry->key, key);
        assert_int_equal(entry->value.number, model.value[key]);
        if (cut && next_random(&seed) % cut == 0) {
            larges_remove_entry(map, entry);
            model_forget(key);
            uint32_t other = (uint32_t)(next_random(&seed) % KEYS);
            assert_int_equal(larges_remove(map, other), model.where[other] != NULL);
            model_forget(other);
        }
    }
    assert_null(larges_next(map, &cursor));
    assert_int_equal(larges_count(map), model.count);
}

static void compare_clone(const struct larges *map)
{
    struct larges copy = {0};
    struct tare_map_cursor from = {0}, to = {0};
    const struct larges_entry *entry, *copied;

    assert_int_equal(larges_clone(&copy, map), 0);
    assert_int_equal(larges_stats(&copy).holes, 0);
    while ((entry = larges_next(map, &from))) {
        copied = larges_next(&copy, &to);
        assert_int_equal(copied->key, entry->key);
        assert_int_equal(copied->value.number, entry->value.number);
    }
    assert_null(larges_next(&copy, &to));
    larges_fini(&copy);
}

static void change_all(struct larges *map)
{
    switch (next_random(&seed) % 8) {
    case 0:
        larges_clear(map);
        memset(model.where, 0, sizeof model.where);
        model.count = 0;
        break;
    case 1:
    case 2:
        assert_int_equal(larges_shrink(map), 0);
        break;
    case 3:
        assert_int_equal(larges_reserve(map, next_random(&seed) % (2 * KEYS)), 0);
        break;
    case 4:
        compare_clone(map);
        break;
    default:
        walk(map, 1 + next_random(&seed) % 4);
    }
    assert_true(larges_valid(map));
    walk(map, 0);
}

static void random_operations_do_as_an_array(void **state)
{
    struct larges map = {0};

    (void)state;
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t value = next_random(&seed);
        uint32_t key = (uint32_t)(value >> 32) % (i / 4096 % 2 ? 40 : KEYS);
        struct larges_entry *entry;

        switch (value % 8) {
        case 0:
        case 1:
        case 2:
            model_insert(&map, key, value);
            break;
        case 3:
        case 4:
            assert_int_equal(larges_remove(&map, key), model.where[key] != NULL);
            model_forget(key);
            break;
        case 5:
            if (!model.where[key])
                break;
            model.value[key] = value;
            assert_int_equal(larges_set(&map, key, (struct large){.number = value}), 0);
            break;
        default:
            entry = larges_find(&map, key);
            assert_ptr_equal(entry, model.where[key]);
            assert_true(!entry || entry->value.number == model.value[key]);
        }
        if (value >> 40 & 1 && i % (STEPS / 64) < 2)
            change_all(&map);
    }
    walk(&map, 0);
    larges_fini(&map);
}

/* In the order of their hashes, into a smaller map with the same seed: another seed is taken, for which
 * hashes are asked anew. */
static void an_alarm_changes_nothing_but_the_seed(void **state)
{
    enum { COUNT = 100000 };
    struct numbers from, to;
    static uint64_t keys[COUNT];
    struct numbers_entry *first = NULL;
    struct tare_map_cursor cursor = {0};
    size_t at;

    (void)state;
    numbers_init(&from, &(struct tare_map_options){.seed = 7});
    numbers_init(&to, &(struct tare_map_options){.seed = 7});
    for (uint64_t i = 0; i < COUNT; i++)
        assert_int_equal(numbers_insert(&from, i, i), 0);
    /* the index of the first has them by hash */
    for (size_t i = 0; (at = tare__map_next(&from.map, &cursor)) != SIZE_MAX; i++)
        keys[i] = ((struct tare__map_number *)from.map.entries)[at].number;
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(numbers_insert(&to, keys[i], i), 0);
        if (!i)
            first = numbers_find(&to, keys[0]);
    }
    assert_true(numbers_stats(&to).index.alarms > 0);
    assert_true(numbers_valid(&to));
    assert_ptr_equal(numbers_find(&to, keys[0]), first);
    memset(&cursor, 0, sizeof cursor);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(numbers_next(&to, &cursor)->key, keys[i]);
    numbers_fini(&from);
    numbers_fini(&to);
}

/* What is there is in its order. */
static void check_order(const struct names *map)
{
    struct tare_map_cursor cursor = {0};
    const struct names_entry *entry;
    int last = -1;

    while ((entry = names_next(map, &cursor))) {
        assert_true(entry->value > last);
        last = entry->value;
    }
}

static bool use_names(struct names *map, struct names *copy)
{
    bool worked = true;

    for (int i = 0; i < 1200; i++) {
        worked &= insert_name(map, i);
        if (i >= 500 && i < 1100)
            worked &= names_remove(map, name_of(i - 450));
        if (i % 16 == 0)
            assert_true(names_valid(map));
    }
    worked &= !names_reserve(map, 1000);
    assert_true(names_valid(map));
    worked &= !names_shrink(map);
    worked &= clone_names(copy, map);
    check_order(map);
    check_order(copy);
    return worked;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    fail_each_allocation(use_names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_do_as_an_array),
        cmocka_unit_test(an_alarm_changes_nothing_but_the_seed),
        cmocka_unit_test(equal_hashes_end_nothing),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
