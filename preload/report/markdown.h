/* SPDX-License-Identifier: MIT
 *
 * report/markdown.h - text and places in Markdown, as GitHub and GitLab read it.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns the stream.
 * Threads  Single owner.
 * Errors   none: the caller asks the stream (ferror).
 * Cost     One pass.
 * Source   GitHub Flavored Markdown, sections 2.4 and 4.10
 */
#ifndef TARE_REPORT_MARKDOWN_H
#define TARE_REPORT_MARKDOWN_H

#include "profile/place.h"

#include <stdio.h>

/* Text that means nothing but itself, in a cell of a table too. */
void markdown_text(FILE *out, const char *text);

/* "function, file:line". */
void markdown_place(FILE *out, const struct place *place);

#endif
