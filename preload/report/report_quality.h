/* SPDX-License-Identifier: MIT
 *
 * report/report_quality.h - what a report leaves open, and what would help.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns everything.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     As profile/quality.h.
 * Source   none
 */
#ifndef TARE_REPORT_REPORT_QUALITY_H
#define TARE_REPORT_REPORT_QUALITY_H

#include "report/report.h"
#include "report/style.h"

/* What gives the frames in an image names and lines; NULL is code of no file. */
const char *report_remedy(struct image *image);

int report_quality(const struct styled *to, const struct profile *profile,
                   const struct view *view);

#endif
