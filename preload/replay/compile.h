/* SPDX-License-Identifier: MIT
 *
 * replay/compile.h - a script for tare-replay of a process's trace.
 *
 * Shape    trace -> what is looked for, in a first pass -> struct script in a file in memory
 * Units    Bytes, events.
 * Owner    The caller closes the file.
 * Threads  Single owner.
 * Errors   -ENOENT: there is no trace. -ENOMEM, -EFBIG: more live blocks than a script has places for;
 *          others as writing sets them.
 * Cost     Two passes over the trace.
 * Source   none
 *
 * A block's life through all its reallocs is a chain. A chain is the site's when its first block was
 * allocated there, or, where chains are looked for, any of them.
 */
#ifndef TARE_REPLAY_COMPILE_H
#define TARE_REPLAY_COMPILE_H

#include "profile/process.h"
#include "profile/trace.h"
#include "replay/script.h"

/* Of which site's records; by number. */
struct compile_site {
    const bool *is_site; /* NULL: of none */
    bool any_of_chain;
};

/* What the first pass finds. */
struct compiled {
    int fd;
    struct script script;
    uint64_t lost, damaged;
    uint64_t site_chains, site_events,
        site_peak_bytes; /* asked for, at the process's peak */
    uint64_t
        site_common_bytes; /* the commonest size of the first blocks, if most have it */
};

int compile_trace(struct compiled *compiled, const struct process *process,
                  const struct compile_site *site);

#endif
