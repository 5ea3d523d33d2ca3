/* SPDX-License-Identifier: MIT
 *
 * advice/names.h - what the functions of a stack give away by their names.
 *
 * Shape    none
 * Units    none
 * Owner    Names belong to the profile.
 * Threads  Single owner.
 * Errors   none: what has no name says nothing.
 * Cost     The frames of the stack's innermost functions, with inlined ones.
 * Source   none
 */
#ifndef TARE_ADVICE_NAMES_H
#define TARE_ADVICE_NAMES_H

#include "advice/waste.h"
#include "profile/profile.h"

enum waste_name names_of_stack(struct profile *profile, const struct process *process,
                               uint32_t leaf);

/* By one function, as it is written; `is_own`: it is the program's. */
enum waste_name names_of_function(const char *function, bool is_own);

#endif
