/* SPDX-License-Identifier: MIT
 *
 * bench/process_tree.h - run a program and all that it starts, and tell what all of them cost.
 *
 * Shape    this process -> reaper (a child subreaper) -> the program -> whatever it starts
 *          A process whose parent does not wait for it falls to the reaper, so that a script's
 *          background jobs are counted too.
 * Units    Seconds.
 * Owner    Caller owns all.
 * Threads  Single owner.
 * Errors   -errno when nothing could be started; a program that fails is told by `status`.
 * Cost     two forks; not measured.
 * Source   prctl(2) PR_SET_CHILD_SUBREAPER; getrusage(2) RUSAGE_CHILDREN
 */
#ifndef TARE_BENCH_PROCESS_TREE_H
#define TARE_BENCH_PROCESS_TREE_H

#include <stdbool.h>

struct tree_plan {
    const char *const *words;    /* ended by NULL; the first is looked for in PATH */
    const char *const *settings; /* NAME=value for the program alone, ended by NULL */
    const int *cpus;             /* the tree is bound to these */
    unsigned cpu_count;
    const char *out, *err; /* files for its output and its messages; NULL: /dev/null */

    /* What makes the program work and end, run while the tree runs; NULL: nothing. False when
     * it failed. */
    bool (*drive)(void *context);
    void *context;
};

struct tree_cost {
    double cpu;     /* user and system time of all processes */
    double elapsed; /* until the last of them had ended */
    int status;     /* the program's, as wait reports it */
    bool driven;    /* drive's result; true without one */
};

int tree_run(const struct tree_plan *plan, struct tree_cost *cost);

#endif
