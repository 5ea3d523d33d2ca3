/* SPDX-License-Identifier: MIT
 *
 * cli/show.h - writes the report of a profile in the form asked for.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns the profile.
 * Threads  Single owner.
 * Errors   As report/report.h.
 * Cost     As report/report.h.
 * Source   no-color.org for the variable NO_COLOR
 */
#ifndef TARE_CLI_SHOW_H
#define TARE_CLI_SHOW_H

#include "report/report.h"

struct show_options {
    struct report_options report;
    bool as_json;
};

/* To `out`; colour and line length suit what it is. */
int show_profile(FILE *out, struct profile *profile, const struct show_options *options);

#endif
