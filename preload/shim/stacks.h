/* SPDX-License-Identifier: MIT
 *
 * shim/stacks.h - call stacks as a tree of nodes in the ledger.
 *
 * Shape    node = (ip, parent node, module); a site is its innermost frame's node.
 * Units    Node ids: units of 16 bytes of the ledger.
 * Owner    The recorder.
 * Threads  externally synchronised (recorder's lock).
 * Errors   0 when there is no more room.
 * Cost     One probe for each frame inwards of the deepest one met before.
 * Source   none
 */
#ifndef TARE_SHIM_STACKS_H
#define TARE_SHIM_STACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/chain.h"

/* Room for the index of nodes; false when there is none. */
bool stack_index_open(void);

/* The site of the stack that the chain holds (its innermost options.stack_depth frames). */
uint32_t stack_intern(struct chain *chain);

/* Is it one of the stacks in which ld.so prepares a thread? */
bool stack_is_quiet(uint32_t site);

#endif
