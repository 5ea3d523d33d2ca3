/* SPDX-License-Identifier: MIT
 *
 * cli/diff_columns.h - tare diff of more than two.
 *
 * Shape    words -> profiles -> columns
 * Units    none
 * Owner    The caller owns everything.
 * Threads  Single owner.
 * Errors   The exit status, with a message printed.
 * Cost     As profile/site_columns.h.
 * Source   none
 */
#ifndef TARE_CLI_DIFF_COLUMNS_H
#define TARE_CLI_DIFF_COLUMNS_H

#include "cli/profiles.h"
#include "cli/show.h"

enum { DIFF_COLUMNS_MAX = 16 };

int diff_columns(struct show_options *options, const struct selection *selection,
                 uint32_t count, char **paths);

#endif
