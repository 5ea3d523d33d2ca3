/* SPDX-License-Identifier: MIT
 *
 * bench/capture_ways.h - the ways a program is run: plain, recorded by Tare, by heaptrack.
 *
 * Shape    way + words of the program -> words, settings and processors of one run
 * Units    Seconds.
 * Owner    Caller owns all.
 * Threads  Single owner.
 * Errors   A run that failed or left no profile is told on stderr, with what it said itself.
 * Cost     a run
 * Source   heaptrack(1)
 */
#ifndef TARE_BENCH_CAPTURE_WAYS_H
#define TARE_BENCH_CAPTURE_WAYS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/capture_profile.h"
#include "bench/capture_workloads.h"
#include "bench/process_tree.h"

enum way {
    WAY_PLAIN,
    WAY_COUNTS,   /* TARE_TRACK_SITES=0 */
    WAY_FULL,     /* all stacks, nothing read or named */
    WAY_MIMALLOC, /* as WAY_FULL, TARE_ALLOCATOR=mimalloc */
    WAY_RAW,      /* heaptrack --raw */
    WAY_TARE_RUN, /* tare run, with its report */
    WAY_SHIPPED,  /* heaptrack, then heaptrack_print */
    WAY_ADVISE,   /* as WAY_FULL, TARE_ADVISE=1 */
    WAY_DHAT,     /* valgrind --tool=dhat */
    WAY_COUNT
};

/* What to run, in which way; the program alone when it is plain. */
struct way_plan {
    enum way way;
    const char *const *words;
    const char *const *settings;
    bool (*drive)(void *place);
    unsigned cpu_count; /* that the program needs; heaptrack has a second one besides */
    char *said;         /* what it printed, ended by NUL; NULL: nobody asks */
    size_t said_bytes;
};

extern const char *const way_names[WAY_COUNT];

/* NULL when it can be gone here, or what is missing. */
const char *way_missing(enum way way);

/* Run it. `sums`, for Tare's ways, is what was recorded; NULL: nobody asks. The scratch folder
 * is empty again after it. */
bool way_run(const struct way_plan *plan, struct bench_place *place, struct tree_cost *cost,
             struct profile_sums *sums);

#endif
