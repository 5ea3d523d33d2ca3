/* SPDX-License-Identifier: MIT
 *
 * base/observer.h - who else looks at this process's memory, and what to tell them.
 *
 * Shape    questions that are answered once; poisoning, which only AddressSanitizer hears.
 * Units    bytes
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     A load where nobody looks.
 * Source   sanitizer/asan_interface.h
 *
 * Asked at run time, by the symbols that an observer brings along: libtare.so is built without
 * AddressSanitizer and used in programs that have it.
 */
#ifndef TARE_BASE_OBSERVER_H
#define TARE_BASE_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>

/* AddressSanitizer or valgrind: each object is to be an allocation of its own, which they know. */
bool tare__is_checked_by_tool(void);

/* The recorder of libtare-preload.so. */
bool tare__is_tracked(void);

/* These, or ThreadSanitizer: they know malloc, and no other allocator. */
bool tare__is_malloc_watched(void);

/* Does anyone hear of what follows? */
bool tare__is_poison_heard(void);

/* These bytes are not to be touched / may be used again. */
void tare__poison(const void *start, size_t bytes);
void tare__unpoison(const void *start, size_t bytes);

#endif
