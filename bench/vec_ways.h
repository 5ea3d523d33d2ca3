/* SPDX-License-Identifier: MIT
 *
 * bench/vec_ways.h - vectors of int, each doing the same.
 *
 * Shape    way -> three functions, each of which makes a vector, fills it, sums it up and ends it:
 *              push      one by one
 *              reserved  one by one, behind a reserve, unchecked where the way has that
 *              push_n    all at once, from an array
 *          and searches of arrays.
 * Units    `times` lives of a vector of `count` elements.
 * Owner    Each life gives back what it takes, but for what a pool keeps.
 * Threads  Single owner.
 * Errors   Ways that were absent when this was built are NULL. No memory ends the program.
 * Cost     What is measured.
 * Source   none
 */
#ifndef TARE_BENCH_VEC_WAYS_H
#define TARE_BENCH_VEC_WAYS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/measure.h"

enum { VEC_MOST = 4096 };

#ifdef __cplusplus
extern "C" {
#endif

/* What is pushed, and searched: all different, but for the last bits. */
extern int vec_values[VEC_MOST];
extern uint64_t vec_words[VEC_MOST];

typedef void (*vec_run_fn)(size_t times, size_t count);

#define VEC_DECLARE(NAME)                                                   \
    void NAME##_push(size_t times, size_t count) __attribute__((weak));     \
    void NAME##_reserved(size_t times, size_t count) __attribute__((weak)); \
    void NAME##_push_n(size_t times, size_t count) __attribute__((weak))

VEC_DECLARE(vec_tare);
VEC_DECLARE(vec_tare_16);
VEC_DECLARE(vec_tare_pool);
VEC_DECLARE(vec_malloc);
VEC_DECLARE(vec_utarray);
VEC_DECLARE(vec_garray);
VEC_DECLARE(vec_std);
VEC_DECLARE(vec_absl);
VEC_DECLARE(vec_absl_16);
VEC_DECLARE(vec_boost);
VEC_DECLARE(vec_boost_16);

/* Searches for what is not there, and counts of it; and sorting. */
#define VEC_DECLARE_SEARCHES(NAME)                                           \
    void NAME##_find_u8(size_t times, size_t count) __attribute__((weak));   \
    void NAME##_find_u16(size_t times, size_t count) __attribute__((weak));  \
    void NAME##_find_u32(size_t times, size_t count) __attribute__((weak));  \
    void NAME##_find_u64(size_t times, size_t count) __attribute__((weak));  \
    void NAME##_count_u8(size_t times, size_t count) __attribute__((weak));  \
    void NAME##_count_u16(size_t times, size_t count) __attribute__((weak)); \
    void NAME##_count_u32(size_t times, size_t count) __attribute__((weak)); \
    void NAME##_count_u64(size_t times, size_t count) __attribute__((weak)); \
    void NAME##_sort(size_t times, size_t count) __attribute__((weak))

VEC_DECLARE_SEARCHES(vec_tare);
VEC_DECLARE_SEARCHES(vec_plain);
VEC_DECLARE_SEARCHES(vec_std);

#ifdef __cplusplus
}
#endif

/* The vector is in memory, and so is what it says of itself: other code has seen it. */
#define VEC_LIFE(NAME, PATTERN, BEGIN, FILL, ITEMS, LENGTH, END) \
    void NAME##_##PATTERN(size_t times, size_t count)            \
    {                                                            \
        while (times--) {                                        \
            long sum = 0;                                        \
            BEGIN;                                               \
            measure_keep(&vec);                                  \
            FILL;                                                \
            measure_keep(&vec);                                  \
            for (size_t i = 0; i < (LENGTH); i++)                \
                sum += (ITEMS)[i];                               \
            measure_keep((const void *)(uintptr_t)sum);          \
            END;                                                 \
        }                                                        \
    }

/* In terms of `vec`, `value`, and vec_values and count. */
#define VEC_WAY(NAME, BEGIN, PUSH, RESERVE, PUSH_RESERVED, PUSH_N, ITEMS, LENGTH, END)    \
    VEC_LIFE(NAME, push, BEGIN, VEC_EACH(PUSH), ITEMS, LENGTH, END)                       \
    VEC_LIFE(NAME, reserved, BEGIN, RESERVE; VEC_EACH(PUSH_RESERVED), ITEMS, LENGTH, END) \
    VEC_LIFE(NAME, push_n, BEGIN, PUSH_N, ITEMS, LENGTH, END)

#define VEC_EACH(PUSH)                   \
    for (size_t i = 0; i < count; i++) { \
        int value = (int)i;              \
        PUSH;                            \
    }

/* FIND and COUNT of `items`, `count` and `value`. */
#define VEC_SEARCH(NAME, WHAT, BITS, EXPRESSION)                                       \
    void NAME##_##WHAT##_u##BITS(size_t times, size_t count)                           \
    {                                                                                  \
        const uint##BITS##_t *items = (const uint##BITS##_t *)(const void *)vec_words; \
        const uint##BITS##_t value = 255;                                              \
                                                                                       \
        while (times--) {                                                              \
            measure_keep(items);                                                       \
            measure_keep((const void *)(uintptr_t)(EXPRESSION));                       \
        }                                                                              \
    }

#define VEC_SEARCHES(NAME, FIND, COUNT)    \
    VEC_SEARCH(NAME, find, 8, FIND(8))     \
    VEC_SEARCH(NAME, find, 16, FIND(16))   \
    VEC_SEARCH(NAME, find, 32, FIND(32))   \
    VEC_SEARCH(NAME, find, 64, FIND(64))   \
    VEC_SEARCH(NAME, count, 8, COUNT(8))   \
    VEC_SEARCH(NAME, count, 16, COUNT(16)) \
    VEC_SEARCH(NAME, count, 32, COUNT(32)) \
    VEC_SEARCH(NAME, count, 64, COUNT(64))

#endif
