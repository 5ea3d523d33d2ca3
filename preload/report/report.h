/* SPDX-License-Identifier: MIT
 *
 * report/report.h - a profile as text for people or as JSON for programs.
 *
 * Shape    none
 * Units    Bytes, nanoseconds, frames.
 * Owner    The caller owns the profile and the stream.
 * Threads  Single owner.
 * Errors   -ENOMEM; as report/stream.h: the stream did not take it all.
 * Cost     Text resolves lines of the sites it shows only; JSON those of all.
 * Source   docs/format.md (schema tare.report/1)
 */
#ifndef TARE_REPORT_REPORT_H
#define TARE_REPORT_REPORT_H

#include "profile/profile.h"
#include "profile/selection.h"
#include "profile/view.h"

#include <stdio.h>

enum report_shape { SHAPE_SITES, SHAPE_CALLERS_FIRST, SHAPE_ALLOCATORS_FIRST };

struct report_options {
    enum report_shape shape;
    enum site_order order;
    const struct selection *selection; /* what was left in the profile; NULL: all */
    uint32_t top;                      /* sites; 0: all */
    uint32_t depth;                    /* frames of a stack; 0: all */
    bool per_process;
    bool with_evidence; /* text: whole histograms */
    bool is_folded;     /* text: without the frames of the language's runtime */
    bool with_colour;
    int columns; /* 0: lines are as long as they are */
};

int report_text(FILE *out, struct profile *profile, const struct report_options *options);
int report_json(FILE *out, struct profile *profile, const struct report_options *options);

/* A summary and the sites, or a tree, as tables for a pull request. */
int report_markdown(FILE *out, struct profile *profile,
                    const struct report_options *options);

/* "bytes allocated" and the like. */
const char *report_order_title(enum site_order order);

/* What to call the ways in which processes and stacks end. */
const char *report_end_name(const struct process *process);
const char *report_stack_end(uint32_t special); /* NULL: it is complete */

#endif
