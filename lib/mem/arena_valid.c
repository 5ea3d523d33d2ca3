/* SPDX-License-Identifier: MIT */
#include "mem/arena_parts.h"

static bool is_aligned(const void *address)
{
    return (uintptr_t)address % TARE_ARENA_ALIGNMENT == 0;
}

static bool is_chunk(const struct tare__arena_chunk *chunk)
{
    return is_aligned(chunk) && chunk->bytes >= ARENA_CHUNK_BYTES_MIN &&
           chunk->bytes <= ARENA_CHUNK_BYTES_MAX && !(chunk->bytes & (chunk->bytes - 1));
}

static bool chunks_are_valid(const struct tare_arena *arena)
{
    for (const struct tare__arena_chunk *chunk = arena->chunk; chunk;
         chunk = chunk->before) {
        size_t before_bytes =
            chunk->before ? chunk->before->before_bytes + chunk->before->bytes : 0;

        if (!is_chunk(chunk) || chunk->before_bytes != before_bytes)
            return false;
    }
    for (const struct tare__arena_chunk *chunk = arena->spare; chunk; chunk = chunk->before)
        if (!is_chunk(chunk) || (chunk->before && chunk->before->bytes > chunk->bytes))
            return false;
    return true;
}

static bool room_is_valid(const struct tare_arena *arena)
{
    if (!arena->chunk)
        return !arena->next && !arena->limit && !arena->marked_next && !arena->peak_next;
    return is_aligned(arena->next) && arena->next >= chunk_start(arena->chunk) &&
           arena->next <= chunk_end(arena->chunk) &&
           arena->limit ==
               (arena->mode & ARENA_WATCHED ? arena->next : chunk_end(arena->chunk)) &&
           arena->marked_next >= chunk_start(arena->chunk) &&
           arena->marked_next <= arena->next &&
           arena->peak_next >= chunk_start(arena->chunk) &&
           arena->peak_next <= chunk_end(arena->chunk);
}

static bool blocks_are_valid(const struct tare_arena *arena)
{
    bool is_marked_found = !arena->marked_block;

    for (const struct tare__arena_block *block = arena->block; block;
         block = block->before) {
        if (!is_aligned(block) || (uintptr_t)(block + 1) % block->alignment != 0 ||
            block->offset_bytes < sizeof *block)
            return false;
        is_marked_found |= block == arena->marked_block;
    }
    return is_marked_found;
}

bool tare__arena_valid(const struct tare_arena *arena)
{
    return room_is_valid(arena) && chunks_are_valid(arena) && blocks_are_valid(arena) &&
           (arena->block || !arena->block_bytes) &&
           (arena->from || (!arena->spare && !arena->block && !arena->cleanups));
}

static size_t count_chunks(const struct tare__arena_chunk *chunk, size_t *bytes)
{
    size_t count = 0;

    for (; chunk; chunk = chunk->before, count++)
        *bytes += chunk->bytes;
    return count;
}

void tare_arena_get_stats(const struct tare_arena *arena, struct tare_arena_stats *stats)
{
    *stats = (struct tare_arena_stats){
        .used_bytes = arena_position(arena, arena->next),
        .peak_bytes = arena_peak(arena),
        .resets = arena->resets,
    };
    stats->chunks = count_chunks(arena->chunk, &stats->held_bytes);
    stats->spares = count_chunks(arena->spare, &stats->held_bytes);
    for (const struct tare__arena_block *block = arena->block; block;
         block = block->before) {
        stats->blocks++;
        stats->used_bytes += block->offset_bytes + block->object_bytes;
        stats->held_bytes += block->offset_bytes + block->object_bytes;
    }
}
