/* SPDX-License-Identifier: MIT
 *
 * mem/arena_parts.h - the inside of an arena: chunks, blocks, modes.
 *
 * Shape    arena.c         objects: alloc, resize, mark, rewind, reset
 *          arena_chunks.c  memory: chunks and blocks; who is to be told of objects
 *          arena_copies.c  strings, copies and the arena as memory for others
 *          arena_scratch.c each thread's own two
 *          arena_valid.c   the validator
 * Units    bytes
 * Owner    The arena owns chunks and blocks.
 * Threads  Single owner.
 * Errors   NULL: no memory, or a size that cannot be.
 * Cost     as in tare/arena.h
 * Source   none
 */
#ifndef TARE_MEM_ARENA_PARTS_H
#define TARE_MEM_ARENA_PARTS_H

#include <tare/arena.h>

enum {
    ARENA_CHUNK_BYTES_MIN = 4 << 10,
    ARENA_CHUNK_BYTES_MAX = 1 << 20,
    ARENA_REDZONE_BYTES = 16,
};

/* Up to here sums need no check. */
#define ARENA_OBJECT_BYTES_MAX (SIZE_MAX / 4)

/* What arena->mode is made of; 0: nobody looks. */
enum {
    ARENA_WATCHED = 1,     /* no call may do without the slow path */
    ARENA_REDZONES = 2,    /* between objects, which are poisoned like all that is free */
    ARENA_PASSTHROUGH = 4, /* each object is a block of its own */
};

/* Objects begin behind it. */
struct tare__arena_chunk {
    _Alignas(TARE_ARENA_ALIGNMENT) struct tare__arena_chunk *before;
    size_t bytes;        /* with this */
    size_t before_bytes; /* of all chunks before */
};

/* Stands right before an object that has memory of its own. */
struct tare__arena_block {
    _Alignas(TARE_ARENA_ALIGNMENT) struct tare__arena_block *before;
    size_t object_bytes, alignment;
    size_t offset_bytes; /* of the object in that memory */
};

struct tare__arena_cleanup {
    struct tare__arena_cleanup *before;
    tare_cleanup_fn function;
    void *context;
};

TARE_INLINE char *chunk_start(struct tare__arena_chunk *chunk)
{
    return (char *)(chunk + 1);
}

TARE_INLINE char *chunk_end(struct tare__arena_chunk *chunk)
{
    return (char *)chunk + chunk->bytes;
}

/* How far the chunks are used when the one in use is up to `next`. */
TARE_INLINE size_t arena_position(const struct tare_arena *arena, const char *next)
{
    const struct tare__arena_chunk *chunk = arena->chunk;

    return chunk ? chunk->before_bytes + (size_t)(next - (const char *)chunk) : 0;
}

/* The most that was used since the reset. */
TARE_INLINE size_t arena_peak(const struct tare_arena *arena)
{
    bool is_now = arena->next > arena->peak_next;
    size_t bytes =
        arena->block_bytes + arena_position(arena, is_now ? arena->next : arena->peak_next);

    return bytes > arena->peak_bytes ? bytes : arena->peak_bytes;
}

/* To be called before less of the chunk is in use. */
TARE_INLINE void arena_note_peak(struct tare_arena *arena)
{
    if (arena->next > arena->peak_next)
        arena->peak_next = arena->next;
}

/* The next object in the chunk begins here. */
TARE_INLINE void arena_move_to(struct tare_arena *arena, char *next)
{
    arena->next = next;
    arena->limit = arena->mode & ARENA_WATCHED ? next : chunk_end(arena->chunk);
}

/* What an object takes of a chunk. */
TARE_INLINE size_t object_step(const struct tare_arena *arena, size_t bytes)
{
    size_t redzone = arena->mode & ARENA_REDZONES ? ARENA_REDZONE_BYTES : 0;
    size_t rounded = (bytes + (TARE_ARENA_ALIGNMENT - 1)) & -(size_t)TARE_ARENA_ALIGNMENT;

    return (rounded ? rounded : TARE_ARENA_ALIGNMENT) + redzone;
}

/* What the environment and those who look at this process ask for. */
unsigned tare__arena_mode(void);

/* Go on in a chunk with `bytes` of room, a spare or a new one; false: no memory. */
bool tare__arena_add_chunk(struct tare_arena *arena, size_t bytes);

/* Make spares of the chunks after `chunk`; objects in them are gone. */
void tare__arena_pop_chunks(struct tare_arena *arena, struct tare__arena_chunk *chunk);

/* Is what takes `bytes`, more than the chunk in use has left, to have memory of its own? */
bool tare__arena_is_oversize(const struct tare_arena *arena, size_t bytes);

/* Objects that begin in [start, end) are gone. */
void tare__arena_forget(const struct tare_arena *arena, const char *start, const char *end);

/* Free the spares that are much larger than the next chunk would be, and then the smallest, as long
 * as the rest holds keep_bytes. */
void tare__arena_keep_spares(struct tare_arena *arena, size_t keep_bytes);

/* The next chunk is large enough for `bytes`, if any may be. */
void tare__arena_size_chunks(struct tare_arena *arena, size_t bytes);

/* An object with memory of its own, in the list. */
void *tare__arena_block_alloc(struct tare_arena *arena, size_t bytes, size_t alignment);

/* The newest of them, which no mark knows, gets another size. */
void *tare__arena_block_resize(struct tare_arena *arena, size_t bytes);

/* Free those newer than `block`. */
void tare__arena_pop_blocks(struct tare_arena *arena,
                            const struct tare__arena_block *block);

/* As tare_arena_resize; a copy has the alignment. */
void *tare__arena_resize(struct tare_arena *arena, void *object, size_t old_bytes,
                         size_t new_bytes, size_t alignment);

/* The object is not used any more. Its room is used again at once if it is the newest. */
void tare__arena_give_back(struct tare_arena *arena, void *object, size_t bytes);

bool tare__arena_valid(const struct tare_arena *arena);

#endif
