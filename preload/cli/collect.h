/* SPDX-License-Identifier: MIT
 *
 * cli/collect.h - brings the ledgers of a run from their private directory to their places.
 *
 * Shape    run directory/PID.tare -> the name that the pattern gives, never an existing file
 * Units    none
 * Owner    Caller owns the struct; it owns the paths.
 * Threads  Single owner.
 * Errors   Printed. A ledger that cannot be brought stays where it is, and counts as collected
 *          under its old path.
 * Cost     Copies what the ledgers use.
 * Source   none
 */
#ifndef TARE_CLI_COLLECT_H
#define TARE_CLI_COLLECT_H

#include "cli/launch.h"
#include "cli/run_dir.h"
#include "cli/sampler.h"

struct collected {
    char **paths;
    uint32_t count;
    bool has_program; /* the program itself left a ledger, not only processes it started */
    uint32_t left;    /* ledgers that stay behind: of processes that run, or not copied */
};

struct collect_from {
    const struct run_dir *dir;
    const char *setting;     /* TARE_OUTPUT of the processes of the run */
    struct sampler *sampler; /* has their timelines */
};

/* What the wait for the program told goes into its ledger before it is copied. */
int collect(struct collected *collected, const struct collect_from *from,
            const char *pattern, const struct launched *program);
void collected_fini(struct collected *collected);

#endif
