/* SPDX-License-Identifier: MIT
 *
 * report/report_summary.h - the block of totals at the top of a text report.
 *
 * Shape    one line a fact: name, then the number for people with the exact one beside it
 * Units    none
 * Owner    The caller owns everything.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     As profile/quality.h.
 * Source   none
 */
#ifndef TARE_REPORT_REPORT_SUMMARY_H
#define TARE_REPORT_REPORT_SUMMARY_H

#include "report/report.h"
#include "report/style.h"

/* Of the processes [first, first + count), whose sites are the view's. */
int report_summary(const struct styled *to, const struct profile *profile, uint32_t first,
                   uint32_t count, const struct view *view);

/* What the profile was cut down to. */
void report_selection(const struct styled *to, const struct selection *selection,
                      const struct view *view);

#endif
