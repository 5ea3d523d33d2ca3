/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <tare/annotate.h>

#include "base/debug.h"
#include "base/observer.h"
#include "mem/arena_parts.h"

static unsigned ask_for_mode(void)
{
    const char *value = getenv("TARE_POOL_PASSTHROUGH");
    bool is_poison_heard = tare__is_poison_heard();
    bool is_passthrough = tare__is_checked_by_tool() && !is_poison_heard;

    if (value && *value)
        is_passthrough = strcmp(value, "0") != 0;
    if (is_passthrough)
        return ARENA_WATCHED | ARENA_PASSTHROUGH;
    if (is_poison_heard)
        return ARENA_WATCHED | ARENA_REDZONES;
    return tare__is_tracked() ? ARENA_WATCHED : 0;
}

unsigned tare__arena_mode(void)
{
    enum { IS_KNOWN = 1 << 30 };
    static unsigned known;
    unsigned mode = __atomic_load_n(&known, __ATOMIC_RELAXED);

    if (!mode) {
        mode = ask_for_mode() | IS_KNOWN;
        __atomic_store_n(&known, mode, __ATOMIC_RELAXED);
    }
    return mode & ~(unsigned)IS_KNOWN;
}

static size_t next_chunk_bytes(const struct tare_arena *arena)
{
    return arena->next_chunk_bytes ? arena->next_chunk_bytes : ARENA_CHUNK_BYTES_MIN;
}

static void grow_chunks(struct tare_arena *arena)
{
    tare__arena_size_chunks(arena, 2 * next_chunk_bytes(arena));
}

void tare__arena_size_chunks(struct tare_arena *arena, size_t bytes)
{
    size_t sized = ARENA_CHUNK_BYTES_MIN;

    while (sized < bytes && sized < ARENA_CHUNK_BYTES_MAX)
        sized *= 2;
    arena->next_chunk_bytes = sized;
}

static bool has_room(const struct tare__arena_chunk *chunk, size_t bytes)
{
    return chunk && bytes <= chunk->bytes - sizeof *chunk;
}

bool tare__arena_is_oversize(const struct tare_arena *arena, size_t bytes)
{
    size_t quarter_bytes = next_chunk_bytes(arena) / 4;
    size_t left_bytes = arena->chunk ? (size_t)(chunk_end(arena->chunk) - arena->next) : 0;

    if (has_room(arena->spare, bytes))
        return false;
    return bytes > next_chunk_bytes(arena) - sizeof *arena->chunk ||
           (bytes > quarter_bytes && left_bytes > quarter_bytes);
}

static struct tare__arena_chunk *make_chunk(struct tare_arena *arena)
{
    size_t bytes = next_chunk_bytes(arena);
    struct tare__arena_chunk *chunk =
        tare_mem_alloc(arena->from, bytes, TARE_ARENA_ALIGNMENT);

    if (!chunk)
        return NULL;
    chunk->bytes = bytes;
    if (arena->mode & ARENA_REDZONES)
        tare__poison(chunk_start(chunk), bytes - sizeof *chunk);
    grow_chunks(arena);
    return chunk;
}

bool tare__arena_add_chunk(struct tare_arena *arena, size_t bytes)
{
    struct tare__arena_chunk *chunk = arena->spare;

    if (has_room(chunk, bytes))
        arena->spare = chunk->before;
    else if (!(chunk = make_chunk(arena)))
        return false;
    chunk->before = arena->chunk;
    chunk->before_bytes =
        arena->chunk ? arena->chunk->before_bytes + arena->chunk->bytes : 0;
    arena->chunk = chunk;
    arena->next = arena->marked_next = arena->peak_next = chunk_start(chunk);
    return true;
}

static void insert_spare(struct tare_arena *arena, struct tare__arena_chunk *chunk)
{
    struct tare__arena_chunk **place = &arena->spare;

    while (*place && (*place)->bytes > chunk->bytes)
        place = &(*place)->before;
    chunk->before = *place;
    *place = chunk;
}

void tare__arena_pop_chunks(struct tare_arena *arena, struct tare__arena_chunk *chunk)
{
    while (arena->chunk != chunk) {
        struct tare__arena_chunk *popped = arena->chunk;

        TARE_CHECK(popped); /* else the mark was void */
        arena->chunk = popped->before;
        tare__arena_forget(arena, chunk_start(popped), chunk_end(popped));
        insert_spare(arena, popped);
    }
}

void tare__arena_forget(const struct tare_arena *arena, const char *start, const char *end)
{
    if (!(arena->mode & ARENA_WATCHED) || start == end)
        return;
    tare_annotate_discard(start, (size_t)(end - start));
    if (arena->mode & ARENA_REDZONES)
        tare__poison(start, (size_t)(end - start));
}

static void free_spares(struct tare_arena *arena, struct tare__arena_chunk **first,
                        const struct tare__arena_chunk *last)
{
    while (*first != last) {
        struct tare__arena_chunk *chunk = *first;

        *first = chunk->before;
        tare__unpoison(chunk, chunk->bytes); /* whoever gets it next */
        tare_mem_free(arena->from, chunk, chunk->bytes, TARE_ARENA_ALIGNMENT);
    }
}

void tare__arena_keep_spares(struct tare_arena *arena, size_t keep_bytes)
{
    struct tare__arena_chunk **place = &arena->spare, *fitting = arena->spare;

    while (fitting && fitting->bytes > 2 * next_chunk_bytes(arena))
        fitting = fitting->before;
    free_spares(arena, place, fitting);
    for (size_t kept_bytes = 0; *place && kept_bytes < keep_bytes;
         place = &(*place)->before)
        kept_bytes += (*place)->bytes;
    free_spares(arena, place, NULL);
}

/* Blocks: header and object in one piece of memory, of which the object has the alignment. */

static void *block_object(struct tare__arena_block *block)
{
    return block + 1;
}

static void *block_memory(struct tare__arena_block *block)
{
    return (char *)block_object(block) - block->offset_bytes;
}

/* What it takes, if a chunk might hold it; its share in arena->block_bytes. */
static size_t block_share(const struct tare__arena_block *block)
{
    size_t bytes = block->offset_bytes + block->object_bytes;

    return bytes <= ARENA_CHUNK_BYTES_MAX - sizeof(struct tare__arena_chunk) ? bytes : 0;
}

static struct tare__arena_block *block_in(void *memory, size_t offset_bytes)
{
    return (struct tare__arena_block *)(void *)((char *)memory + offset_bytes) - 1;
}

void *tare__arena_block_alloc(struct tare_arena *arena, size_t bytes, size_t alignment)
{
    size_t offset = (sizeof(struct tare__arena_block) + alignment - 1) & -alignment;
    void *memory = tare_mem_alloc(arena->from, offset + bytes, alignment);

    if (!memory)
        return NULL;
    struct tare__arena_block *block = block_in(memory, offset);
    *block = (struct tare__arena_block){
        .before = arena->block,
        .object_bytes = bytes,
        .alignment = alignment,
        .offset_bytes = offset,
    };
    arena->block = block;
    arena->block_bytes += block_share(block);
    /* Many of them grow chunks until these hold them. */
    if (bytes > next_chunk_bytes(arena) / 4 && bytes <= next_chunk_bytes(arena))
        grow_chunks(arena);
    tare_annotate_alloc(block_object(block), bytes);
    return block_object(block);
}

void *tare__arena_block_resize(struct tare_arena *arena, size_t bytes)
{
    struct tare__arena_block old = *arena->block;
    void *old_object = block_object(arena->block);

    void *memory = tare_mem_resize(arena->from, block_memory(arena->block),
                                   old.offset_bytes + old.object_bytes,
                                   old.offset_bytes + bytes, old.alignment);

    if (!memory)
        return NULL;
    arena->block = block_in(memory, old.offset_bytes);
    arena->block->object_bytes = bytes;
    arena->block_bytes += block_share(arena->block) - block_share(&old);
    tare_annotate_free(old_object);
    tare_annotate_alloc(block_object(arena->block), bytes);
    return block_object(arena->block);
}

void tare__arena_pop_blocks(struct tare_arena *arena, const struct tare__arena_block *block)
{
    while (arena->block != block) {
        struct tare__arena_block *popped = arena->block;

        TARE_CHECK(popped); /* else the mark was void */
        arena->block = popped->before;
        arena->block_bytes -= block_share(popped);
        tare_annotate_free(block_object(popped));
        tare_mem_free(arena->from, block_memory(popped),
                      popped->offset_bytes + popped->object_bytes, popped->alignment);
    }
}
