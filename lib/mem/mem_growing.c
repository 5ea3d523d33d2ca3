/* SPDX-License-Identifier: MIT */
#include <tare/mem.h>

#include <string.h>
#include <sys/mman.h>

#include "base/debug.h"
#include "mem/mem_events.h"
#include "mem/mem_pages.h"

enum {
    HUGE_BYTES = 2 << 20, /* a huge page, where there are such; mappings begin at one */
    PAGE_BYTES = 4096,    /* a page has so many at least */
};

struct growing_mem {
    struct tare_mem mem;
    size_t mapped_bytes; /* from here on a block is a mapping of its own */
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
                      size_t new_bytes, size_t alignment, bool was_mapped)
{
    void *moved =
        was_mapped ? tare_mem_alloc(from, new_bytes, alignment) : map_pages(new_bytes);

    if (!moved)
        return NULL;
    memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    if (was_mapped)
        munmap(block, old_bytes);
    else
        tare_mem_free(from, block, old_bytes, alignment);
    return moved;
}

static void *growing_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                            size_t new_bytes, size_t alignment)
{
    const struct growing_mem *growing = (const struct growing_mem *)mem;
    struct tare_mem *from = tare_mem_default();
    bool was_mapped = old_bytes >= growing->mapped_bytes;
    bool is_mapped = new_bytes >= growing->mapped_bytes;
    void *moved = NULL;

    TARE_ASSERT(alignment && !(alignment & (alignment - 1)));
    if (alignment > PAGE_BYTES || (!was_mapped && !is_mapped))
        return from->resize(from, block, old_bytes, new_bytes, alignment);
    if (new_bytes > PTRDIFF_MAX)
        return NULL;
    if (!old_bytes)
        moved = map_pages(new_bytes);
    else if (!new_bytes)
        munmap(block, old_bytes);
    else
        moved = was_mapped && is_mapped
                    ? remap_pages(block, old_bytes, new_bytes)
                    : exchange(from, block, old_bytes, new_bytes, alignment, was_mapped);
    if (moved || !new_bytes) /* the default takes note of its own blocks itself */
        tare__mem_note(was_mapped ? old_bytes : 0, is_mapped ? new_bytes : 0);
    return moved;
}

static struct growing_mem growing_mem = {{growing_resize, "growing"}, 4 << 20};
static struct growing_mem replaced_mem = {{growing_resize, "replaced"}, 1 << 20};

/* malloc's own blocks are remapped too, and those who watch it see them. */
struct tare_mem *tare_mem_growing(void)
{
    struct tare_mem *mem = tare_mem_default();

    return mem == tare_mem_libc() ? mem : &growing_mem.mem;
}

struct tare_mem *tare__mem_replaced(struct tare_mem *mem)
{
    return mem == &growing_mem.mem ? &replaced_mem.mem : mem;
}
