/* SPDX-License-Identifier: MIT
 *
 * report/report_stack.h - a stack as lines of text.
 *
 * Shape    function  file:line, one line a frame, innermost first; inlined ones are marked
 * Units    Columns, frames.
 * Owner    The caller owns everything.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     Resolves the lines of what it shows.
 * Source   none
 */
#ifndef TARE_REPORT_REPORT_STACK_H
#define TARE_REPORT_REPORT_STACK_H

#include "report/report.h"
#include "report/style.h"

int report_stack(const struct styled *to, struct profile *profile,
                 const struct process *process, uint32_t leaf,
                 const struct report_options *options);

#endif
