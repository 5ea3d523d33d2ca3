/* SPDX-License-Identifier: MIT
 *
 * support/recorded.h - run a program under the shim and read all that it left.
 *
 * Shape    struct recorded: the run, and the profile of all its processes.
 * Units    As profile/process.h.
 * Owner    recorded_fini frees all, and removes the ledgers.
 * Threads  single owner
 * Errors   The test fails when the program cannot be started or a ledger cannot be read.
 * Cost     a process
 * Source   none
 */
#ifndef TARE_SUPPORT_RECORDED_H
#define TARE_SUPPORT_RECORDED_H

#include "profile/profile.h"
#include "support/run.h"

struct recorded {
    struct run run;
    char *folder; /* of the ledgers */
    struct profile profile;
};

/* `words` and `settings` as for run(). */
void record(struct recorded *recorded, const char *const words[],
            const char *const settings[]);
void recorded_fini(struct recorded *recorded);

/* The process of that id, with the latest start; the test fails if there is none. */
const struct process *recorded_process(const struct recorded *recorded, uint64_t pid);

/* Has the leaf `function` among its frames? NULL: does it lie in the executable? */
bool recorded_is_in(struct recorded *recorded, const struct process *process, uint32_t leaf,
                    const char *function);

/* The sum over the process's sites of which that is true. */
struct counts recorded_in(struct recorded *recorded, const struct process *process,
                          const char *function);

/* Read the numbers of a line; how many there were. */
int read_numbers(const char **text, uint64_t *numbers, int most);

#endif
