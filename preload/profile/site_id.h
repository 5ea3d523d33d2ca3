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
 *          inlined = hash over the inlined frames of function name and depth.
 * Units    none
 * Owner    none
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     Ids: one symbol look-up for each node of the stacks that are asked for. Places:
 *          O(nodes), and no file is opened. Inlined: lines of the stack.
 * Source   The id's hash is FNV-1a, 64 bits.
 */
#ifndef TARE_PROFILE_SITE_ID_H
#define TARE_PROFILE_SITE_ID_H

#include "profile/process.h"
#include "profile/symbols.h"

/* Set the ids of some sites, whose `process` must be set, and its images. Those of one process
 * should stand together. */
int site_ids_set(const struct process *processes, struct site *sites, uint32_t count);

/* Ids by which recordings and what other profilers tell can be compared: of readable names alone,
 * from main or the start of a thread on. */
int site_ids_set_readable(struct symbols *symbols, const struct process *processes,
                          struct site *sites, uint32_t count);

/* Set the places of all sites, and the process's stack_nodes. */
int site_places_set(struct process *process);

/* What tells stacks of one id from one another, and survives a rebuild. `has_lines` becomes true when
 * lines of some frame are known, as without them nobody knows what was inlined. */
int site_inlined_hash(struct symbols *symbols, const struct process *process, uint32_t leaf,
                      uint64_t *hash, bool *has_lines);

#endif
