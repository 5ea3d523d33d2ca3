/* SPDX-License-Identifier: MIT
 *
 * cli/show.h - in which form something is shown, and how it suits where it goes.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns the profile.
 * Threads  Single owner.
 * Errors   As report/report.h.
 * Cost     As report/report.h.
 * Source   no-color.org for the variable NO_COLOR; bixense.com/clicolors for CLICOLOR_FORCE
 */
#ifndef TARE_CLI_SHOW_H
#define TARE_CLI_SHOW_H

#include "cli/arguments.h"
#include "report/report.h"

/* Letters of the options that say how to show, which a verb puts into its table with its own help;
 * 'o' is one, too. */
enum {
    SHOW_BY = 768,
    SHOW_TOP,
    SHOW_DEPTH,
    SHOW_FORMAT,
    SHOW_JSON,
    SHOW_COLOUR,
    SHOW_NO_PAGER,
    SHOW_END,
};

enum show_form { FORM_TEXT, FORM_JSON, FORM_MARKDOWN };
enum show_colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct show_options {
    struct report_options report;
    enum show_form form;
    enum show_colour colour;
    const char *output; /* NULL: standard output */
    bool has_order, has_top, has_depth, without_pager;
};

bool show_takes(int letter);

/* One of those letters, with optarg; false: the table's verb's usage error is printed. */
bool show_set(struct show_options *options, const struct option_table *table, int letter);

typedef int show_fn(FILE *out, void *what, const struct show_options *options);

/* Show it where the options say, through a pager where that suits; the exit status. */
int show(struct show_options *options, show_fn *put, void *what);

/* From "auto" and the like; false: there is no such, and the verb's usage error is printed. */
bool show_set_colour(const char *verb, const char *word, enum show_colour *colour);

bool show_wants_colour(FILE *out, enum show_colour colour);
int show_columns(FILE *out); /* 0: lines are as long as they are */

/* Colour and line length as suits `out`. To be asked before a pager takes its place. */
void show_suit(struct show_options *options, FILE *out);
int show_profile(FILE *out, struct profile *profile, const struct show_options *options);

#endif
