/* SPDX-License-Identifier: MIT
 *
 * report/diff.h - two profiles, or two moments of one, side by side: what grew, what is new, what went.
 *
 * Shape    Totals, then the sites with most change; always "before -> after".
 * Units    As report/report.h.
 * Owner    The caller owns everything.
 * Threads  Single owner.
 * Errors   -ENOMEM; as report/stream.h.
 * Cost     Lines of the sites that are shown; JSON's of all.
 * Source   docs/format.md (schema tare.diff/1)
 */
#ifndef TARE_REPORT_DIFF_H
#define TARE_REPORT_DIFF_H

#include "profile/culprit.h"
#include "report/change.h"
#include "report/report.h"

struct diff {
    struct difference sites;
    const struct change_limit *limits;
    uint32_t limit_count;
    bool is_of_moments; /* of one run: these know no peaks and nothing temporary */
    uint64_t at_ns[2];
    struct report_options report; /* order, top, depth, is_folded, colour and columns */
};

/* How many limits are exceeded. */
uint32_t diff_exceeded(const struct diff *diff);

/* Most of what is compared stands on one side only: ids were probably made of other symbols. */
bool diff_has_little_in_common(const struct diff *diff);

int diff_text(FILE *out, const struct diff *diff);
int diff_json(FILE *out, const struct diff *diff);
int diff_markdown(FILE *out, const struct diff *diff);

/* For those three. "allocated", "peak" and the like, in the order of enum site_order. */
const char *diff_total_name(const struct diff *diff, enum site_order order);

/* Are there such values? */
bool diff_has(const struct diff *diff, enum site_order order);

/* How many sites are to be shown: those that changed, at most the top. */
uint32_t diff_shown(const struct diff *diff);

/* The stack to show of an entry, of the later profile if it has it. */
int diff_culprit(const struct diff *diff, const struct difference_entry *entry,
                 struct culprit *culprit);

#endif
