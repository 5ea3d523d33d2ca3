/* SPDX-License-Identifier: MIT
 *
 * check/suppress.h - leaks that are known and not to be counted.
 *
 * Shape    lines "leak:PATTERN", the pattern as in profile/match.h; "#" begins a comment. Lines of
 *          other sanitizers' kinds ("race:") are left alone.
 * Units    Bytes, blocks.
 * Owner    Caller owns the struct; it owns the patterns.
 * Threads  Single owner.
 * Errors   -errno of reading; -EINVAL: a line is none, `bad_line` says which; -ENOMEM.
 * Cost     Names of all frames.
 * Source   The files of LeakSanitizer.
 */
#ifndef TARE_CHECK_SUPPRESS_H
#define TARE_CHECK_SUPPRESS_H

#include "profile/profile.h"

struct suppression {
    char *pattern;
    uint64_t sites, blocks, bytes; /* that it took off */
};

struct suppressions {
    struct suppression *list;
    uint32_t count;
    uint32_t bad_line; /* of the file read last */
};

int suppressions_read(struct suppressions *suppressions, const char *path);
void suppressions_fini(struct suppressions *suppressions);

/* What sites that a pattern matches have live is taken off them, and off their process. */
int suppressions_apply(struct suppressions *suppressions, struct profile *profile);

#endif
