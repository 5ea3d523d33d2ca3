/* SPDX-License-Identifier: MIT
 *
 * lib/arena_fixture.h - a counted arena for each test, of which nothing is left at its end.
 *
 * Shape    setup -> test -> teardown, by ARENA_TEST
 * Units    bytes
 * Owner    The arena and its counter are the test program's.
 * Threads  Single owner.
 * Errors   The test fails.
 * Cost     none that matters
 * Source   none
 */
#ifndef TARE_LIB_ARENA_FIXTURE_H
#define TARE_LIB_ARENA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <tare/arena.h>

#include "mem/arena_parts.h"

static struct tare_mem_counter counter;
static struct tare_arena arena;

TARE_INLINE int setup(void **state)
{
    (void)state;
    tare_mem_counter_init(&counter, NULL, 0);
    tare_arena_init(&arena, &counter.mem);
    return 0;
}

TARE_INLINE int teardown(void **state)
{
    (void)state;
    assert_true(tare__arena_valid(&arena));
    tare_arena_fini(&arena);
    assert_int_equal(tare_mem_counted(&counter).live_bytes, 0);
    assert_int_equal(tare_mem_counted(&counter).live_blocks, 0);
    return 0;
}

TARE_INLINE struct tare_arena_stats stats(void)
{
    struct tare_arena_stats now;

    tare_arena_get_stats(&arena, &now);
    return now;
}

/* Where every call is seen each object may be a block of its own, and chunks are not what is used. */
TARE_INLINE bool is_passthrough(void)
{
    return arena.mode & ARENA_PASSTHROUGH;
}

#define ARENA_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif
