/* SPDX-License-Identifier: MIT
 *
 * cli/sampler.h - looks at the ledgers of a run from outside, now and then, for their timelines.
 *
 * Shape    run directory -> ledgers of processes that run -> counters of each record as last seen
 * Units    Nanoseconds, milliseconds, bytes.
 * Owner    Caller owns the struct and what it points to.
 * Threads  Single owner. Ledgers are read by read calls: the recorder neither waits nor is told.
 * Errors   none: a process that cannot be sampled has no timeline, or one that ends early.
 * Cost     A read of the ledger's records a tick. Ticks come further apart, so that they take
 *          at most 1/40 of a processor's time.
 * Source   proc(5)
 */
#ifndef TARE_CLI_SAMPLER_H
#define TARE_CLI_SAMPLER_H

#include "cli/run_dir.h"
#include "cli/timeline_writer.h"

#include <time.h>

struct sampled;

struct sampler {
    const struct run_dir *dir;
    uint32_t per_second; /* samples; 0: none are taken */
    bool with_pss;       /* which stops the process for a moment each time */
    uint64_t start_ns;
    struct timespec dir_changed;
    struct sampled *list;    /* a hash table, by inode */
    uint32_t live;           /* of which samples are taken */
    uint32_t has_complained; /* processes whose live blocks could not be read */
};

void sampler_init(struct sampler *sampler, const struct run_dir *dir, uint32_t per_second,
                  bool with_pss);

/* Take the samples that are due; how many milliseconds to wait for the next ones, -1: none. */
int sampler_tick(void *sampler);

/* The process of that ledger has ended: put its timeline into it. */
void sampler_leave(struct sampler *sampler, const char *path);
void sampler_fini(struct sampler *sampler);

#endif
