/* SPDX-License-Identifier: MIT
 *
 * profile/site_id.h - names of sites that survive a rebuild of the program.
 *
 * Shape    id = hash over the frames, outermost first, of module name and function name; of
 *          module name and offset where no symbol covers the address; of a fixed word for
 *          generated code, and for each way in which a stack can end. Without what compilers
 *          add to names of clones, without versions of symbols and without Rust's hashes; no inlined frames.
 * Units    none
 * Owner    none
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     One symbol look-up for each node of the call tree.
 * Source   The hash is FNV-1a, 64 bits.
 */
#ifndef TARE_PROFILE_SITE_ID_H
#define TARE_PROFILE_SITE_ID_H

#include "profile/process.h"

/* Set the ids of all sites, and in the nodes that they use, is_named; images must be set. */
int site_ids_set(struct process *process);

#endif
