/* SPDX-License-Identifier: MIT
 *
 * bench/capture_profile.h - what a run left behind: the sums of its ledgers.
 *
 * Shape    all *.tare of a folder -> one struct
 * Units    Events, bytes, extents.
 * Owner    none
 * Threads  Single owner.
 * Errors   -errno; -ENOENT without a ledger, -EBADMSG for one that is not as it should be.
 * Cost     Reads the extents in use.
 * Source   format/ledger.h
 */
#ifndef TARE_BENCH_CAPTURE_PROFILE_H
#define TARE_BENCH_CAPTURE_PROFILE_H

#include <stdint.h>

struct profile_sums {
    uint64_t allocations, bytes, frees;
    uint64_t pairs; /* records: one for each thread that touched a site */
    uint64_t nodes; /* frames of all sites, those that they share counted once */
    uint64_t extent_bytes;
    uint64_t trace_bytes, trace_lost; /* events */
    uint64_t lost;                    /* events and stacks */
};

int profile_sums_read(struct profile_sums *sums, const char *folder);

/* Remove the files of the folder; not the folder, and not what lies deeper. */
void folder_clear(const char *folder);

/* Is there a file with something in it whose name has the suffix? */
int folder_has(const char *folder, const char *suffix);

#endif
