/* SPDX-License-Identifier: MIT
 *
 * bench/map_rows.h - cases and ways of the map's benchmark, and what they are to reach.
 *
 * Shape    map_runs: samples by case, metric and way -> tables, rows, targets
 * Units    nanoseconds an operation; bytes an entry
 * Owner    The caller owns the runs.
 * Threads  single owner
 * Errors   none
 * Cost     none that is measured
 * Source   none
 */
#ifndef TARE_BENCH_MAP_ROWS_H
#define TARE_BENCH_MAP_ROWS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/results.h"

/* The first three are ours. The next two are those to beat in each cell, the others as a whole; the
 * ordered map is to beat those from WAY_SLOW_FIRST on, whose entries do not move either. */
enum map_way { WAY_TARE, WAY_FAST, WAY_ORDERED, WAY_BOOST, WAY_ABSL, WAY_C_FIRST };
enum {
    WAY_SLOW_FIRST = WAY_C_FIRST + 3,
    WAY_COUNT = 11,
    METRIC_COUNT = 13,
    CASE_COUNT = 14
};

struct map_way_plan {
    const char *worker, *name;
    bool is_slow; /* left out of the largest cases */
    bool is_missing;
};

struct map_case {
    const char *name, *kind; /* of keys: u64 or text */
    const char *size;        /* entries, or "memory" */
    const char *pattern;     /* of keys; NULL: random */
    unsigned rounds;         /* at most; 0: as asked */
    bool is_large;           /* too much for the slow ones */
    bool is_own;             /* ours alone */
};

struct map_runs {
    struct samples samples[CASE_COUNT][METRIC_COUNT][WAY_COUNT];
};

extern struct map_way_plan map_ways[WAY_COUNT];
extern const struct map_case map_cases[CASE_COUNT];
extern const char *const map_metrics[METRIC_COUNT];

void map_print(const struct map_runs *runs, FILE *out);
void map_add_rows(struct results *results, const struct map_runs *runs);
void map_add_targets(struct results *results, const struct map_runs *runs);

#endif
