/* SPDX-License-Identifier: MIT
 *
 * profile/site_id.h - what tells sites apart: names that survive a rebuild, and places in code.
 *
 * Shape    id = hash over the frames, outermost first, of module name and function name; of
 *          module name and offset where no symbol covers the address; of a fixed word for
 *          generated code, and for each way in which a stack can end. Without what compilers
 *          add to names of clones, without versions of symbols and without Rust's hashes; no
 *          inlined frames.
 *          places = hash over the frames of path, build-id and address in the file; of a fixed
 *          word for generated code, which stands elsewhere each time.
 * Units    none
 * Owner    none
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     One symbol look-up for each node of the call tree.
 * Source   The id's hash is FNV-1a, 64 bits.
 */
#ifndef TARE_PROFILE_SITE_ID_H
#define TARE_PROFILE_SITE_ID_H

#include "profile/process.h"

/* Set the ids and places of all sites, and in the nodes that they use, is_named; images must be set. */
int site_ids_set(struct process *process);

#endif
