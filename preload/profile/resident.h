/* SPDX-License-Identifier: MIT
 *
 * profile/resident.h - what the memory of a process was made of, when about most was resident.
 *
 * Shape    an account of the ledger -> rows, which add up to what was resident
 * Units    Bytes, nanoseconds.
 * Owner    Caller owns the struct.
 * Threads  thread-safe.
 * Errors   none
 * Cost     none
 * Source   docs/decisions/0018-resident-memory.md says what is reckoned, and how.
 */
#ifndef TARE_PROFILE_RESIDENT_H
#define TARE_PROFILE_RESIDENT_H

#include "profile/process.h"

enum resident_row {
    ROW_LIVE,
    ROW_SLACK,
    ROW_MAPPINGS,
    ROW_FREED,
    ROW_FRAGMENTS,
    ROW_STACK,
    ROW_STACKS,
    ROW_CODE,
    ROW_STATIC,
    ROW_GENERATED,
    ROW_FILES,
    ROW_SHARED,
    ROW_LEDGER,
    ROW_TABLES,
    ROW_TRAILERS,
    ROW_OTHER,
    RESIDENT_ROWS,
};

/* Of one process, or the sums of several. */
struct resident {
    uint64_t rows[RESIDENT_ROWS];
    uint64_t rss_bytes; /* the sum of the rows */
    uint64_t most_rss_bytes, live_bytes;
    uint64_t at_ns; /* of the latest process added */
    uint32_t processes;
};

/* The file's account; NULL: none, or one that makes no sense, which is counted. */
const struct ledger_resident *resident_find(const struct ledger_file *file,
                                            uint64_t *damaged);

/* Add the process's, if it has one. */
void resident_add(struct resident *to, const struct process *process);

const char *resident_row_key(enum resident_row row);  /* "live" */
const char *resident_row_text(enum resident_row row); /* for people */

/* Reckoned, from counters of the recorder or from where a mapping lies; else the kernel said so. */
bool resident_row_is_estimate(enum resident_row row);

#endif
