/* SPDX-License-Identifier: MIT
 *
 * support/openmetrics_check.h - is a text OpenMetrics, and what does it say?
 *
 * Shape    text -> complaint or NULL; text, series -> value
 * Units    none
 * Owner    Complaints are constants.
 * Threads  thread-safe
 * Errors   as the shape says
 * Cost     the square of the number of series
 * Source   OpenMetrics 1.0, written from its grammar and not from what we write
 */
#ifndef TARE_SUPPORT_OPENMETRICS_CHECK_H
#define TARE_SUPPORT_OPENMETRICS_CHECK_H

/* NULL: it is; else what is wrong first. Knows counters, gauges and summaries. */
const char *openmetrics_check(const char *text);

/* The value of a series, name and labels as they stand there; NAN: there is none. */
double openmetrics_value(const char *text, const char *series);

#endif
