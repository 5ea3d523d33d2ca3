/* SPDX-License-Identifier: MIT
 *
 * cli/progress.h - says on a terminal that long work goes on.
 *
 * Shape    a line that is written over, and gone when the work is done
 * Units    none
 * Owner    none
 * Threads  Single owner: the timer is the process's.
 * Errors   none
 * Cost     Nothing in the first second; then a signal a second.
 * Source   setitimer(2)
 */
#ifndef TARE_CLI_PROGRESS_H
#define TARE_CLI_PROGRESS_H

/* Only where standard error is a terminal that can, and not under CI. `what` is kept. */
void progress_begin(const char *what);
void progress_end(void);

#endif
