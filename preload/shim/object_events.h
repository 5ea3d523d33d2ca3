/* SPDX-License-Identifier: MIT
 *
 * shim/object_events.h - objects of the target's own allocators, for include/tare/annotate.h.
 *
 * Shape    hook -> event -> table of objects and record
 * Units    bytes
 * Owner    none
 * Threads  thread-safe, async-signal-safe.
 * Errors   What no record counts is added to the header's lost_objects.
 * Cost     A walk, a probe more than for a block, and the table's; a range: a page of it in no
 *          time while it has no object, and some 10 ns an object.
 * Source   none
 */
#ifndef TARE_SHIM_OBJECT_EVENTS_H
#define TARE_SHIM_OBJECT_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "shim/chain.h"

/* As the functions of include/tare/annotate.h; `at` is the hook's frame. */
void object_came(uintptr_t start, size_t bytes, const struct call_frame *at);
void object_went(uintptr_t start);
void objects_went(uintptr_t start, size_t bytes);

#endif
