/* SPDX-License-Identifier: MIT
 *
 * report/side_by_side.h - several profiles beside one another: totals, and the sites that differ most.
 *
 * Shape    one column a profile, in the order given
 * Units    As report/report.h.
 * Owner    The caller owns everything.
 * Threads  Single owner.
 * Errors   -ENOMEM; as report/stream.h.
 * Cost     Lines of the sites that are shown; JSON's of all.
 * Source   docs/format.md (schema tare.columns/1)
 */
#ifndef TARE_REPORT_SIDE_BY_SIDE_H
#define TARE_REPORT_SIDE_BY_SIDE_H

#include "profile/site_columns.h"
#include "report/report.h"

int side_by_side_text(FILE *out, const struct site_columns *columns,
                      const struct report_options *options);
int side_by_side_json(FILE *out, const struct site_columns *columns,
                      const struct report_options *options);
int side_by_side_markdown(FILE *out, const struct site_columns *columns,
                          const struct report_options *options);

#endif
