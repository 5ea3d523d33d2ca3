/* SPDX-License-Identifier: MIT
 *
 * report/report_evidence.h - a site's evidence as text.
 *
 * Shape    one or two lines of what is telling, or histograms with bars
 * Units    none
 * Owner    The caller owns everything.
 * Threads  Single owner.
 * Errors   none: the caller asks the stream (ferror).
 * Cost     O(buckets).
 * Source   none
 */
#ifndef TARE_REPORT_REPORT_EVIDENCE_H
#define TARE_REPORT_REPORT_EVIDENCE_H

#include "profile/site_evidence.h"
#include "report/style.h"

void report_evidence(const struct styled *to, const struct counts *counts,
                     const struct evidence *evidence);

/* All of it. */
void report_histograms(const struct styled *to, const struct counts *counts,
                       const struct evidence *evidence);

#endif
