/* SPDX-License-Identifier: MIT
 *
 * cli/launch.h - runs a program as a wrapper should: streams, signals and status are its own.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns all strings.
 * Threads  Single owner: one program at a time, as signals are of the whole process.
 * Errors   -errno of what failed on the way to the program's first instruction.
 * Cost     fork and exec.
 * Source   none
 */
#ifndef TARE_CLI_LAUNCH_H
#define TARE_CLI_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct environment_change {
    const char *name, *value;
};

struct launched {
    pid_t pid;
    int status; /* as wait reports it */
    uint64_t end_monotonic_ns, cpu_ns;
};

/* What to do while the program runs: `tick` says after how many milliseconds it is to be called
 * again, or -1. */
struct launch_watch {
    int (*tick)(void *context);
    void *context;
};

/* Run argv[0] (looked up in PATH) with the changes, ended by a NULL name, and wait for its
 * end. Signals meant to end or tell something to a program are passed on to it. */
int launch(struct launched *launched, char *const *argv,
           const struct environment_change *changes, const struct launch_watch *watch);

/* End as the program did: by its status or by its signal. */
_Noreturn void end_like(int status);

#endif
