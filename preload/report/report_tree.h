/* SPDX-License-Identifier: MIT
 *
 * report/report_tree.h - the sites as a tree of functions, callers or allocators first.
 *
 * Shape    share, value, function, module; a line for each node, further in than its parent. A
 *          node that has all of its parent's stands just below that, without numbers.
 * Units    As report/report.h.
 * Owner    The caller owns all.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     As profile/tree.h.
 * Source   none
 */
#ifndef TARE_REPORT_REPORT_TREE_H
#define TARE_REPORT_REPORT_TREE_H

#include "report/report.h"
#include "report/style.h"

/* Of each node at most options->top children; unless that is 0, none of less than 1 %. What is
 * left out is added up in a line. */
int report_tree(const struct styled *to, struct profile *profile, uint32_t first,
                uint32_t count, const struct report_options *options);

#endif
