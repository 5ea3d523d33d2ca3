/* SPDX-License-Identifier: MIT
 *
 * shim/check_stacks.h - every so many stacks are walked by libunwind too.
 *
 * Shape    TARE_CHECK_STACKS=N; the header counts what was compared and what differed.
 * Units    stacks
 * Owner    none
 * Threads  thread-safe; libunwind takes the loader's lock, so this is for checking, not for use.
 * Errors   check_stacks_open: false, with a line on stderr, when libunwind is not there.
 * Cost     Microseconds a comparison.
 * Source   none
 */
#ifndef TARE_SHIM_CHECK_STACKS_H
#define TARE_SHIM_CHECK_STACKS_H

#include <stdbool.h>

bool check_stacks_open(void);

#endif
