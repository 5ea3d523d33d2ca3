/* SPDX-License-Identifier: MIT
 *
 * cli/survivors.h - processes of a run that outlive the program.
 *
 * Shape    none
 * Units    none
 * Owner    none
 * Threads  thread-safe.
 * Errors   none: a process that cannot be looked into is none of them.
 * Cost     Reads the environment of each process of this user.
 * Source   proc(5)
 */
#ifndef TARE_CLI_SURVIVORS_H
#define TARE_CLI_SURVIVORS_H

#include <stdbool.h>

/* Does a process run whose environment has this variable with this value? It may not have
 * begun a ledger yet: between fork and exec, or before its first allocation. */
bool survivors_exist(const char *variable, const char *value);

#endif
