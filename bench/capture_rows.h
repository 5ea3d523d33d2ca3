/* SPDX-License-Identifier: MIT
 *
 * bench/capture_rows.h - from what the runs of real programs took to rows and targets.
 *
 * Shape    samples of each program in each way -> struct results
 * Units    Seconds come in, milliseconds go out.
 * Owner    Caller owns all.
 * Threads  Single owner.
 * Errors   none: what was not measured is left out.
 * Cost     none that is measured
 * Source   none
 */
#ifndef TARE_BENCH_CAPTURE_ROWS_H
#define TARE_BENCH_CAPTURE_ROWS_H

#include <stddef.h>
#include <stdio.h>

#include "bench/capture_ways.h"
#include "bench/results.h"

/* All runs of one program. */
struct program_runs {
    const char *name;
    struct samples cpu[WAY_COUNT], elapsed[WAY_COUNT];
    struct profile_sums sums; /* of a fully recorded run */
};

void capture_add_rows(struct results *results, const struct program_runs *runs);
void capture_add_targets(struct results *results, const struct program_runs *runs,
                         size_t count);

/* Of --advise. */
void capture_add_advice_targets(struct results *results, const struct program_runs *runs,
                                size_t count);

/* What the programs do, and what each allocation costs them. */
void capture_print_programs(const struct program_runs *runs, size_t count, FILE *out);

#endif
