/* SPDX-License-Identifier: MIT
 *
 * The C functions that the target calls in place of its allocator's.
 */
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim/events.h"
#include "shim/recorder.h"

void cfree(void *block);
void free_sized(void *block, size_t bytes);
void free_aligned_sized(void *block, size_t alignment, size_t bytes);

__attribute__((constructor)) static void program_starts(void)
{
    recorder_finish_start();
}

__attribute__((destructor)) static void program_ends(void)
{
    recorder_end();
}

/* ld.so frees: what it unmapped before must be noticed, unless it only ends a thread. */
static COLD void release_for_loader(void *block)
{
    struct thread *marked = thread_mark();
    bool quiet = block_is_quiet(block);

    thread_unmark(marked);
    release(block);
    if (quiet)
        return;
    marked = thread_mark();
    code_maybe_unloaded();
    thread_unmark(marked);
}

HOOK void *malloc(size_t bytes)
{
    return allocate((struct request){REQUEST_MALLOC, REQUEST_BY_NAME, bytes}, CALL_FRAME());
}

HOOK void *calloc(size_t count, size_t bytes)
{
    const struct call_frame *at = CALL_FRAME();
    size_t total;

    if (UNLIKELY(__builtin_mul_overflow(count, bytes, &total)))
        total = SIZE_MAX; /* refused like any size that no allocator gives */
    return allocate((struct request){REQUEST_CALLOC, 0, total}, at);
}

HOOK void free(void *block)
{
    if (!block)
        return;
    if (UNLIKELY(code_is_loader((uint64_t)__builtin_return_address(0))))
        release_for_loader(block);
    else
        release(block);
}

/* What C23 and old C libraries call it; a size is of no use to us, and would be too small. */
HOOK void cfree(void *block)
{
    free(block);
}

HOOK void free_sized(void *block, size_t bytes)
{
    (void)bytes;
    free(block);
}

HOOK void free_aligned_sized(void *block, size_t alignment, size_t bytes)
{
    (void)alignment;
    (void)bytes;
    free(block);
}

INLINE void *reallocate_or_free(void *block, size_t bytes, const struct call_frame *at)
{
    if (!block)
        return allocate((struct request){REQUEST_MALLOC, 0, bytes}, at);
    if (LIKELY(bytes) || !next_zero_frees)
        return reallocate(block, bytes, at);
    release(block);
    return NULL;
}

HOOK void *realloc(void *block, size_t bytes)
{
    return reallocate_or_free(block, bytes, CALL_FRAME());
}

HOOK void *reallocarray(void *block, size_t count, size_t bytes)
{
    const struct call_frame *at = CALL_FRAME();
    size_t total;

    if (UNLIKELY(__builtin_mul_overflow(count, bytes, &total))) {
        errno = ENOMEM;
        return NULL;
    }
    return reallocate_or_free(block, total, at);
}

HOOK void *memalign(size_t alignment, size_t bytes)
{
    return allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());
}

HOOK void *aligned_alloc(size_t alignment, size_t bytes)
{
    return allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());
}

HOOK void *valloc(size_t bytes)
{
    size_t page = (size_t)getpagesize();

    return allocate((struct request){REQUEST_ALIGNED, page, bytes}, CALL_FRAME());
}

HOOK void *pvalloc(size_t bytes)
{
    const struct call_frame *at = CALL_FRAME();
    size_t page = (size_t)getpagesize();

    if (bytes <= REQUEST_BYTES_MAX)
        bytes = (bytes + page - 1) & ~(page - 1);
    return allocate((struct request){REQUEST_ALIGNED, page, bytes}, at);
}

HOOK int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    const struct call_frame *at = CALL_FRAME();
    int saved_errno = errno;

    if (alignment % sizeof(void *) || !alignment || (alignment & (alignment - 1)))
        return EINVAL;
    void *block = allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, at);
    errno = saved_errno; /* its result is the error */
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}

HOOK size_t malloc_usable_size(void *block)
{
    struct trailer trailer;

    if (!block)
        return 0;
    const struct allocator *allocator = allocator_of(block);
    size_t usable = usable_bytes(allocator, block);
    if (!trailer_read(&trailer, block, usable))
        return usable;
    return usable - trailer_hidden_bytes(&trailer, usable);
}
