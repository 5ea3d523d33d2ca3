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

#include "report/report.h"

enum show_form { FORM_TEXT, FORM_JSON, FORM_MARKDOWN };
enum show_colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct show_options {
    struct report_options report;
    enum show_form form;
    enum show_colour colour;
};

/* From "text" and the like; false: there is no such, and the verb's usage error is printed. */
bool show_set_form(const char *verb, const char *word, enum show_form *form);
bool show_set_colour(const char *verb, const char *word, enum show_colour *colour);

bool show_wants_colour(FILE *out, enum show_colour colour);
int show_columns(FILE *out); /* 0: lines are as long as they are */

/* Colour and line length as suits `out`. To be asked before a pager takes its place. */
void show_suit(struct show_options *options, FILE *out);
int show_profile(FILE *out, struct profile *profile, const struct show_options *options);

#endif
