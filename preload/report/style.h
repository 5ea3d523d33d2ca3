/* SPDX-License-Identifier: MIT
 *
 * report/style.h - text that is safe to show: colour where wanted, no control characters.
 *
 * Shape    none
 * Units    Columns: bytes of the text, as names are nearly always ASCII.
 * Owner    The caller owns the stream and the text.
 * Threads  Single owner.
 * Errors   none: the caller asks the stream (ferror).
 * Cost     One pass.
 * Source   none
 */
#ifndef TARE_REPORT_STYLE_H
#define TARE_REPORT_STYLE_H

#include <stdbool.h>
#include <stdio.h>

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_WARNING };

struct styled {
    FILE *out;
    bool with_colour;
};

void style_begin(const struct styled *to, enum style style);
void style_end(const struct styled *to, enum style style);

/* A profile's names may come from anywhere: what a terminal could obey becomes '?'. At most
 * `columns` of it, 0 for all; the cut is shown as "...". Returns the columns used. */
int style_text(const struct styled *to, enum style style, const char *text, int columns);

/* One character of such a text; returns its bytes. */
int style_character(FILE *out, const char *at);

#endif
