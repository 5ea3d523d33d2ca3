/* SPDX-License-Identifier: MIT
 *
 * shim/next.h - the allocator behind us.
 *
 * Shape    A table of functions, all of one library: glibc's until it is known who comes next.
 * Units    bytes
 * Owner    The program image.
 * Threads  Written while the program starts; constant after.
 * Errors   As the functions themselves.
 * Cost     One indirect call.
 * Source   glibc manual, "Replacing malloc".
 */
#ifndef TARE_SHIM_NEXT_H
#define TARE_SHIM_NEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/compiler.h"

struct allocator {
    void *(*malloc)(size_t bytes);
    void *(*calloc)(size_t count, size_t bytes);
    void *(*realloc)(void *block, size_t bytes);
    void *(*memalign)(size_t alignment, size_t bytes);
    void (*free)(void *block);
    size_t (*usable)(void *block); /* NULL until it is known: then nothing is recorded */
    /* Is the block this allocator's? NULL: all are. */
    bool (*owns)(const void *block);
    /* The size stands in front of the block, as glibc lays it out: read it there. */
    bool size_in_front;
};

/* What new blocks come from, and glibc, which an allocator put behind us later must not be given
 * the older blocks of. */
extern struct allocator next, libc_allocator;

/* Find the allocator behind us; while it runs, allocations pass through unrecorded. */
void next_init(void);

/* Put mimalloc behind us; false, with a line on stderr, when it is not there. */
bool next_use_mimalloc(void);

INLINE const struct allocator *allocator_of(const void *block)
{
    return LIKELY(!next.owns) || next.owns(block) ? &next : &libc_allocator;
}

/* A block's usable bytes. glibc keeps the chunk's size in the word before the block; its three
 * low bits are flags, of which 2 marks a chunk of its own mapping, with one more word in front. */
INLINE size_t usable_bytes(const struct allocator *allocator, void *block)
{
    if (LIKELY(allocator->size_in_front)) {
        size_t chunk = ((const size_t *)block)[-1];

        return (chunk & ~(size_t)7) - (chunk & 2 ? 2 * sizeof(size_t) : sizeof(size_t));
    }
    return allocator->usable(block);
}

#endif
