/* SPDX-License-Identifier: MIT
 *
 * profile/process_end.h - how the processes behind ledgers ended, as far as it can be known.
 *
 * Shape    none
 * Units    none
 * Owner    none
 * Threads  thread-safe.
 * Errors   none: what cannot be found out is PROCESS_END_UNKNOWN.
 * Cost     Reads up to three small files in /proc for a process that may still run.
 * Source   proc(5)
 */
#ifndef TARE_PROFILE_PROCESS_END_H
#define TARE_PROFILE_PROCESS_END_H

#include "profile/process.h"

/* What a look at /proc says about the process that wrote a ledger. */
enum process_life {
    LIFE_OVER,    /* it has ended, or lived before the last boot or elsewhere */
    LIFE_GOES_ON, /* it runs, and writes this ledger */
    LIFE_EXECED,  /* it runs another program by now */
};

enum process_life process_life(const struct ledger_header *header, dev_t device,
                               ino_t inode);

/* Set `end` where the ledger does not say it, and the duration of those still running. */
void process_ends_set(struct process *processes, size_t count);

#endif
