/* SPDX-License-Identifier: MIT */
#include "mem/mem_pages.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t bytes)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

    return (bytes + page_bytes - 1) & ~(page_bytes - 1);
}

static char *map(size_t bytes)
{
    void *start =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return start == MAP_FAILED ? NULL : start;
}

/* The kernel puts one mapping right below the other: once one is aligned, those after it are. */
static char *map_aligned(size_t bytes, size_t alignment)
{
    size_t most_bytes;
    char *start = map(bytes);

    if (!start || (uintptr_t)start % alignment == 0)
        return start;
    munmap(start, bytes);
    if (__builtin_add_overflow(bytes, alignment, &most_bytes) || !(start = map(most_bytes)))
        return NULL;
    size_t before = -(uintptr_t)start & (alignment - 1);
    if (before)
        munmap(start, before);
    munmap(start + before + bytes, alignment - before);
    return start + before;
}

void *tare__pages_resize(void *block, size_t old_bytes, size_t new_bytes, size_t alignment)
{
    char *moved = NULL;

    if (new_bytes > PTRDIFF_MAX)
        return NULL;
    if (new_bytes)
        moved = map_aligned(whole_pages(new_bytes), alignment);
    if (!block || (new_bytes && !moved))
        return moved;
    if (moved)
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    munmap(block, whole_pages(old_bytes));
    return moved;
}
