/* SPDX-License-Identifier: MIT
 *
 * tare/mem.h - where bytes come from: the one function that every module takes its memory from.
 *
 * Shape    struct tare_mem -> resize(block, old size, new size, alignment)
 *              allocate: block NULL       free: new size 0       resize: neither
 *          Decorators embed it as their first member and stand before another:
 *              pool -> counter -> mimalloc
 * Units    Sizes and alignments in bytes; an alignment is a power of two.
 * Owner    The caller owns a decorator's struct; it must outlive what was allocated from it. The
 *          system's own (default, libc, mimalloc) live for ever.
 * Threads  thread-safe. A thread's first use of libtare must not be in the last round of its destructors
 *          (the fourth, PTHREAD_DESTRUCTOR_ITERATIONS): libtare's own, which takes the thread out of
 *          its lists, would not run any more.
 * Errors   NULL when there is no memory, or a limit is reached; the old block is then as it was.
 *          A precondition that is broken (a wrong old size, an alignment that is no power of two)
 *          is an assertion where it can be seen.
 * Cost     That of the allocator behind, and an indirect call; a counter adds two atomic additions.
 * Source   Ierusalimschy, "Programming in Lua", lua_Alloc.
 */
#ifndef TARE_MEM_H
#define TARE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/api.h>

TARE_BEGIN

struct tare_mem;

/* Make `block`, of old_bytes, one of new_bytes with the same alignment; contents are kept up to
 * the lesser of the two. NULL with old_bytes 0: a new block. new_bytes 0: frees, gives NULL. */
typedef void *(*tare_resize_fn)(struct tare_mem *mem, void *block, size_t old_bytes,
                                size_t new_bytes, size_t alignment);

struct tare_mem {
    tare_resize_fn resize;
    const char *name;
};

/* What modules use that are given NULL: mimalloc. It is malloc where that is what the observer of
 * the process sees: under the sanitizers, valgrind and Tare's own tracker; and where
 * libmimalloc.so.2 is not installed. Never NULL. */
TARE_API struct tare_mem *tare_mem_default(void);

/* malloc, realloc and free. Never NULL. */
TARE_API struct tare_mem *tare_mem_libc(void);

/* mimalloc, loaded on first use in a scope of its own, so that the program's malloc stays what it
 * is; NULL where libmimalloc.so.2 is not installed. */
TARE_API struct tare_mem *tare_mem_mimalloc(void);

/* The default, but for blocks of 4 MiB and more: they are mappings of their own, which grow without
 * a copy, and without being there twice meanwhile. Never NULL. */
TARE_API struct tare_mem *tare_mem_growing(void);

/* A block of `bytes`; NULL when there is no memory. bytes 0 gives NULL. */
TARE_NODISCARD TARE_INLINE void *tare_mem_alloc(struct tare_mem *mem, size_t bytes,
                                                size_t alignment)
{
    return bytes ? mem->resize(mem, NULL, 0, bytes, alignment) : NULL;
}

TARE_NODISCARD TARE_INLINE void *tare_mem_resize(struct tare_mem *mem, void *block,
                                                 size_t old_bytes, size_t new_bytes,
                                                 size_t alignment)
{
    return mem->resize(mem, block, old_bytes, new_bytes, alignment);
}

/* `bytes` and `alignment` as they were asked for. NULL is nothing. */
TARE_INLINE void tare_mem_free(struct tare_mem *mem, void *block, size_t bytes,
                               size_t alignment)
{
    if (block)
        mem->resize(mem, block, bytes, 0, alignment);
}

/* Counts what passes through it, and refuses what would exceed a limit. Its numbers may be read at
 * any time, with tare_mem_counted. */
struct tare_mem_counter {
    struct tare_mem mem;
    struct tare_mem *from;
    size_t limit_bytes; /* of live_bytes; 0: none */
    size_t live_bytes, peak_bytes, live_blocks;
    uint64_t allocations, resizes, frees, refused;
};

/* Count what is taken `from` another (NULL: the default). */
TARE_API void tare_mem_counter_init(struct tare_mem_counter *counter, struct tare_mem *from,
                                    size_t limit_bytes);

/* A copy of the numbers, each of them whole. */
TARE_API struct tare_mem_counter tare_mem_counted(const struct tare_mem_counter *counter);

/* For tests: refuses the request number `fail_at` (1: the first) that needs memory, and every one
 * after it if `fail_on`; serves the others. Counts like a counter. */
struct tare_mem_failer {
    struct tare_mem mem;
    struct tare_mem_counter counter;
    uint64_t fail_at; /* 0: never */
    uint64_t requests;
    bool fail_on;
    bool has_failed;
};

/* Serve `from` another (NULL: the default) until request `fail_at`. */
TARE_API void tare_mem_failer_init(struct tare_mem_failer *failer, struct tare_mem *from,
                                   uint64_t fail_at);

TARE_END

#endif
