/* SPDX-License-Identifier: MIT
 *
 * profile/tree_functions.h - which function of a tree each node of a process is in.
 *
 * Shape    [node] -> index in the tree's functions
 * Units    none
 * Owner    The caller frees the list.
 * Threads  Single owner.
 * Errors   NULL for want of memory.
 * Cost     One look-up of a name for each node of the stacks.
 * Source   none
 */
#ifndef TARE_PROFILE_TREE_FUNCTIONS_H
#define TARE_PROFILE_TREE_FUNCTIONS_H

#include "profile/tree.h"

/* Adds to the tree's functions those it has not met. */
uint32_t *tree_functions(struct tree *tree, struct profile *profile,
                         const struct process *process);

#endif
