/* SPDX-License-Identifier: MIT
 *
 * profile/process_advice.h - finds which records have evidence for advice.
 *
 * Shape    extents of advice, ends, held -> the record that each of them names
 * Units    Lines.
 * Owner    The process owns the table.
 * Threads  Single owner.
 * Errors   -ENOMEM. What names no record, or one that has its like, is counted in `damaged`.
 * Cost     One pass over these extents; 16 bytes a record.
 * Source   none
 */
#ifndef TARE_PROFILE_PROCESS_ADVICE_H
#define TARE_PROFILE_PROCESS_ADVICE_H

#include "profile/process.h"

int process_read_advice(struct process *process);

#endif
