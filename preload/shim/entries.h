/* SPDX-License-Identifier: MIT
 *
 * shim/entries.h - entry points that only one allocator has.
 *
 * Shape    A list for each allocator. Its hooks are in force where the allocator behind us has the
 *          function; elsewhere the name means what it meant without us.
 * Units    bytes
 * Owner    The target owns its blocks.
 * Threads  thread-safe
 * Errors   As the function that the target called.
 * Cost     As the hooks of the C functions, and a call.
 * Source   jemalloc(3); gperftools, tcmalloc.h; mimalloc.h
 */
#ifndef TARE_SHIM_ENTRIES_H
#define TARE_SHIM_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "shim/events.h"
#include "shim/imports.h"

/* After next_init. */
void entries_init(void);

/* One copy of the fast paths for all of them. `at` is the hook's own: it must end in no tail
 * call. */
void *entry_allocate(struct request request, const struct call_frame *at);
void *entry_reallocate(void *block, size_t bytes, const struct call_frame *at);
void entry_release(void *block);

/* What the target may use of a block. */
size_t entry_usable(void *block);

/* Hooks for what several allocators have under names of their own. entry_release and entry_usable
 * are such hooks too. */
void *entry_malloc(size_t bytes);
void *entry_calloc(size_t count, size_t bytes);
void *entry_aligned(size_t bytes, size_t alignment);
void *entry_memalign(size_t alignment, size_t bytes);
void *entry_valloc(size_t bytes);

/* SIZE_MAX, which no allocator gives, when it overflows. */
INLINE size_t entry_product(size_t count, size_t bytes)
{
    size_t total;

    return __builtin_mul_overflow(count, bytes, &total) ? SIZE_MAX : total;
}

/* A block's hidden bytes when `bytes` were asked for and all of it is `usable`. */
INLINE size_t entry_hidden(size_t usable, size_t bytes)
{
    return usable - TRAILER_BYTES - bytes >= TRAILER_FAR ? trailer_room + TRAILER_BYTES
                                                         : trailer_room;
}

struct entry_list {
    const struct import *list;
    size_t count;
};

extern const struct entry_list entries_jemalloc, entries_tcmalloc, entries_mimalloc,
    entries_mimalloc_aligned;

#define ENTRY(NAME, HOOK_FUNCTION, REAL)                                \
    {                                                                   \
        NAME, (void (*)(void))(HOOK_FUNCTION), (void (**)(void))(REAL), \
    }
#define ENTRY_LIST(LIST)                    \
    {                                       \
        LIST, sizeof(LIST) / sizeof *(LIST) \
    }

#endif
