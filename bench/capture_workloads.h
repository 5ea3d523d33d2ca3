/* SPDX-License-Identifier: MIT
 *
 * bench/capture_workloads.h - the real programs that are run plain and recorded.
 *
 * Shape    one struct a program: what to run, and what makes it end where that is not itself
 * Units    none
 * Owner    Strings last as long as the program; the table is static.
 * Threads  Single owner.
 * Errors   A program that cannot be run here says why in `missing`.
 * Cost     Inputs are made once, from the scripts in bench/workloads/, and kept under
 *          build/bench/inputs.
 * Source   none
 */
#ifndef TARE_BENCH_CAPTURE_WORKLOADS_H
#define TARE_BENCH_CAPTURE_WORKLOADS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench/measure.h"

/* Where things are and what they may use; all paths are absolute. */
struct bench_place {
    char build[PATH_MAX]; /* what is measured: tare, the shim, the programs made for this */
    char inputs[PATH_MAX];  /* kept from run to run */
    char scratch[PATH_MAX]; /* profiles and outputs of one run, in memory */
    int cpus[MEASURE_CPUS];
    unsigned cpu_count;
};

enum { WORKLOAD_WORDS = 12, WORKLOAD_SETTINGS = 3 };

struct workload {
    const char *name;
    const char *command; /* must be there; NULL: found out by `prepare` */
    const char *words[WORKLOAD_WORDS];
    const char *settings[WORKLOAD_SETTINGS];
    bool (*prepare)(struct workload *workload, const struct bench_place *place);
    bool (*drive)(void *place); /* as in struct tree_plan; context: struct bench_place */
    const char *missing;        /* NULL: can be run */
};

extern struct workload workloads[];
extern const size_t workload_count;

/* Find where things are of what lies in `build`, and make the environment the same whoever calls;
 * false when that cannot be. */
bool bench_place_find(struct bench_place *place, const char *build);

/* Remove the scratch folder. */
void bench_place_leave(const struct bench_place *place);

/* Find or make what the program needs; false, and `missing` is set, when that fails. */
bool workload_prepare(struct workload *workload, const struct bench_place *place);

/* Is it in PATH, or an executable file? */
bool command_is_there(const char *name);

/* The first line that a shell command prints; false when it failed or printed nothing. */
bool command_line(const char *command, char *line, size_t bytes);

#endif
