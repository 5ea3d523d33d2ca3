/* SPDX-License-Identifier: MIT
 *
 * profile/levels.h - what a process noted of itself while it ran, for want of a timeline.
 *
 * Shape    levels, by time, each time once; the peak and the end are among them where the ledger
 *          knows their times.
 * Units    Bytes, nanoseconds after the recording began.
 * Owner    Caller owns the struct; it owns the list.
 * Threads  Single owner.
 * Errors   -ENOMEM. What makes no sense is left out.
 * Cost     O(n log n) of at most some hundred.
 * Source   docs/format.md
 */
#ifndef TARE_PROFILE_LEVELS_H
#define TARE_PROFILE_LEVELS_H

#include "profile/process.h"

struct levels {
    struct ledger_level *list;
    uint32_t count;
};

int levels_init(struct levels *levels, const struct process *process);
void levels_fini(struct levels *levels);

#endif
