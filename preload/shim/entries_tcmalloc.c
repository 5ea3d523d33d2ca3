/* SPDX-License-Identifier: MIT
 *
 * tcmalloc's own names for what malloc, free and the C++ operators do.
 */
#include <string.h>
#include <unistd.h>

#include "shim/entries.h"

static void *(*real_new)(size_t bytes);
static void *(*real_new_aligned)(size_t bytes, size_t alignment);
static size_t (*real_nallocx)(size_t bytes, int flags);

/* No memory: the function itself calls the new-handler or throws. */
static COLD void *new_failed(size_t bytes, size_t alignment)
{
    if (alignment && real_new_aligned)
        return real_new_aligned(bytes, alignment);
    return real_new ? real_new(bytes) : NULL;
}

static void *tc_realloc(void *block, size_t bytes)
{
    if (block && !bytes && next_zero_frees) {
        entry_release(block);
        return NULL;
    }
    block = entry_reallocate(block, bytes, CALL_FRAME());
    COMPILER_BARRIER();
    return block;
}

static int tc_posix_memalign(void **out, size_t alignment, size_t bytes)
{
    int saved_errno = errno;

    if (alignment % sizeof(void *) || !alignment || (alignment & (alignment - 1)))
        return EINVAL;
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());
    errno = saved_errno;
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}

static void *tc_pvalloc(size_t bytes)
{
    size_t page = (size_t)getpagesize();

    if (bytes == 0)
        bytes = page;
    if (bytes <= REQUEST_BYTES_MAX)
        bytes = (bytes + page - 1) & ~(page - 1);
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, page, bytes}, CALL_FRAME());
    COMPILER_BARRIER();
    return block;
}

static void *tc_new(size_t bytes)
{
    void *block = entry_allocate((struct request){REQUEST_MALLOC, 0, bytes}, CALL_FRAME());

    return LIKELY(block != NULL) ? block : new_failed(bytes, 0);
}

static void *tc_new_aligned(size_t bytes, size_t alignment)
{
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());

    return LIKELY(block != NULL) ? block : new_failed(bytes, alignment);
}

static size_t tc_nallocx(size_t bytes, int flags)
{
    size_t usable = real_nallocx(bytes + trailer_room, flags);

    return usable - entry_hidden(usable, bytes);
}

/* Sizes, alignments and tags that a free has are of no use to us. */
static const struct import list[] = {
    ENTRY("tc_malloc", entry_malloc, NULL),
    ENTRY("tc_malloc_skip_new_handler", entry_malloc, NULL),
    ENTRY("tc_calloc", entry_calloc, NULL),
    ENTRY("tc_realloc", tc_realloc, NULL),
    ENTRY("tc_memalign", entry_memalign, NULL),
    ENTRY("tc_posix_memalign", tc_posix_memalign, NULL),
    ENTRY("tc_valloc", entry_valloc, NULL),
    ENTRY("tc_pvalloc", tc_pvalloc, NULL),
    ENTRY("tc_free", entry_release, NULL),
    ENTRY("tc_cfree", entry_release, NULL),
    ENTRY("tc_free_sized", entry_release, NULL),
    ENTRY("tc_malloc_size", entry_usable, NULL),
    ENTRY("malloc_size", entry_usable, NULL),
    ENTRY("tc_nallocx", tc_nallocx, &real_nallocx),
    ENTRY("nallocx", tc_nallocx, &real_nallocx),
    ENTRY("tc_new", tc_new, &real_new),
    ENTRY("tc_newarray", tc_new, NULL),
    ENTRY("tc_new_nothrow", entry_malloc, NULL),
    ENTRY("tc_newarray_nothrow", entry_malloc, NULL),
    ENTRY("tc_new_aligned", tc_new_aligned, &real_new_aligned),
    ENTRY("tc_newarray_aligned", tc_new_aligned, NULL),
    ENTRY("tc_new_aligned_nothrow", entry_aligned, NULL),
    ENTRY("tc_newarray_aligned_nothrow", entry_aligned, NULL),
    ENTRY("tc_delete", entry_release, NULL),
    ENTRY("tc_delete_sized", entry_release, NULL),
    ENTRY("tc_delete_nothrow", entry_release, NULL),
    ENTRY("tc_delete_aligned", entry_release, NULL),
    ENTRY("tc_delete_sized_aligned", entry_release, NULL),
    ENTRY("tc_delete_aligned_nothrow", entry_release, NULL),
    ENTRY("tc_deletearray", entry_release, NULL),
    ENTRY("tc_deletearray_sized", entry_release, NULL),
    ENTRY("tc_deletearray_nothrow", entry_release, NULL),
    ENTRY("tc_deletearray_aligned", entry_release, NULL),
    ENTRY("tc_deletearray_sized_aligned", entry_release, NULL),
    ENTRY("tc_deletearray_aligned_nothrow", entry_release, NULL),
};

const struct entry_list entries_tcmalloc = ENTRY_LIST(list);
