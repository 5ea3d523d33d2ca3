/* SPDX-License-Identifier: MIT
 *
 * lib/buffer_fixture.h - a buffer pool whose memory is counted, for each test.
 *
 * Shape    KEEPS, CHECKED or PASSES(test): how the pools beneath work -> set_up -> test -> tear_down
 * Units    bytes
 * Owner    The pool and its counter are the fixture's; nothing may be left when a test ends.
 * Threads  Single owner.
 * Errors   A failed assertion ends the test.
 * Cost     none that matters
 * Source   none
 */
#ifndef TARE_LIB_BUFFER_FIXTURE_H
#define TARE_LIB_BUFFER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tare/buffer_pool.h>

#include "toolkit/buffer_pool_core.h"

static struct tare_mem_counter counter;
static struct tare_buffer_pool pool; /* over the counter */

/* Pools that keep, whatever variant this is: the other modes have tests of their own. */
TARE_INLINE int set_mode(const char *passthrough, const char *check)
{
    setenv("TARE_POOL_PASSTHROUGH", passthrough, 1);
    setenv("TARE_POOL_CHECK", check, 1);
    tare_mem_counter_init(&counter, tare_mem_libc(), 0);
    return 0;
}

TARE_INLINE int set_up(void **state)
{
    (void)state;
    return set_mode("0", "0");
}

TARE_INLINE int set_up_checked(void **state)
{
    (void)state;
    return set_mode("0", "1");
}

TARE_INLINE int set_up_passthrough(void **state)
{
    (void)state;
    return set_mode("1", "0");
}

TARE_INLINE int tear_down(void **state)
{
    (void)state;
    assert_true(tare__buffer_pool_valid(&pool));
    assert_int_equal(tare_buffer_pool_fini(&pool), 0);
    assert_int_equal(counter.live_bytes, 0);
    return 0;
}

TARE_INLINE void begin(struct tare_buffer_pool_options options)
{
    options.mem = options.mem ? options.mem : &counter.mem;
    assert_int_equal(tare_buffer_pool_init(&pool, &options), 0);
}

TARE_INLINE struct tare_buffer_pool_stats stats_now(void)
{
    struct tare_buffer_pool_stats stats;

    assert_true(tare__buffer_pool_valid(&pool));
    tare_buffer_pool_get_stats(&pool, &stats);
    return stats;
}

TARE_INLINE struct tare_buffer take(size_t bytes)
{
    struct tare_buffer buffer = {0};

    assert_true(tare_buffer_alloc(&buffer, &pool, bytes));
    assert_true(buffer.capacity_bytes >= bytes);
    assert_int_equal(buffer.used_bytes, 0);
    return buffer;
}

TARE_INLINE void give(struct tare_buffer buffer)
{
    tare_buffer_free(&buffer);
}

TARE_INLINE void fill(struct tare_buffer *buffer, size_t bytes, char with)
{
    void *to = tare_buffer_reserve(buffer, bytes);

    assert_non_null(to);
    memset(to, with, bytes);
    tare_buffer_commit(buffer, bytes);
}

#define KEEPS(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define CHECKED(function) \
    cmocka_unit_test_setup_teardown(function, set_up_checked, tear_down)
#define PASSES(function) \
    cmocka_unit_test_setup_teardown(function, set_up_passthrough, tear_down)

#endif
