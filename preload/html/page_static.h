/* SPDX-License-Identifier: MIT
 *
 * html/page_static.h - what is plain text in the page: its title, and a table of the top sites.
 *
 * Shape    none
 * Units    none
 * Owner    The caller owns all.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     Names and lines of a few sites.
 * Source   none
 */
#ifndef TARE_HTML_PAGE_STATIC_H
#define TARE_HTML_PAGE_STATIC_H

#include "profile/profile.h"

#include <stdio.h>

/* With what means something in markup escaped. */
void page_text(FILE *out, const char *text);

void page_title(FILE *out, const struct profile *profile);
int page_table(FILE *out, struct profile *profile);

#endif
