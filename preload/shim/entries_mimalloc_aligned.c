/* SPDX-License-Identifier: MIT
 *
 * mimalloc's blocks of which an address within is aligned, at an offset of 0 or another.
 */
#include "shim/entries.h"
#include "shim/events_slow.h"

static void *(*real_malloc_at)(size_t bytes, size_t alignment, size_t offset);
static void *(*real_zalloc_at)(size_t bytes, size_t alignment, size_t offset);
static void *(*real_realloc_at)(void *block, size_t bytes, size_t alignment, size_t offset);
static void *(*real_rezalloc_at)(void *block, size_t bytes, size_t alignment,
                                 size_t offset);

INLINE void *came(void *block, size_t bytes, const struct call_frame *at)
{
    if (block)
        event_came(block, bytes, at);
    return block;
}

static void *malloc_at(size_t bytes, size_t alignment, size_t offset)
{
    return bytes > REQUEST_BYTES_MAX
               ? NULL
               : came(real_malloc_at(bytes + trailer_room, alignment, offset), bytes,
                      CALL_FRAME());
}

INLINE void *zalloc(size_t bytes, size_t alignment, size_t offset,
                    const struct call_frame *at)
{
    return bytes > REQUEST_BYTES_MAX
               ? NULL
               : came(real_zalloc_at(bytes + trailer_room, alignment, offset), bytes, at);
}

static void *zalloc_aligned(size_t bytes, size_t alignment)
{
    return zalloc(bytes, alignment, 0, CALL_FRAME());
}

static void *zalloc_at(size_t bytes, size_t alignment, size_t offset)
{
    return zalloc(bytes, alignment, offset, CALL_FRAME());
}

static void *calloc_aligned(size_t count, size_t bytes, size_t alignment)
{
    return zalloc(entry_product(count, bytes), alignment, 0, CALL_FRAME());
}

static void *calloc_at(size_t count, size_t bytes, size_t alignment, size_t offset)
{
    return zalloc(entry_product(count, bytes), alignment, offset, CALL_FRAME());
}

/* `zeroes`: what comes to be behind the old block's bytes is zero. */
INLINE void *grow(void *block, size_t bytes, size_t alignment, size_t offset, bool zeroes,
                  const struct call_frame *at)
{
    struct old_block old;
    void *moved = NULL;

    event_look(&old, block);
    if (bytes <= REQUEST_BYTES_MAX)
        moved = (zeroes ? real_rezalloc_at : real_realloc_at)(block, bytes + trailer_room,
                                                              alignment, offset);
    if (!moved)
        return NULL;
    if (zeroes)
        event_clear_hidden(&old, moved);
    event_moved(&old, moved, bytes, at);
    return moved;
}

static void *realloc_aligned(void *block, size_t bytes, size_t alignment)
{
    return grow(block, bytes, alignment, 0, false, CALL_FRAME());
}

static void *realloc_at(void *block, size_t bytes, size_t alignment, size_t offset)
{
    return grow(block, bytes, alignment, offset, false, CALL_FRAME());
}

static void *rezalloc_aligned(void *block, size_t bytes, size_t alignment)
{
    return grow(block, bytes, alignment, 0, true, CALL_FRAME());
}

static void *rezalloc_at(void *block, size_t bytes, size_t alignment, size_t offset)
{
    return grow(block, bytes, alignment, offset, true, CALL_FRAME());
}

static void *recalloc_aligned(void *block, size_t count, size_t bytes, size_t alignment)
{
    return grow(block, entry_product(count, bytes), alignment, 0, true, CALL_FRAME());
}

static void *recalloc_at(void *block, size_t count, size_t bytes, size_t alignment,
                         size_t offset)
{
    return grow(block, entry_product(count, bytes), alignment, offset, true, CALL_FRAME());
}

static const struct import list[] = {
    ENTRY("mi_malloc_aligned_at", malloc_at, &real_malloc_at),
    ENTRY("mi_zalloc_aligned", zalloc_aligned, NULL),
    ENTRY("mi_zalloc_aligned_at", zalloc_at, &real_zalloc_at),
    ENTRY("mi_calloc_aligned", calloc_aligned, NULL),
    ENTRY("mi_calloc_aligned_at", calloc_at, NULL),
    ENTRY("mi_realloc_aligned", realloc_aligned, NULL),
    ENTRY("mi_realloc_aligned_at", realloc_at, &real_realloc_at),
    ENTRY("mi_rezalloc_aligned", rezalloc_aligned, NULL),
    ENTRY("mi_rezalloc_aligned_at", rezalloc_at, &real_rezalloc_at),
    ENTRY("mi_recalloc_aligned", recalloc_aligned, NULL),
    ENTRY("mi_recalloc_aligned_at", recalloc_at, NULL),
    ENTRY("mi_aligned_recalloc", recalloc_aligned, NULL),
    ENTRY("mi_aligned_offset_recalloc", recalloc_at, NULL),
};

const struct entry_list entries_mimalloc_aligned = ENTRY_LIST(list);
