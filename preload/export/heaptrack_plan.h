/* SPDX-License-Identifier: MIT
 *
 * export/heaptrack_plan.h - events that a site's sums could have come from.
 *
 * Shape    counts -> groups of blocks by when they live; in each group blocks are of one size, or
 *          of two that differ by a byte
 * Units    Bytes, blocks.
 * Owner    none
 * Threads  thread-safe.
 * Errors   none: what no events can add up to is counted.
 * Cost     O(1)
 * Source   none
 */
#ifndef TARE_EXPORT_HEAPTRACK_PLAN_H
#define TARE_EXPORT_HEAPTRACK_PLAN_H

#include "profile/process.h"

enum plan_group {
    PLAN_TEMPORARY, /* freed before anything else happens */
    PLAN_PASSING,   /* freed later, and not there at the peak */
    PLAN_AT_PEAK,   /* there at the peak, freed before the end */
    PLAN_LASTING,   /* there at the peak and at the end */
    PLAN_LATE,      /* allocated after the peak and not freed */
    PLAN_GROUPS,
};

/* `blocks - larger` blocks are of `size` bytes, `larger` ones of a byte more. */
struct plan_blocks {
    uint64_t blocks, larger, size;
};

struct plan {
    struct plan_blocks groups[PLAN_GROUPS];
    uint64_t untrue_temporary; /* temporary ones that had to be put elsewhere */
};

/* `share` blocks become one, of as many bytes as they have together. */
struct plan plan_make(const struct counts *counts, uint64_t share);

#endif
