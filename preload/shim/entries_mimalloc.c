/* SPDX-License-Identifier: MIT
 *
 * mimalloc's own names. Those of separate heaps (mi_heap_*) are not hooked, because mi_heap_destroy
 * takes all blocks of a heap without saying which: they have no trailer, and count as untracked when
 * they are freed one by one. So do those of mi_realpath, mi_dupenv_s, mi_mbsdup and mi_wcsdup.
 */
#include <string.h>
#include <unistd.h>

#include "shim/entries.h"
#include "shim/events_slow.h"

static void *(*real_rezalloc)(void *block, size_t bytes);
static void *(*real_expand)(void *block, size_t bytes);
static size_t (*real_good_size)(size_t bytes);
static void *(*real_new)(size_t bytes);
static void *(*real_new_aligned)(size_t bytes, size_t alignment);
static void *(*real_new_realloc)(void *block, size_t bytes);

static void *mi_mallocn(size_t count, size_t bytes)
{
    void *block = entry_allocate(
        (struct request){REQUEST_MALLOC, 0, entry_product(count, bytes)}, CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

static void *mi_zalloc(size_t bytes)
{
    void *block = entry_allocate((struct request){REQUEST_CALLOC, 0, bytes}, CALL_FRAME());

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
    block = entry_reallocate(block, entry_product(count, bytes), CALL_FRAME());
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

INLINE void *rezalloc(void *block, size_t bytes, const struct call_frame *at)
{
    struct old_block old;

    event_look(&old, block);
    void *moved = bytes > REQUEST_BYTES_MAX || !real_rezalloc
                      ? NULL
                      : real_rezalloc(block, bytes + trailer_room);
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
    return rezalloc(block, entry_product(count, bytes), CALL_FRAME());
}

static int mi_reallocarr(void *at, size_t count, size_t bytes)
{
    void *block;

    if (!at)
        return EINVAL;
    memcpy(&block, at, sizeof block);
    block = entry_reallocate(block, entry_product(count, bytes), CALL_FRAME());
    if (!block)
        return ENOMEM;
    memcpy(at, &block, sizeof block);
    return 0;
}

INLINE char *copy_text(const char *text, size_t bytes, const struct call_frame *at)
{
    char *copy = entry_allocate((struct request){REQUEST_MALLOC, 0, bytes + 1}, at);

    if (copy) {
        memcpy(copy, text, bytes);
        copy[bytes] = '\0';
    }
    return copy;
}

static char *mi_strdup(const char *text)
{
    return text ? copy_text(text, strlen(text), CALL_FRAME()) : NULL;
}

static char *mi_strndup(const char *text, size_t bytes)
{
    return text ? copy_text(text, strnlen(text, bytes), CALL_FRAME()) : NULL;
}

INLINE void *expand(void *block, size_t bytes, const struct call_frame *at)
{
    struct old_block old;

    event_look(&old, block);
    if (!old.is_ours)
        return real_expand(block, bytes);
    void *same =
        bytes > REQUEST_BYTES_MAX ? NULL : real_expand(block, bytes + trailer_room);
    if (same)
        event_moved(&old, same, bytes, at);
    return same;
}

static void *mi_expand(void *block, size_t bytes)
{
    return expand(block, bytes, CALL_FRAME());
}

static void *mi__expand(void *block, size_t bytes)
{
    void *same = expand(block, bytes, CALL_FRAME());

    if (!same)
        errno = ENOMEM;
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
    size_t total = entry_product(count, bytes);
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
    size_t total = entry_product(count, bytes);
    void *moved = entry_reallocate(block, total, CALL_FRAME());

    return LIKELY(moved || !real_new_realloc) ? moved : real_new_realloc(block, total);
}

static size_t mi_good_size(size_t bytes)
{
    size_t usable = bytes > REQUEST_BYTES_MAX ? 0 : real_good_size(bytes + trailer_room);

    return usable > bytes ? usable - entry_hidden(usable, bytes) : bytes;
}

/* Sizes and alignments that a free has are of no use to us. */
static const struct import list[] = {
    ENTRY("mi_malloc", entry_malloc, NULL),
    ENTRY("mi_malloc_small", entry_malloc, NULL),
    ENTRY("mi_mallocn", mi_mallocn, NULL),
    ENTRY("mi_zalloc", mi_zalloc, NULL),
    ENTRY("mi_zalloc_small", mi_zalloc, NULL),
    ENTRY("mi_calloc", entry_calloc, NULL),
    ENTRY("mi_realloc", mi_realloc, NULL),
    ENTRY("mi_reallocn", mi_reallocn, NULL),
    ENTRY("mi_reallocarray", mi_reallocn, NULL),
    ENTRY("mi_reallocf", mi_reallocf, NULL),
    ENTRY("mi_malloc_aligned", entry_aligned, NULL),
    ENTRY("mi_memalign", entry_memalign, NULL),
    ENTRY("mi_aligned_alloc", entry_memalign, NULL),
    ENTRY("mi_posix_memalign", mi_posix_memalign, NULL),
    ENTRY("mi_valloc", entry_valloc, NULL),
    ENTRY("mi_pvalloc", mi_pvalloc, NULL),
    ENTRY("mi_rezalloc", mi_rezalloc, &real_rezalloc),
    ENTRY("mi_recalloc", mi_recalloc, NULL),
    ENTRY("mi_reallocarr", mi_reallocarr, NULL),
    ENTRY("mi_expand", mi_expand, &real_expand),
    ENTRY("mi__expand", mi__expand, NULL),
    ENTRY("mi_strdup", mi_strdup, NULL),
    ENTRY("mi_strndup", mi_strndup, NULL),
    ENTRY("mi_new", mi_new, &real_new),
    ENTRY("mi_new_n", mi_new_n, NULL),
    ENTRY("mi_new_nothrow", entry_malloc, NULL),
    ENTRY("mi_new_aligned", mi_new_aligned, &real_new_aligned),
    ENTRY("mi_new_aligned_nothrow", entry_aligned, NULL),
    ENTRY("mi_new_realloc", mi_new_realloc, &real_new_realloc),
    ENTRY("mi_new_reallocn", mi_new_reallocn, NULL),
    ENTRY("mi_free", entry_release, NULL),
    ENTRY("mi_cfree", entry_release, NULL),
    ENTRY("mi_free_size", entry_release, NULL),
    ENTRY("mi_free_size_aligned", entry_release, NULL),
    ENTRY("mi_free_aligned", entry_release, NULL),
    ENTRY("mi_usable_size", entry_usable, NULL),
    ENTRY("mi_malloc_size", entry_usable, NULL),
    ENTRY("mi_malloc_usable_size", entry_usable, NULL),
    ENTRY("mi_good_size", mi_good_size, &real_good_size),
    ENTRY("mi_malloc_good_size", mi_good_size, &real_good_size),
};

const struct entry_list entries_mimalloc = ENTRY_LIST(list);
