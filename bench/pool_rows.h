/* SPDX-License-Identifier: MIT
 *
 * bench/pool_rows.h - the ways, the cases, and what is told of them.
 *
 * Shape    samples of each case, size and way -> rows, targets, tables
 * Units    Nanoseconds an object; bytes an object for the case memory.
 * Owner    Caller owns all.
 * Threads  Single owner.
 * Errors   none
 * Cost     none that is measured
 * Source   none
 */
#ifndef TARE_BENCH_POOL_ROWS_H
#define TARE_BENCH_POOL_ROWS_H

#include "bench/results.h"

enum pool_way_id {
    WAY_TARE,
    WAY_TARE_SO,
    WAY_ID,
    WAY_ID_SO,
    WAY_OWNED,
    WAY_GLIBC,
    WAY_MIMALLOC,
    WAY_JEMALLOC,
    WAY_TCMALLOC,
    WAY_RTE,
    WAY_BOOST,
    WAY_SINGLETON,
    WAY_TALLOC,
    WAY_NONE,
    WAY_COUNT,
    WAY_GENERAL_FIRST = WAY_GLIBC,
    WAY_GENERAL_END = WAY_TCMALLOC + 1,
};

struct pool_way_plan {
    const char *name;
    const char *worker;  /* pool_WORKER_BYTES is the program */
    const char *library; /* where its malloc is to come from; NULL: whichever */
    bool is_preloaded;
    bool is_of_thread; /* no other thread may free what one allocated */
    bool is_missing;
};

struct pool_case {
    const char *name;
    unsigned threads;
    const char *what; /* of the target; NULL: it has none */
    double best_part; /* that ours may be of the best general allocator's */
    double rte_part;  /* of rte_mempool's; 0: any */
};

enum { CASE_COUNT = 10, SIZE_COUNT = 2, SIZE_BYTES_MAX = 256 };

extern struct pool_way_plan pool_ways[WAY_COUNT];
extern const struct pool_case pool_cases[CASE_COUNT];
extern const unsigned pool_sizes[SIZE_COUNT];

struct pool_runs {
    struct samples samples[CASE_COUNT][SIZE_COUNT][WAY_COUNT];
};

bool pool_case_is_memory(const struct pool_case *test);

/* Ours beside each other way, and the targets, of what was run. */
void pool_add_rows(struct results *results, const struct pool_runs *runs);
void pool_add_targets(struct results *results, const struct pool_runs *runs);

/* All numbers, and how many times better than each way ours is. */
void pool_print(const struct pool_runs *runs, FILE *out);

#endif
