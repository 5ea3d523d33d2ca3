/* SPDX-License-Identifier: MIT
 *
 * lib/map_fixture.h - what flat and ordered maps are both put to: equal hashes, and no memory.
 *
 * Shape    MAP_FIXTURE_ORDERED before it: ordered ones.
 * Units    entries
 * Owner    none
 * Threads  single owner
 * Errors   A test that does not hold fails.
 * Cost     some hundred runs of what uses names
 * Source   none
 */
#ifndef TARE_LIB_MAP_FIXTURE_H
#define TARE_LIB_MAP_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define TARE_MAP_NAME names
#define TARE_MAP_TEXT TARE_MAP_OWNED
#define TARE_MAP_VALUE int
#ifdef MAP_FIXTURE_ORDERED
#include <tare/map_ordered.h>
#else
#include <tare/map.h>
#endif

/* All hashes are the same. */
#define TARE_MAP_NAME equals
#define TARE_MAP_KEY uint32_t
#define TARE_MAP_HASH(key, seed) ((void)(key), (seed))
#define TARE_MAP_EQUAL(a, b) (*(a) == *(b))
#ifdef MAP_FIXTURE_ORDERED
#include <tare/map_ordered.h>
#else
#include <tare/map.h>
#endif

static inline void equal_hashes_end_nothing(void **state)
{
    struct equals map = {0};
    struct tare_map_cursor cursor = {0};

    (void)state;
    for (uint32_t i = 0; i < 2000; i++)
        assert_int_equal(equals_insert(&map, i), 0);
    for (uint32_t i = 0; i < 4000; i++)
        assert_int_equal(equals_has(&map, i), i < 2000);
    assert_true(equals_valid(&map));
    for (uint32_t i = 0; i < 2000; i += 2)
        assert_true(equals_remove(&map, i));
    for (uint32_t i = 0; i < 1000; i++)
        equals_remove_entry(&map, equals_next(&map, &cursor));
    assert_int_equal(equals_count(&map), 0);
    assert_false(equals_has(&map, 1));
    equals_fini(&map);
}

static inline struct tare_text name_of(int number)
{
    static char text[32];

    snprintf(text, sizeof text, "a name that is %d", number);
    return tare_text_of(text);
}

/* One that is not there; what has failed has changed nothing. */
static inline bool insert_name(struct names *map, int number)
{
    size_t before = names_count(map);
    int err = names_insert(map, name_of(number), number);

    assert_true(err ? err == -ENOMEM && names_count(map) == before : true);
    assert_int_equal(names_has(map, name_of(number)), !err);
    return !err;
}

static inline bool clone_names(struct names *copy, const struct names *map)
{
    int err = names_clone(copy, map);

    assert_int_equal(names_count(copy), err ? 0 : names_count(map));
    assert_true(names_valid(map) && names_valid(copy));
    return !err;
}

/* `use` puts both to use; false: something has failed, which has left all as it was. */
static inline void fail_each_allocation(bool (*use)(struct names *map, struct names *copy))
{
    for (uint64_t n = 1;; n += n < 80 ? 1 : 31) {
        struct tare_mem_failer failer;

        tare_mem_failer_init(&failer, NULL, n);
        failer.fail_on = n % 3 == 0;
        struct tare_map_options options = {.mem = &failer.mem};
        struct names map, copy;
        names_init(&map, &options);
        names_init(&copy, &options);
        bool worked = use(&map, &copy);
        assert_true(worked || failer.has_failed);
        names_fini(&map);
        names_fini(&copy);
        assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
        if (!failer.has_failed)
            break;
    }
}

#endif
