/* SPDX-License-Identifier: MIT
 *
 * cli/pager.h - long text on a terminal goes through the user's pager.
 *
 * Shape    standard output -> pipe -> $PAGER (less)
 * Units    none
 * Owner    none
 * Threads  Single owner: one pager at a time, and standard output leads to it.
 * Errors   Without a pager text goes where it would.
 * Cost     A process.
 * Source   none
 */
#ifndef TARE_CLI_PAGER_H
#define TARE_CLI_PAGER_H

#include <stdbool.h>

/* Only where standard output is a terminal. True: text goes to a pager now; a reader who has seen
 * enough ends it, so that errors of writing mean nothing then. */
bool pager_begin(void);

/* Let the reader read to the end. Only after pager_begin gave true. */
void pager_end(void);

#endif
