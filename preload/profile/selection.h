/* SPDX-License-Identifier: MIT
 *
 * profile/selection.h - leaves of a profile only what is asked for.
 *
 * Shape    A site stays when it has a frame that a focus matches, none that an ignore matches, and
 *          its owner (profile/match.h) lies in one of the modules; of each, where there are any.
 *          Of threads: only what their calls did is counted, so that live values are what they
 *          allocated without what they freed.
 * Units    none
 * Owner    The caller owns the words and the patterns, which outlive the profile's use.
 * Threads  Single owner.
 * Errors   -ENOMEM: the profile is to be thrown away.
 * Cost     Names of all frames, for focus and ignore; else O(sites).
 * Source   none
 */
#ifndef TARE_PROFILE_SELECTION_H
#define TARE_PROFILE_SELECTION_H

#include "profile/profile.h"

enum select_kind {
    SELECT_FOCUS,
    SELECT_IGNORE,
    SELECT_MODULE,
    SELECT_THREAD,
    SELECT_KINDS
};

struct selection_word {
    enum select_kind kind;
    const char *pattern; /* of a thread: its name, or its number */
};

struct selection {
    struct selection_word *words;
    uint32_t count;
};

/* "focus" and the like. */
const char *selection_kind_name(enum select_kind kind);

int selection_add(struct selection *selection, enum select_kind kind, const char *pattern);
void selection_fini(struct selection *selection);

/* After profile_finish. Sites, threads and sums of all processes become those selected; what the
 * header says, the peak too, stays that of the whole process. */
int selection_apply(const struct selection *selection, struct profile *profile);

/* Which of the process's nodes have a frame in their stack, themselves included, that the pattern
 * matches: 1 at their index, room for all nodes. */
void selection_mark(const char *pattern, struct symbols *symbols,
                    const struct process *process, uint8_t *nodes);

#endif
