/* SPDX-License-Identifier: MIT
 *
 * cli/why_nothing.h - programs that the recorder cannot be loaded into.
 *
 * Shape    program -> interpreter -> interpreter's interpreter ...
 * Units    none
 * Owner    The text is constant.
 * Threads  thread-safe.
 * Errors   none: it is a likely reason, not a proof.
 * Cost     Reads the beginning of one or two files.
 * Source   ld.so(8), execve(2), capabilities(7)
 */
#ifndef TARE_CLI_WHY_NOTHING_H
#define TARE_CLI_WHY_NOTHING_H

#include <limits.h>
#include <stdbool.h>

struct target {
    int status;      /* to refuse it with; STATUS_DONE: nothing stands against it */
    const char *why; /* NULL, or the reason */
};

/* Where a program of that name is, as exec looks for it; false: in no folder of PATH. */
bool find_program(const char *name, char path[PATH_MAX]);

/* Before the start. `program` as it was typed; it is looked for in PATH. What is not there, or not
 * to be read, is left for exec to find out. */
struct target look_at_target(const char *program);

/* After it, when there is no ledger. */
const char *why_nothing(const char *program);

#endif
