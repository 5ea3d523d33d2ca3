/* SPDX-License-Identifier: MIT */
#include <tare/mem.h>

#include <string.h>
#include <sys/mman.h>

#include "base/debug.h"
#include "mem/mem_events.h"
#include "mem/mem_pages.h"

enum {
    HUGE_BYTES = 2 << 20,   /* a huge page, where there are such; mappings begin at one */
    MAPPED_BYTES = 4 << 20, /* from here on a block is a mapping of its own */
    PAGE_BYTES = 4096,      /* a page has so many at least */
};

static void *map_pages(size_t bytes)
{
    char *block = tare__pages_map(bytes, HUGE_BYTES, PROT_READ | PROT_WRITE);

    if (block)
        (void)madvise(block, bytes, MADV_HUGEPAGE); /* or pages are small */
    return block;
}

/* Pages move, and what is in them does not. */
static void *remap_pages(void *block, size_t old_bytes, size_t new_bytes)
{
    if (mremap(block, old_bytes, new_bytes, 0) != MAP_FAILED)
        return block;
    char *moved = tare__pages_map(new_bytes, HUGE_BYTES, PROT_NONE);
    if (moved && mremap(block, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
                        moved) == MAP_FAILED) {
        munmap(moved, new_bytes);
        moved = NULL;
    }
    return moved;
}

/* One of the two is a mapping, and the other is not. */
static void *exchange(struct tare_mem *from, void *block, size_t old_bytes,
                      size_t new_bytes, size_t alignment)
{
    void *moved = new_bytes >= MAPPED_BYTES ? map_pages(new_bytes)
                                            : tare_mem_alloc(from, new_bytes, alignment);

    if (!moved)
        return NULL;
    memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    if (old_bytes >= MAPPED_BYTES)
        munmap(block, old_bytes);
    else
        tare_mem_free(from, block, old_bytes, alignment);
    return moved;
}

static void *resize_mapped(struct tare_mem *from, void *block, size_t old_bytes,
                           size_t new_bytes, size_t alignment)
{
    if (!old_bytes)
        return map_pages(new_bytes);
    if (!new_bytes) {
        munmap(block, old_bytes);
        return NULL;
    }
    return old_bytes >= MAPPED_BYTES && new_bytes >= MAPPED_BYTES
               ? remap_pages(block, old_bytes, new_bytes)
               : exchange(from, block, old_bytes, new_bytes, alignment);
}

/* The default takes note of its own blocks itself. */
static void note(size_t old_bytes, size_t new_bytes)
{
    tare__mem_note(old_bytes >= MAPPED_BYTES ? old_bytes : 0,
                   new_bytes >= MAPPED_BYTES ? new_bytes : 0);
}

static void *growing_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                            size_t new_bytes, size_t alignment)
{
    struct tare_mem *from = tare_mem_default();

    (void)mem;
    TARE_ASSERT(alignment && !(alignment & (alignment - 1)));
    if (alignment > PAGE_BYTES || (old_bytes < MAPPED_BYTES && new_bytes < MAPPED_BYTES))
        return from->resize(from, block, old_bytes, new_bytes, alignment);
    if (new_bytes > PTRDIFF_MAX)
        return NULL;
    void *moved = resize_mapped(from, block, old_bytes, new_bytes, alignment);
    if (moved || !new_bytes)
        note(old_bytes, new_bytes);
    return moved;
}

static struct tare_mem growing_mem = {growing_resize, "growing"};

/* malloc's own blocks are remapped too, and those who watch it see them. */
struct tare_mem *tare_mem_growing(void)
{
    struct tare_mem *mem = tare_mem_default();

    return mem == tare_mem_libc() ? mem : &growing_mem;
}
