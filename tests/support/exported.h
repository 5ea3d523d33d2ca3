/* SPDX-License-Identifier: MIT
 *
 * support/exported.h - a recorded program's profile in a format, and its sums to compare with.
 *
 * Shape    Between setup and teardown there is one recording: two processes with threads, leaks,
 *          temporary blocks and inlined calls, and the shell that started them.
 * Units    Bytes.
 * Owner    This module: one at a time. export_text's text belongs to it until the next one.
 * Threads  single owner
 * Errors   The test fails.
 * Cost     three processes
 * Source   none
 */
#ifndef TARE_SUPPORT_EXPORTED_H
#define TARE_SUPPORT_EXPORTED_H

#include "export/export.h"
#include "support/recorded.h"

extern struct recorded exported;
extern struct counts exported_counts;      /* of all processes */
extern struct export_result export_result; /* of the latest one */

/* For cmocka, of the group. */
int exported_setup(void **state);
int exported_teardown(void **state);

/* The profile in this format. Its profile is read anew each time. NULL options: none. */
const char *export_text(const char *format, const struct export_options *options,
                        size_t *bytes);

/* The same as a file; the path until the next call. */
const char *export_file(const char *format, const struct export_options *options,
                        const char *name);

/* Run a program that may be absent: then the test is skipped. Its output, until the next call. */
const char *export_read_by(const char *const words[]);

/* What it said on standard error. */
const char *export_read_errors(void);

/* Options of one metric. */
struct export_options by_metric(enum site_order order);

/* The number that stands behind the last such words. */
uint64_t number_after(const char *text, const char *words);

#endif
