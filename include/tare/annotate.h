/* SPDX-License-Identifier: MIT
 *
 * tare/annotate.h - tell the tracker of the objects that an allocator of your own hands out.
 *
 * Shape    your allocator -> tare_annotate_* -> the tracker, if libtare-preload.so is loaded
 *          An object lies in a block that the tracker knows, or in memory of any other kind. It is
 *          counted apart from blocks, at the site that asked for it: nothing is counted twice.
 * Units    bytes
 * Owner    Objects and memory stay yours.
 * Threads  thread-safe
 * Errors   none: what the tracker cannot record it counts as lost.
 * Cost     Without the tracker a load and a branch; with it, 100 ns an object or more.
 * Source   none
 *
 * An allocator with a fast path asks tare_annotate_is_on once and takes a slow path when it is.
 */
#ifndef TARE_ANNOTATE_H
#define TARE_ANNOTATE_H

#include <stdbool.h>
#include <stddef.h>

#include <tare/api.h>

TARE_BEGIN

/* The tracker's; NULL while it is absent. Not to be called but through what follows. */
extern void tare_tracker_alloc(const void *object, size_t bytes) __attribute__((weak));
extern void tare_tracker_free(const void *object) __attribute__((weak));
extern void tare_tracker_discard(const void *start, size_t bytes) __attribute__((weak));

/* Is there anyone to tell? Constant from the program's start. */
TARE_INLINE bool tare_annotate_is_on(void)
{
    return tare_tracker_alloc && tare_tracker_free && tare_tracker_discard;
}

/* `object` was handed out. Its site is the stack of the call. */
TARE_INLINE void tare_annotate_alloc(const void *object, size_t bytes)
{
    if (TARE_UNLIKELY(tare_annotate_is_on()))
        tare_tracker_alloc(object, bytes);
}

/* `object` was given back. */
TARE_INLINE void tare_annotate_free(const void *object)
{
    if (TARE_UNLIKELY(tare_annotate_is_on()))
        tare_tracker_free(object);
}

/* All objects that begin in [start, start + bytes) are gone: an arena was reset, a slab freed. */
TARE_INLINE void tare_annotate_discard(const void *start, size_t bytes)
{
    if (TARE_UNLIKELY(tare_annotate_is_on()))
        tare_tracker_discard(start, bytes);
}

TARE_END

#endif
