/* SPDX-License-Identifier: MIT */
#include "mem/mem_pages.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The latest ones that were given back, for pools that come and go. Who takes one out of its place has
 * it for himself, so there is no lock that a fork would have to take. */
enum { KEPT_BLOCKS = 4, KEPT_BYTES_MAX = 1 << 20 };

/* Stands at its start. */
struct kept {
    size_t bytes;
};

static struct kept *kept[KEPT_BLOCKS];

static size_t whole_pages(size_t bytes)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

    return (bytes + page_bytes - 1) & ~(page_bytes - 1);
}

static char *map(size_t bytes, int protection)
{
    void *start = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return start == MAP_FAILED ? NULL : start;
}

/* The kernel puts one mapping right below the other: once one is aligned, those after it are. */
void *tare__pages_map(size_t bytes, size_t alignment, int protection)
{
    size_t most_bytes;
    char *start;

    bytes = whole_pages(bytes);
    start = map(bytes, protection);
    if (!start || (uintptr_t)start % alignment == 0)
        return start;
    munmap(start, bytes);
    if (__builtin_add_overflow(bytes, alignment, &most_bytes) ||
        !(start = map(most_bytes, protection)))
        return NULL;
    size_t before = -(uintptr_t)start & (alignment - 1);
    if (before)
        munmap(start, before);
    munmap(start + before + bytes, alignment - before);
    return start + before;
}

/* What it releases, whoever acquires it may write to. */
static struct kept *exchange(int at, struct kept *block)
{
    return __atomic_exchange_n(&kept[at], block, __ATOMIC_ACQ_REL);
}

static void *find_kept(size_t bytes, size_t alignment)
{
    for (int i = 0; i < KEPT_BLOCKS; i++) {
        struct kept *block =
            __atomic_load_n(&kept[i], __ATOMIC_RELAXED) ? exchange(i, NULL) : NULL;

        if (block && block->bytes == bytes && (uintptr_t)block % alignment == 0)
            return block;
        if (block && (block = exchange(i, block))) /* another one came meanwhile */
            munmap(block, block->bytes);
    }
    return NULL;
}

static void give_back(void *start, size_t bytes)
{
    struct kept *block = start, *none;

    if (bytes > KEPT_BYTES_MAX) {
        munmap(start, bytes);
        return;
    }
    block->bytes = bytes;
    for (int i = 0; i < KEPT_BLOCKS; i++) {
        none = NULL;
        if (__atomic_compare_exchange_n(&kept[i], &none, block, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return;
    }
    munmap(start, bytes);
}

static void *take(size_t bytes, size_t alignment)
{
    void *block = find_kept(bytes, alignment);

    return block ? block : tare__pages_map(bytes, alignment, PROT_READ | PROT_WRITE);
}

void *tare__pages_resize(void *block, size_t old_bytes, size_t new_bytes, size_t alignment)
{
    char *moved = NULL;

    if (new_bytes > PTRDIFF_MAX)
        return NULL;
    if (new_bytes)
        moved = take(whole_pages(new_bytes), alignment);
    if (!block || (new_bytes && !moved))
        return moved;
    if (moved)
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    give_back(block, whole_pages(old_bytes));
    return moved;
}
