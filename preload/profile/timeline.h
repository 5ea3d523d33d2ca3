/* SPDX-License-Identifier: MIT
 *
 * profile/timeline.h - what each record of a ledger had, from one sample to the next.
 *
 * Shape    timeline -> samples, by time -> changes: record number, what was added to its counters
 *          The sums over all samples are what the records have, in a file that was collected.
 * Units    Bytes, nanoseconds, events; record numbers as in struct process (next_record).
 * Owner    Caller owns the struct; it owns a copy of the stream.
 * Threads  Single owner.
 * Errors   -ENOMEM. A file without a timeline has none of samples; a damaged one ends where it
 *          makes no more sense.
 * Cost     O(bytes of the stream).
 * Source   docs/format.md
 */
#ifndef TARE_PROFILE_TIMELINE_H
#define TARE_PROFILE_TIMELINE_H

#include "profile/ledger_file.h"

struct timeline {
    uint8_t *stream;
    struct ledger_sample *samples;
    const uint8_t **changes; /* of each sample, samples[i].change_bytes */
    uint32_t count;
};

struct timeline_change {
    uint32_t record;
    int64_t allocations, bytes, frees, freed_bytes;
};

int timeline_init(struct timeline *timeline, const struct ledger_file *file);
void timeline_fini(struct timeline *timeline);

/* The change at `*at`, which then moves behind it; `change` has the one before it, at first zeros.
 * False at the end. */
bool timeline_next(const uint8_t **at, const uint8_t *end, struct timeline_change *change);

#endif
