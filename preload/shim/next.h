/* SPDX-License-Identifier: MIT
 *
 * shim/next.h - the allocator behind us.
 *
 * Shape    A table of functions, all of one library. Until it is known who comes next, boot.h's.
 * Units    bytes
 * Owner    The program image.
 * Threads  Written while the program starts; constant after.
 * Errors   As the functions themselves.
 * Cost     One indirect call.
 * Source   glibc manual, "Replacing malloc".
 *
 * Others may stand in front of us: a library that was preloaded first, or the program itself. Then
 * `malloc` reaches us only if they pass it on. Until it has, next.malloc and the rest lead to them
 * and nothing is recorded, or a block of theirs would get into the hands of the allocator behind.
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
    size_t (*usable)(void *block);
    /* Is the block this allocator's? NULL: all are. */
    bool (*owns)(const void *block);
    /* The size stands in front of the block, as glibc lays it out: read it there. */
    bool size_in_front;
};

/* What new blocks come from; and glibc, where it is behind us. */
extern struct allocator next, libc_allocator;

/* What the target's calls meet. */
enum next_state {
    NEXT_UNKNOWN,
    NEXT_READY,
    NEXT_BYPASSED,   /* somebody in front of us who has not passed anything on yet */
    NEXT_INCOMPLETE, /* its functions are of different libraries: sizes cannot be asked for */
};
extern enum next_state next_state;

/* realloc(block, 0) is free(block), as with glibc; else it gives an empty block. */
extern bool next_zero_frees;

/* Find the allocator behind us; while it runs, allocations pass through unrecorded. */
void next_init(void);

/* NEXT_BYPASSED: somebody called our malloc, so the one in front passes on. */
COLD void next_is_reached(void);

/* Put mimalloc behind us (next_mimalloc.c); false when that cannot be: a line on stderr says why. */
bool next_use_mimalloc(void);

/* Put `table` behind us, which leads to the functions of `origin` and knows its own blocks from
 * glibc's. No other thread may be there. */
void next_replace(const struct allocator *table, const struct allocator *origin);

/* Who stands in front of us. */
const char *next_in_front(void);

/* The code of the allocator behind us. */
bool next_has_code(const void *address);

/* A function of the allocator behind us by its name, if that allocator has it. */
void *next_function(const char *name);

/* Whose a block is that next.owns says is not its own. */
COLD const struct allocator *next_older(const void *block);

INLINE const struct allocator *allocator_of(const void *block)
{
    return LIKELY(!next.owns) || next.owns(block) ? &next : next_older(block);
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
