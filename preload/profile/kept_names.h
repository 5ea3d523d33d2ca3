/* SPDX-License-Identifier: MIT
 *
 * profile/kept_names.h - names of functions that a profile has with it.
 *
 * Shape    (module, address) -> name, in extents of their own behind all others. Generated code
 *          that has names becomes a module.
 * Units    Addresses of the file's headers.
 * Owner    The process's images keep copies.
 * Threads  Single owner.
 * Errors   -ENOMEM. What makes no sense is counted in process->damaged.
 * Cost     O(names).
 * Source   docs/format.md
 */
#ifndef TARE_PROFILE_KEPT_NAMES_H
#define TARE_PROFILE_KEPT_NAMES_H

#include "profile/process.h"
#include "profile/symbols.h"

/* When the images are set, and before any name is asked for. */
int kept_names_read(struct process *process, struct symbols *symbols);

#endif
