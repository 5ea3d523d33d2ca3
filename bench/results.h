/* SPDX-License-Identifier: MIT
 *
 * bench/results.h - what a benchmark found: rows beside a peer, and targets reached or missed.
 *
 * Shape    build/bench/NAME.tsv: case, metric, unit, ours, peer, peer_value, ratio; two lines a
 *          row, METRIC.min and METRIC.median. The same rows, and the targets, as tables.
 * Units    As each row says.
 * Owner    Caller owns the struct and the memory of every string given, until fini.
 * Threads  Single owner.
 * Errors   -errno from the file; rows and targets for which no memory is left end the program.
 * Cost     none that is measured
 * Source   none
 */
#ifndef TARE_BENCH_RESULTS_H
#define TARE_BENCH_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/measure.h"

struct result {
    const char *name; /* of the case */
    const char *metric, *unit;
    struct number ours;
    const char *peer; /* what it is measured beside */
    struct number theirs;
    bool more_is_better;
};

/* A value that is to stay at or below its limit. */
struct target {
    const char *what;
    struct number value; /* NAN: could not be measured */
    double limit;
    double reach_for; /* a better value that is hoped for; 0: none */
};

struct results {
    struct result *rows;
    size_t row_count, row_room;
    struct target *targets;
    size_t target_count, target_room;
};

void results_fini(struct results *results);

/* A row of which either side was not measured is left out. */
void results_add(struct results *results, const struct result *row);
void results_add_target(struct results *results, const struct target *target);

/* Ours, divided by theirs, as a target. */
void results_add_share(struct results *results, const char *what, struct number ours,
                       struct number theirs, double limit);

/* Times better than the peer: above 1 is a win. */
double result_ratio(const struct result *row, double ours, double theirs);

int results_write(const struct results *results, const char *path);

/* Write build/bench/NAME.tsv, say so, and fini; false: it could not be written, and that is said. */
bool results_end(struct results *results, const char *name);

void results_print(const struct results *results, FILE *out);
void results_print_targets(const struct results *results, FILE *out);

#endif
