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

/* A block's hidden bytes when `bytes` were asked for and all of it is `usable`. */
INLINE size_t entry_hidden(size_t usable, size_t bytes)
{
    return usable - TRAILER_BYTES - bytes >= TRAILER_FAR ? 2 * TRAILER_BYTES
                                                         : TRAILER_BYTES;
}

struct entry_list {
    const struct import *list;
    size_t count;
};

extern const struct entry_list entries_jemalloc, entries_tcmalloc, entries_mimalloc;

#define ENTRY(NAME, HOOK_FUNCTION, REAL)                                \
    {                                                                   \
        NAME, (void (*)(void))(HOOK_FUNCTION), (void (**)(void))(REAL), \
    }
#define ENTRY_LIST(LIST)                    \
    {                                       \
        LIST, sizeof(LIST) / sizeof *(LIST) \
    }

#endif
