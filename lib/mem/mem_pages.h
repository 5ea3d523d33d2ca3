/* SPDX-License-Identifier: MIT
 *
 * mem/mem_pages.h - large, aligned blocks of the kernel's own pages.
 *
 * Shape    a mapping of the block's size, where the kernel has one that is aligned; otherwise a
 *          larger one, whose ends go back; a few of what is given back, for who asks for the same
 * Units    bytes
 * Owner    The caller owns the block.
 * Threads  thread-safe
 * Errors   NULL: no memory.
 * Cost     One system call, or four; none for one that was given back just now. Nothing but the block
 *          becomes resident, and what was of those that are kept: at most 4 MiB.
 * Source   none
 */
#ifndef TARE_MEM_MEM_PAGES_H
#define TARE_MEM_MEM_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include <tare/mem.h>

/* Is a block of this alignment to be one of these? It tells what a block is that is given back. Up to
 * 64 KiB mimalloc's blocks are aligned anyway. Beyond, it takes twice the room and touches a page in
 * front of the block: of 256 KiB that is 1.6 percent. */
static inline bool tare__pages_suit(size_t alignment)
{
    return alignment > 64 << 10;
}

/* Pages for at most PTRDIFF_MAX bytes, which munmap gives back; `protection` as mmap's. */
void *tare__pages_map(size_t bytes, size_t alignment, int protection);

/* As tare_mem_alloc, _resize and _free in one. */
void *tare__pages_resize(void *block, size_t old_bytes, size_t new_bytes, size_t alignment);

/* Where a table gets blocks that it replaces by larger ones, of which an allocator keeps what is
 * given back: as `mem`, but of tare_mem_growing pages of their own from 1 MiB on. */
struct tare_mem *tare__mem_replaced(struct tare_mem *mem);

#endif
