/* SPDX-License-Identifier: MIT
 *
 * cli/keep_names.h - puts the names of functions into a collected profile, so that it can be read
 * when the program has been built anew, and elsewhere.
 *
 * Shape    ledger's extents | names | their strings
 * Units    none
 * Owner    none
 * Threads  Single owner.
 * Errors   -errno; the file is then as it was before.
 * Cost     One look-up of a name for each node of the stacks.
 * Source   docs/format.md
 */
#ifndef TARE_CLI_KEEP_NAMES_H
#define TARE_CLI_KEEP_NAMES_H

#include "profile/process.h"

/* Of a process of a finished profile, whose file nobody writes any more. */
int keep_names(const struct process *process);

#endif
