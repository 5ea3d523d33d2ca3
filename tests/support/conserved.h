/* SPDX-License-Identifier: MIT
 *
 * support/conserved.h - do the numbers of a ledger agree with each other?
 *
 * Shape    none
 * Units    Bytes, blocks.
 * Owner    none
 * Threads  thread-safe
 * Errors   The check that failed, as text; NULL when all hold.
 * Cost     One pass over the records.
 * Source   none
 *
 * Of an event that a kill cut short any part may be there. Of sizes that means: an allocation
 * without its size or a size without its allocation, and while a run of equal sizes is taken
 * from its record to the histogram, it is in neither; the reader then takes it from the number of
 * allocations. A thread is in one event at most, so at most one record for each thread is open in
 * this way.
 */
#ifndef TARE_SUPPORT_CONSERVED_H
#define TARE_SUPPORT_CONSERVED_H

#include "profile/ledger_file.h"
#include "profile/process.h"

enum { ALLOCATIONS, FREES, BYTES, FREED_BYTES, SUMS };

struct record_sums {
    uint64_t all[SUMS];
    uint64_t program[SUMS];  /* innermost frame in the executable itself */
    uint64_t no_stack[SUMS]; /* stack not recorded */
    uint64_t objects[SUMS];  /* of class LEDGER_OBJECT; the others are of the heap */
    uint64_t open_records;   /* whose sizes are not as many as its allocations */
};

/* The records as they are in the file, but for those of mappings. */
const char *conserved_records(struct record_sums *sums, const struct ledger_file *file);

/* What the reader made of them: the same by site, by thread and in all; of objects, by site and in
 * all. */
const char *conserved_process(const struct process *process);

#endif
