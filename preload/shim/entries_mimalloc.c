/* SPDX-License-Identifier: MIT
 *
 * mimalloc's own names. Those of separate heaps (mi_heap_*) are not hooked: their blocks have no
 * trailer, and count as untracked when they are freed.
 */
#include <string.h>
#include <unistd.h>

#include "shim/entries.h"
#include "shim/events_slow.h"

static void *(*real_zalloc_aligned)(size_t bytes, size_t alignment);
static void *(*real_realloc_aligned)(void *block, size_t bytes, size_t alignment);
static void *(*real_rezalloc)(void *block, size_t bytes);
static void *(*real_expand)(void *block, size_t bytes);
static size_t (*real_good_size)(size_t bytes);
static void *(*real_new)(size_t bytes);
static void *(*real_new_aligned)(size_t bytes, size_t alignment);
static void *(*real_new_realloc)(void *block, size_t bytes);

static size_t product(size_t count, size_t bytes)
{
    size_t total;

    return __builtin_mul_overflow(count, bytes, &total) ? SIZE_MAX : total;
}

static void *mi_malloc(size_t bytes)
{
    void *block = entry_allocate((struct request){REQUEST_MALLOC, 0, bytes}, CALL_FRAME());

    COMPILER_BARRIER(); /* no tail call, here as below */
    return block;
}

static void *mi_mallocn(size_t count, size_t bytes)
{
    void *block = entry_allocate((struct request){REQUEST_MALLOC, 0, product(count, bytes)},
                                 CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

static void *mi_zalloc(size_t bytes)
{
    void *block = entry_allocate((struct request){REQUEST_CALLOC, 0, bytes}, CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

static void *mi_calloc(size_t count, size_t bytes)
{
    void *block = entry_allocate((struct request){REQUEST_CALLOC, 0, product(count, bytes)},
                                 CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

static void *mi_realloc(void *block, size_t bytes)
{
    block = entry_reallocate(block, bytes, CALL_FRAME());
    COMPILER_BARRIER();
    return block;
}

static void *mi_reallocn(void *block, size_t count, size_t bytes)
{
    block = entry_reallocate(block, product(count, bytes), CALL_FRAME());
    COMPILER_BARRIER();
    return block;
}

static void *mi_reallocf(void *block, size_t bytes)
{
    void *moved = entry_reallocate(block, bytes, CALL_FRAME());

    if (!moved)
        entry_release(block);
    return moved;
}

static void *mi_aligned(size_t bytes, size_t alignment)
{
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

static void *mi_memalign(size_t alignment, size_t bytes)
{
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

static int mi_posix_memalign(void **out, size_t alignment, size_t bytes)
{
    if (!out || alignment % sizeof(void *) || !alignment || (alignment & (alignment - 1)))
        return EINVAL;
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}

static void *mi_valloc(size_t bytes)
{
    size_t page = (size_t)getpagesize();
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, page, bytes}, CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

static void *mi_pvalloc(size_t bytes)
{
    size_t page = (size_t)getpagesize();

    if (bytes <= REQUEST_BYTES_MAX)
        bytes = (bytes + page - 1) & ~(page - 1);
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, page, bytes}, CALL_FRAME());
    COMPILER_BARRIER();
    return block;
}

INLINE void *zalloc_aligned(size_t bytes, size_t alignment, const struct call_frame *at)
{
    void *block = bytes > REQUEST_BYTES_MAX || !real_zalloc_aligned
                      ? NULL
                      : real_zalloc_aligned(bytes + TRAILER_BYTES, alignment);

    if (block)
        event_came(block, bytes, at);
    return block;
}

static void *mi_zalloc_aligned(size_t bytes, size_t alignment)
{
    return zalloc_aligned(bytes, alignment, CALL_FRAME());
}

static void *mi_calloc_aligned(size_t count, size_t bytes, size_t alignment)
{
    return zalloc_aligned(product(count, bytes), alignment, CALL_FRAME());
}

static void *mi_realloc_aligned(void *block, size_t bytes, size_t alignment)
{
    struct old_block old;

    event_look(&old, block);
    void *moved = bytes > REQUEST_BYTES_MAX
                      ? NULL
                      : real_realloc_aligned(block, bytes + TRAILER_BYTES, alignment);
    if (moved)
        event_moved(&old, moved, bytes, CALL_FRAME());
    return moved;
}

INLINE void *rezalloc(void *block, size_t bytes, const struct call_frame *at)
{
    struct old_block old;

    event_look(&old, block);
    void *moved = bytes > REQUEST_BYTES_MAX || !real_rezalloc
                      ? NULL
                      : real_rezalloc(block, bytes + TRAILER_BYTES);
    if (!moved)
        return NULL;
    event_clear_hidden(&old, moved);
    event_moved(&old, moved, bytes, at);
    return moved;
}

static void *mi_rezalloc(void *block, size_t bytes)
{
    return rezalloc(block, bytes, CALL_FRAME());
}

static void *mi_recalloc(void *block, size_t count, size_t bytes)
{
    return rezalloc(block, product(count, bytes), CALL_FRAME());
}

static void *mi_expand(void *block, size_t bytes)
{
    struct old_block old;

    event_look(&old, block);
    if (!old.is_ours)
        return real_expand(block, bytes);
    void *same =
        bytes > REQUEST_BYTES_MAX ? NULL : real_expand(block, bytes + TRAILER_BYTES);
    if (same)
        event_moved(&old, same, bytes, CALL_FRAME());
    return same;
}

/* No memory: the function itself calls the new-handler or throws. */
static void *mi_new(size_t bytes)
{
    void *block = entry_allocate((struct request){REQUEST_MALLOC, 0, bytes}, CALL_FRAME());

    return LIKELY(block || !real_new) ? block : real_new(bytes);
}

static void *mi_new_n(size_t count, size_t bytes)
{
    size_t total = product(count, bytes);
    void *block = entry_allocate((struct request){REQUEST_MALLOC, 0, total}, CALL_FRAME());

    return LIKELY(block || !real_new) ? block : real_new(total);
}

static void *mi_new_aligned(size_t bytes, size_t alignment)
{
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());

    return LIKELY(block || !real_new_aligned) ? block : real_new_aligned(bytes, alignment);
}

static void *mi_new_realloc(void *block, size_t bytes)
{
    void *moved = entry_reallocate(block, bytes, CALL_FRAME());

    return LIKELY(moved || !real_new_realloc) ? moved : real_new_realloc(block, bytes);
}

static void *mi_new_reallocn(void *block, size_t count, size_t bytes)
{
    size_t total = product(count, bytes);
    void *moved = entry_reallocate(block, total, CALL_FRAME());

    return LIKELY(moved || !real_new_realloc) ? moved : real_new_realloc(block, total);
}

/* Sizes and alignments that follow are of no use to us. */
static void mi_free(void *block)
{
    entry_release(block);
}

static size_t mi_usable_size(void *block)
{
    return entry_usable(block);
}

static size_t mi_good_size(size_t bytes)
{
    size_t usable = bytes > REQUEST_BYTES_MAX ? 0 : real_good_size(bytes + TRAILER_BYTES);

    return usable > bytes ? usable - entry_hidden(usable, bytes) : bytes;
}

static const struct import list[] = {
    ENTRY("mi_malloc", mi_malloc, NULL),
    ENTRY("mi_malloc_small", mi_malloc, NULL),
    ENTRY("mi_mallocn", mi_mallocn, NULL),
    ENTRY("mi_zalloc", mi_zalloc, NULL),
    ENTRY("mi_zalloc_small", mi_zalloc, NULL),
    ENTRY("mi_calloc", mi_calloc, NULL),
    ENTRY("mi_realloc", mi_realloc, NULL),
    ENTRY("mi_reallocn", mi_reallocn, NULL),
    ENTRY("mi_reallocarray", mi_reallocn, NULL),
    ENTRY("mi_reallocf", mi_reallocf, NULL),
    ENTRY("mi_malloc_aligned", mi_aligned, NULL),
    ENTRY("mi_memalign", mi_memalign, NULL),
    ENTRY("mi_aligned_alloc", mi_memalign, NULL),
    ENTRY("mi_posix_memalign", mi_posix_memalign, NULL),
    ENTRY("mi_valloc", mi_valloc, NULL),
    ENTRY("mi_pvalloc", mi_pvalloc, NULL),
    ENTRY("mi_zalloc_aligned", mi_zalloc_aligned, &real_zalloc_aligned),
    ENTRY("mi_calloc_aligned", mi_calloc_aligned, NULL),
    ENTRY("mi_realloc_aligned", mi_realloc_aligned, &real_realloc_aligned),
    ENTRY("mi_rezalloc", mi_rezalloc, &real_rezalloc),
    ENTRY("mi_recalloc", mi_recalloc, NULL),
    ENTRY("mi_expand", mi_expand, &real_expand),
    ENTRY("mi_new", mi_new, &real_new),
    ENTRY("mi_new_n", mi_new_n, NULL),
    ENTRY("mi_new_nothrow", mi_malloc, NULL),
    ENTRY("mi_new_aligned", mi_new_aligned, &real_new_aligned),
    ENTRY("mi_new_aligned_nothrow", mi_aligned, NULL),
    ENTRY("mi_new_realloc", mi_new_realloc, &real_new_realloc),
    ENTRY("mi_new_reallocn", mi_new_reallocn, NULL),
    ENTRY("mi_free", mi_free, NULL),
    ENTRY("mi_cfree", mi_free, NULL),
    ENTRY("mi_free_size", mi_free, NULL),
    ENTRY("mi_free_size_aligned", mi_free, NULL),
    ENTRY("mi_free_aligned", mi_free, NULL),
    ENTRY("mi_usable_size", mi_usable_size, NULL),
    ENTRY("mi_malloc_size", mi_usable_size, NULL),
    ENTRY("mi_malloc_usable_size", mi_usable_size, NULL),
    ENTRY("mi_good_size", mi_good_size, &real_good_size),
    ENTRY("mi_malloc_good_size", mi_good_size, &real_good_size),
};

const struct entry_list entries_mimalloc = ENTRY_LIST(list);
