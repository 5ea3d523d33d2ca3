/* SPDX-License-Identifier: MIT */
#include "shim/boot.h"

#include <errno.h>
#include <stdint.h>

#include "shim/compiler.h"
#include "shim/sys.h"

enum { CHUNK_BYTES = 256 << 10, BLOCK_ALIGNMENT = 16 };

struct chunk {
    struct chunk *older;
    size_t bytes, used; /* used may run past bytes: then it is full */
};

static struct chunk *chunks;

static struct chunk *chunk_new(size_t bytes)
{
    struct chunk *chunk = sys_map(NULL, bytes, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

    if (chunk == MAP_FAILED)
        return NULL;
    chunk->bytes = bytes;
    chunk->used = sizeof *chunk;
    chunk->older = __atomic_load_n(&chunks, __ATOMIC_ACQUIRE);
    while (!__atomic_compare_exchange_n(&chunks, &chunk->older, chunk, false,
                                        __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
        continue;
    return chunk;
}

void *boot_allocate(size_t alignment, size_t bytes)
{
    struct chunk *chunk = __atomic_load_n(&chunks, __ATOMIC_ACQUIRE);

    if (alignment < BLOCK_ALIGNMENT)
        alignment = BLOCK_ALIGNMENT;
    if (bytes > PTRDIFF_MAX / 4 || alignment > PTRDIFF_MAX / 4) {
        errno = ENOMEM;
        return NULL;
    }
    bytes = (bytes + BLOCK_ALIGNMENT) & ~(size_t)(BLOCK_ALIGNMENT - 1);
    size_t need = bytes + alignment + BLOCK_ALIGNMENT;
    for (;;) {
        size_t at = chunk ? __atomic_fetch_add(&chunk->used, need, __ATOMIC_RELAXED) : 0;

        if (chunk && at <= chunk->bytes && need <= chunk->bytes - at) {
            uintptr_t block = (uintptr_t)chunk + at + sizeof(size_t) + alignment - 1;

            block &= ~(uintptr_t)(alignment - 1);
            ((size_t *)block)[-1] = bytes + sizeof(size_t);
            return (void *)block;
        }
        size_t room = need + sizeof *chunk;
        chunk = chunk_new(room > CHUNK_BYTES ? room : CHUNK_BYTES);
        if (!chunk)
            return NULL;
    }
}

bool boot_owns(const void *block)
{
    for (const struct chunk *chunk = __atomic_load_n(&chunks, __ATOMIC_ACQUIRE); chunk;
         chunk = chunk->older) {
        if ((uintptr_t)block - (uintptr_t)chunk < chunk->bytes)
            return true;
    }
    return false;
}

size_t boot_usable(void *block)
{
    return ((const size_t *)block)[-1] - sizeof(size_t);
}

bool boot_was_used(void)
{
    return __atomic_load_n(&chunks, __ATOMIC_ACQUIRE) != NULL;
}
