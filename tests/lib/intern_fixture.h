/* SPDX-License-Identifier: MIT
 *
 * lib/intern_fixture.h - a table of interned strings for each test.
 *
 * Shape    set_up -> test -> tear_down; the table is the state
 * Units    bytes
 * Owner    The table is the fixture's.
 * Threads  Single owner.
 * Errors   A failed assertion ends the test.
 * Cost     none that matters
 * Source   none
 */
#ifndef TARE_LIB_INTERN_FIXTURE_H
#define TARE_LIB_INTERN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tare/intern.h>

#include "toolkit/intern_core.h"

TARE_INLINE int set_up(void **state)
{
    struct tare_intern *table = NULL;

    assert_int_equal(tare_intern_create(&table, NULL), 0);
    *state = table;
    return 0;
}

TARE_INLINE int tear_down(void **state)
{
    struct tare_intern *table = *state;

    assert_true(tare__intern_valid(table));
    tare_intern_destroy(&table);
    assert_null(table);
    tare_intern_destroy(&table);
    return 0;
}

TARE_INLINE uint32_t insert(struct tare_intern *table, const char *string)
{
    return tare_intern_insert(table, string, strlen(string));
}

TARE_INLINE struct tare_intern_stats stats_of(struct tare_intern *table)
{
    struct tare_intern_stats stats;

    tare_intern_get_stats(table, &stats);
    return stats;
}

TARE_INLINE void expect_text(const struct tare_intern *table, uint32_t handle,
                             const char *start, size_t bytes)
{
    assert_int_not_equal(handle, 0);
    assert_int_equal(tare_intern_bytes(table, handle), bytes);
    assert_memory_equal(tare_intern_text(table, handle), start, bytes);
    assert_int_equal(tare_intern_text(table, handle)[bytes], 0);
}

#endif
