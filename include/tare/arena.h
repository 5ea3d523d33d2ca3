/* SPDX-License-Identifier: MIT
 *
 * tare/arena.h - objects that die together: allocated by moving a pointer, given back all at once.
 *
 * Shape    chunk 4 KiB <- chunk 8 KiB <- ... <- chunk 1 MiB, then more of these
 *              chunk in use: [header][object][object]....      the dots: from next to limit
 *          What no chunk holds, or would end one too early, is a block of its own, in a list.
 *          reset: chunks become spares, the largest first; those stay that one of the last
 *          TARE_ARENA_RESETS rounds had a use for.
 * Units    Sizes and alignments in bytes.
 * Owner    The caller owns the struct; the arena owns its chunks, blocks and every object.
 * Threads  Single owner: one thread at a time per arena. Arenas are independent.
 * Errors   NULL or false: no memory, a size that cannot be, or a format that cannot be printed. A
 *          failed call changes nothing.
 * Cost     alloc: some ten instructions. Memory: each object rounded up to 16 bytes, and of a chunk
 *          at its end as much as a quarter of the next one. reset, rewind: O(chunks and blocks that they give up). A mark, ten
 *          instructions.
 * Source   none
 *
 *     struct tare_arena arena = {0};
 *
 *     struct request *request = TARE_ARENA_NEW(&arena, struct request);
 *     request->path = tare_arena_printf(&arena, "%s/%s", folder, name);
 *     ...
 *     tare_arena_reset(&arena);
 *
 * AddressSanitizer sees each object with its exact size; valgrind too, each being an allocation of
 * its own: so with TARE_POOL_PASSTHROUGH=1 wherever, with =0 nowhere. Tare's tracker is told of
 * each object.
 */
#ifndef TARE_ARENA_H
#define TARE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tare/mem.h>

TARE_BEGIN

enum { TARE_ARENA_ALIGNMENT = 16, TARE_ARENA_RESETS = 8 };

struct tare__arena_chunk;
struct tare__arena_block;
struct tare__arena_cleanup;

typedef void (*tare_cleanup_fn)(void *context);

/* All-zero is an empty arena over the default memory. It must not move while it is in use by
 * tare_arena_mem. */
struct tare_arena {
    /* What calls take without looking further; nothing while each call is to be seen. */
    char *next, *limit;
    struct tare__arena_chunk *chunk;      /* in use, and those before it */
    struct tare__arena_chunk *spare;      /* the largest first */
    struct tare__arena_block *block;      /* the newest of those with memory of their own */
    size_t block_bytes;                   /* of those that chunks might hold another time */
    struct tare__arena_cleanup *cleanups; /* the newest first */
    /* Where the newest mark stands: what is older keeps its size. */
    char *marked_next;
    struct tare__arena_block *marked_block;
    struct tare_mem *from;
    struct tare_mem mem;
    size_t next_chunk_bytes; /* 0: the least */
    /* The most that was in use: of this chunk, in this round, and in those before. */
    char *peak_next;
    size_t peak_bytes, recent_peaks_bytes[TARE_ARENA_RESETS];
    uint32_t resets;
    uint32_t mode;
};

/* Begin over `mem`; NULL: the default. Takes no memory yet. */
TARE_API void tare_arena_init(struct tare_arena *arena, struct tare_mem *mem);

/* End: cleanups run, and all memory is given back. */
TARE_API void tare_arena_fini(struct tare_arena *arena);

/* All objects are gone: cleanups run, the newest first, and memory is kept for as much as one of
 * the last TARE_ARENA_RESETS rounds used at a time. */
TARE_API void tare_arena_reset(struct tare_arena *arena);

/* Give back the chunks that are not in use. */
TARE_API void tare_arena_trim(struct tare_arena *arena);

/* Slow path of what follows. */
TARE_API TARE_NODISCARD void *tare__arena_alloc_slow(struct tare_arena *arena,
                                                     size_t bytes);

/* `bytes`, aligned to 16, contents undefined. An object of 0 bytes has an address of its own. */
TARE_NODISCARD TARE_INLINE void *tare_arena_alloc(struct tare_arena *arena, size_t bytes)
{
    char *object = arena->next;

    /* the chunk ends aligned, so what fits also does when rounded up; 0 is made out to be huge */
    if (TARE_UNLIKELY(bytes - 1 >= (size_t)(arena->limit - object)))
        return tare__arena_alloc_slow(arena, bytes);
    arena->next = object + ((bytes + (TARE_ARENA_ALIGNMENT - 1)) &
                            ~(size_t)(TARE_ARENA_ALIGNMENT - 1));
    return object;
}

/* Likewise, aligned to a power of two. */
TARE_API TARE_NODISCARD void *tare_arena_alloc_aligned(struct tare_arena *arena,
                                                       size_t bytes, size_t alignment);

/* Likewise, all zero. */
TARE_API TARE_NODISCARD void *tare_arena_alloc_zero(struct tare_arena *arena, size_t bytes);

/* `count` objects of object_bytes each; NULL too if that is more than there can be. */
TARE_API TARE_NODISCARD void *tare_arena_alloc_array(struct tare_arena *arena, size_t count,
                                                     size_t object_bytes, size_t alignment);

/* TARE_ARENA_NEW(arena, TYPE) is one object, TARE_ARENA_ARRAY(arena, TYPE, count) many; contents
 * undefined. */
#define TARE_ARENA_NEW(arena, TYPE) \
    ((TYPE *)tare__arena_new(arena, sizeof(TYPE), __alignof__(TYPE)))
#define TARE_ARENA_ARRAY(arena, TYPE, count) \
    ((TYPE *)tare_arena_alloc_array(arena, count, sizeof(TYPE), __alignof__(TYPE)))

TARE_NODISCARD TARE_INLINE void *tare__arena_new(struct tare_arena *arena, size_t bytes,
                                                 size_t alignment)
{
    return alignment <= TARE_ARENA_ALIGNMENT
               ? tare_arena_alloc(arena, bytes)
               : tare_arena_alloc_aligned(arena, bytes, alignment);
}

/* Make an object of old_bytes one of new_bytes: in place where it can be, as it can for the object
 * allocated last; otherwise it is copied, and the old one stays until it is gone with all others.
 * NULL is an object of 0 bytes. What is older than the newest mark is copied. */
TARE_API TARE_NODISCARD void *tare_arena_resize(struct tare_arena *arena, void *object,
                                                size_t old_bytes, size_t new_bytes);

/* The same if it can be in place. */
TARE_API TARE_NODISCARD bool tare_arena_try_resize(struct tare_arena *arena, void *object,
                                                   size_t old_bytes, size_t new_bytes);

/* Copies of a string, of its first most_bytes if it is longer, and of `bytes` at `data`. */
TARE_NODISCARD TARE_INLINE char *tare_arena_strdup(struct tare_arena *arena,
                                                   const char *string)
{
    size_t bytes = strlen(string) + 1;
    char *copy = (char *)tare_arena_alloc(arena, bytes);

    return copy ? (char *)memcpy(copy, string, bytes) : NULL;
}
TARE_API TARE_NODISCARD char *tare_arena_strndup(struct tare_arena *arena,
                                                 const char *string, size_t most_bytes);
TARE_API TARE_NODISCARD void *tare_arena_memdup(struct tare_arena *arena, const void *data,
                                                size_t bytes);

/* The string that printf would print. */
TARE_API TARE_NODISCARD char *tare_arena_printf(struct tare_arena *arena,
                                                const char *format, ...) TARE_PRINTF(2, 3);
TARE_API TARE_NODISCARD char *tare_arena_vprintf(struct tare_arena *arena,
                                                 const char *format, va_list arguments)
    TARE_PRINTF(2, 0);

/* Call function(context) before what is allocated by now is given up, by rewind, reset or fini;
 * the newest first. It may allocate and defer more; only a rewind to a mark of its own may happen in
 * it. False: there is no memory, and it will not be called. */
TARE_API TARE_NODISCARD bool tare_arena_defer(struct tare_arena *arena,
                                              tare_cleanup_fn function, void *context);

/* A moment that an arena can be rewound to. */
struct tare_arena_mark {
    char *next;
    struct tare__arena_chunk *chunk;
    struct tare__arena_block *block;
    struct tare__arena_cleanup *cleanups;
    uint32_t resets;
};

/* This moment. The mark is void once the arena is reset, or rewound to an earlier one. */
TARE_NODISCARD TARE_INLINE struct tare_arena_mark
tare_arena_get_mark(struct tare_arena *arena)
{
    struct tare_arena_mark mark;

    mark.next = arena->marked_next = arena->next;
    mark.chunk = arena->chunk;
    mark.block = arena->marked_block = arena->block;
    mark.cleanups = arena->cleanups;
    mark.resets = arena->resets;
    return mark;
}

/* Slow path of what follows. */
TARE_API void tare__arena_rewind_slow(struct tare_arena *arena,
                                      struct tare_arena_mark mark);

/* What was allocated since the mark is gone, after its cleanups. Chunks are kept until the next
 * reset or trim. The mark may be used again. */
TARE_INLINE void tare_arena_rewind(struct tare_arena *arena, struct tare_arena_mark mark)
{
    if (TARE_UNLIKELY(arena->chunk != mark.chunk || arena->block != mark.block ||
                      arena->cleanups != mark.cleanups || arena->resets != mark.resets ||
                      arena->mode || arena->next < mark.next)) {
        tare__arena_rewind_slow(arena, mark);
        return;
    }
    if (arena->next > arena->peak_next)
        arena->peak_next = arena->next;
    arena->next = arena->marked_next = mark.next;
    arena->marked_block = mark.block;
}

/* The arena as a source of memory for other modules, its own thread's only: what they free comes
 * back where it was allocated last, and with all else otherwise. Valid until fini. */
TARE_API struct tare_mem *tare_arena_mem(struct tare_arena *arena);

/* Room for what a function needs until it returns, in one of two arenas that each thread has. */
struct tare_arena_scratch {
    struct tare_arena *arena; /* NULL when there is no memory */
    struct tare_arena_mark mark;
};

/* The arena of the calling thread's two that is not `result`, in which the caller is to leave what it
 * gives back; NULL: either. So a function can take one for itself and hand it to others as their
 * `result`, and none of them frees what another still needs. */
TARE_API TARE_NODISCARD struct tare_arena_scratch
tare_arena_begin_scratch(const struct tare_arena *result);

/* What was allocated since the begin is gone. The scratches of a thread end in the opposite order; with
 * the last one the arena is reset, if it has grown. */
TARE_API void tare_arena_end_scratch(struct tare_arena_scratch *scratch);

/* One that ends with its block. */
#define TARE_ARENA_SCRATCH(variable, result)                                              \
    struct tare_arena_scratch variable __attribute__((cleanup(tare_arena_end_scratch))) = \
        tare_arena_begin_scratch(result)

struct tare_arena_stats {
    size_t used_bytes; /* by objects, with what rounding and the ends of chunks took */
    size_t held_bytes; /* in all chunks and blocks, spares too */
    size_t peak_bytes; /* the most that was used at a time since the reset, of chunks and of
                          blocks of their size */
    size_t chunks;     /* in use */
    size_t spares;     /* chunks that are not */
    size_t blocks;     /* with memory of their own */
    uint32_t resets;
};

/* The numbers now; O(chunks and blocks). */
TARE_API void tare_arena_get_stats(const struct tare_arena *arena,
                                   struct tare_arena_stats *stats);

TARE_END

#endif
