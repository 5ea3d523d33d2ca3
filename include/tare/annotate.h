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
 * Cost     Without the tracker a load and a branch. With it, 50 ns an object that comes or goes, 15
 *          in a range, twice that where there are a million; 28 to 56 bytes an object.
 * Source   none
 *
 * An allocator with a fast path asks tare_annotate_is_on once and takes a slow path when it is.
 *
 * One object an address: where another one is handed out, what was there before is gone. What the
 * tracker does not know, as what a parent process made before a fork, may be given back, and counts
 * for nothing.
 *
 * No library is needed, and no option: the loader binds the functions below to the tracker, in shared
 * libraries, in position-independent programs and, on x86-64 and aarch64, in those that are linked
 * with -no-pie. On other architectures code that is compiled with -fno-pie may never find it. In a
 * static program there is no tracker, and the functions are NULL.
 */
#ifndef TARE_ANNOTATE_H
#define TARE_ANNOTATE_H

#include <stdbool.h>
#include <stddef.h>

#include <tare/api.h>

TARE_BEGIN

/* An object's contents are its owner's: the compiler is told that they are not looked at. */
#if defined(__has_attribute)
#if __has_attribute(access)
#define TARE__UNREAD __attribute__((access(none, 1)))
#endif
#endif
#ifndef TARE__UNREAD
#define TARE__UNREAD
#endif

/* The tracker's; NULL while it is absent. Not to be called but through what follows. */
extern void tare_tracker_alloc(const void *object, size_t bytes)
    __attribute__((weak)) TARE__UNREAD;
extern void tare_tracker_free(const void *object) __attribute__((weak));
extern void tare_tracker_discard(const void *start, size_t bytes) __attribute__((weak));

/* Where one of these is. In code for a fixed address the compiler leaves it to the linker where a
 * function is, and the linker takes one that nobody defines to be nowhere, for ever; what stands in
 * the global offset table is the loader's. */
#if defined(__x86_64__) && defined(__LP64__) && !defined(__PIC__)
#define TARE__TRACKER(function)                                                 \
    __extension__({                                                             \
        __typeof__(&function) tare__found;                                      \
        __asm__(".weak " #function "\n\tmovq " #function "@GOTPCREL(%%rip), %0" \
                : "=r"(tare__found));                                           \
        tare__found;                                                            \
    })
#else
#define TARE__TRACKER(function) (&(function))
#endif

/* Is there anyone to tell? Constant from the program's start. */
TARE_INLINE bool tare_annotate_is_on(void)
{
    return TARE__TRACKER(tare_tracker_alloc) && TARE__TRACKER(tare_tracker_free) &&
           TARE__TRACKER(tare_tracker_discard);
}

/* `object` was handed out. Its site is the stack of the call. */
TARE_INLINE void tare_annotate_alloc(const void *object, size_t bytes)
{
    if (TARE_UNLIKELY(tare_annotate_is_on()))
        TARE__TRACKER(tare_tracker_alloc)(object, bytes);
}

/* `object` was given back. */
TARE_INLINE void tare_annotate_free(const void *object)
{
    if (TARE_UNLIKELY(tare_annotate_is_on()))
        TARE__TRACKER(tare_tracker_free)(object);
}

/* All objects that begin in [start, start + bytes) are gone: an arena was reset, a slab freed. */
TARE_INLINE void tare_annotate_discard(const void *start, size_t bytes)
{
    if (TARE_UNLIKELY(tare_annotate_is_on()))
        TARE__TRACKER(tare_tracker_discard)(start, bytes);
}

TARE_END

#endif
