/* SPDX-License-Identifier: MIT */
#include "shim/entries.h"

#include <unistd.h>

#include "shim/options.h"

void entries_init(void)
{
    static const struct entry_list *const all[] = {
        &entries_jemalloc, &entries_tcmalloc, &entries_mimalloc, &entries_mimalloc_aligned};

    if (next.size_in_front) /* glibc, which has none */
        return;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        imports_hook(all[i]->list, all[i]->count);
}

void *entry_allocate(struct request request, const struct call_frame *at)
{
    return allocate(request, at);
}

void *entry_reallocate(void *block, size_t bytes, const struct call_frame *at)
{
    return block ? reallocate(block, bytes, at)
                 : allocate((struct request){REQUEST_MALLOC, 0, bytes}, at);
}

void *entry_malloc(size_t bytes)
{
    void *block = entry_allocate((struct request){REQUEST_MALLOC, 0, bytes}, CALL_FRAME());

    COMPILER_BARRIER(); /* no tail call, here as below */
    return block;
}

void *entry_calloc(size_t count, size_t bytes)
{
    void *block = entry_allocate(
        (struct request){REQUEST_CALLOC, 0, entry_product(count, bytes)}, CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

void *entry_aligned(size_t bytes, size_t alignment)
{
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

void *entry_memalign(size_t alignment, size_t bytes)
{
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, alignment, bytes}, CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

void *entry_valloc(size_t bytes)
{
    size_t page = (size_t)getpagesize();
    void *block =
        entry_allocate((struct request){REQUEST_ALIGNED, page, bytes}, CALL_FRAME());

    COMPILER_BARRIER();
    return block;
}

void entry_release(void *block)
{
    if (block)
        release(block);
}

size_t entry_usable(void *block)
{
    struct trailer trailer;

    if (!block)
        return 0;
    size_t usable = usable_bytes(&next, block);
    if (!trailer_read(&trailer, block, usable))
        return usable;
    return usable - trailer_hidden_bytes(&trailer, usable);
}
