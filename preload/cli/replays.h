/* SPDX-License-Identifier: MIT
 *
 * cli/replays.h - what replay and whatif have in common: a profile with a trace, and ways to play
 * it that are measured beside one another.
 *
 * Shape    words -> the process that has a trace -> script -> each way in turn, so many rounds
 * Units    As replay/script.h.
 * Owner    The caller owns the structs.
 * Threads  Single owner.
 * Errors   The exit status, with a message printed.
 * Cost     A process for each round of each way.
 * Source   none
 */
#ifndef TARE_CLI_REPLAYS_H
#define TARE_CLI_REPLAYS_H

#include "profile/profile.h"
#include "replay/compile.h"
#include "replay/play.h"

enum { REPLAY_REPS = 5, REPLAY_REPS_MOST = 100 };

/* One way, and what it measured. */
struct replay_way {
    struct allocator_choice allocator;
    struct play play;
    bool is_missing;
    struct played last;
    uint64_t ns[REPLAY_REPS_MOST]; /* in rising order, once all are played */
    uint32_t count;
    uint64_t most_rss_bytes, rss_at_peak_bytes; /* medians, likewise */
    uint64_t rss[2][REPLAY_REPS_MOST];
};

/* The process of the profile that has a trace; NULL, and that is said, when none has, or several. */
const struct process *replay_process(const struct profile *profile, const char *verb);

/* Make the script, and say what it lacks. */
int replay_compile(struct compiled *compiled, const struct process *process,
                   const struct compile_site *site);

/* Play all ways `reps` times; the first is the one without an allocator, whose time is taken off the
 * others'. A way whose allocator is not here is left out, with a message. */
int replay_play(struct replay_way *ways, size_t count, uint32_t reps, int script_fd);

static inline uint64_t replay_median(const struct replay_way *way)
{
    return way->count ? way->ns[way->count / 2] : 0;
}

static inline uint64_t replay_least(const struct replay_way *way)
{
    return way->count ? way->ns[0] : 0;
}

#endif
