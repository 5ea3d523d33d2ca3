/* SPDX-License-Identifier: MIT
 *
 * cli/sample_records.h - what a ledger's records have now, told as what changed since last time.
 *
 * Shape    extent of records -> the four sums of each of its records, as last seen
 * Units    Bytes, events; record numbers as in docs/format.md (Timeline).
 * Owner    Caller owns the struct; it owns the sums, and the changes until the next read.
 * Threads  Single owner.
 * Errors   -ENOMEM; -EIO: the ledger makes no sense any more; others of the system calls.
 * Cost     Reads 128 bytes a record; keeps 32.
 * Source   none
 */
#ifndef TARE_CLI_SAMPLE_RECORDS_H
#define TARE_CLI_SAMPLE_RECORDS_H

#include "format/ledger.h"

struct record_sums;

struct sampled_records {
    struct record_sums **extents; /* by number; NULL: holds no records */
    uint32_t extent_count;
    int64_t live_bytes;
    uint8_t *changes;
    size_t used, room;
};

/* Sets live_bytes, changes and change_bytes of the sample. */
int sampled_records_read(struct sampled_records *records, int fd,
                         struct ledger_sample *sample, const uint8_t **changes);
void sampled_records_fini(struct sampled_records *records);

/* The process's proportional set size; 0: not known. */
uint64_t sample_pss(uint32_t pid);

#endif
