/* SPDX-License-Identifier: MIT */
#include <tare/arena.h>

#include <string.h>

#include <tare/annotate.h>

#include "base/debug.h"
#include "base/observer.h"
#include "mem/arena_parts.h"

void tare_arena_init(struct tare_arena *arena, struct tare_mem *mem)
{
    *arena = (struct tare_arena){
        .from = mem ? mem : tare_mem_default(),
        .mode = tare__arena_mode(),
    };
}

/* Take an object from the chunk in use; NULL: it has no room. */
static void *take(struct tare_arena *arena, size_t bytes, size_t alignment)
{
    if (!arena->chunk)
        return NULL;
    size_t room_bytes = (size_t)(chunk_end(arena->chunk) - arena->next);
    size_t gap_bytes = -(uintptr_t)arena->next & (alignment - 1);
    size_t step_bytes = object_step(arena, bytes);
    if (gap_bytes > room_bytes || step_bytes > room_bytes - gap_bytes)
        return NULL;
    char *object = arena->next + gap_bytes;
    arena_move_to(arena, object + step_bytes);
    tare__unpoison(object, bytes);
    tare_annotate_alloc(object, bytes);
    return object;
}

static void *alloc(struct tare_arena *arena, size_t bytes, size_t alignment)
{
    size_t most_bytes = object_step(arena, bytes) + (alignment - TARE_ARENA_ALIGNMENT);
    void *object;

    if (arena->mode & ARENA_PASSTHROUGH)
        return tare__arena_block_alloc(arena, bytes, alignment);
    object = take(arena, bytes, alignment);
    if (object)
        return object;
    /* There may be memory for the object where there is none for a chunk. */
    if (tare__arena_is_oversize(arena, most_bytes) ||
        !tare__arena_add_chunk(arena, most_bytes))
        return tare__arena_block_alloc(arena, bytes, alignment);
    return take(arena, bytes, alignment);
}

void *tare_arena_alloc_aligned(struct tare_arena *arena, size_t bytes, size_t alignment)
{
    TARE_ASSERT(alignment && !(alignment & (alignment - 1)));
    if (bytes > ARENA_OBJECT_BYTES_MAX || alignment > ARENA_OBJECT_BYTES_MAX)
        return NULL;
    if (alignment < TARE_ARENA_ALIGNMENT)
        alignment = TARE_ARENA_ALIGNMENT;
    if (!arena->from)
        tare_arena_init(arena, NULL);
    void *object = alloc(arena, bytes, alignment);
    TARE_AUDIT(tare__arena_valid(arena));
    return object;
}

void *tare__arena_alloc_slow(struct tare_arena *arena, size_t bytes)
{
    return tare_arena_alloc_aligned(arena, bytes, TARE_ARENA_ALIGNMENT);
}

/* The object ends where the next one begins, and no mark has to keep it as it is. */
static bool is_newest(const struct tare_arena *arena, const char *object, size_t bytes)
{
    return arena->chunk &&
           (uintptr_t)object + object_step(arena, bytes) == (uintptr_t)arena->next &&
           object >= arena->marked_next;
}

static bool is_newest_block(const struct tare_arena *arena, const void *object)
{
    return arena->block && object == arena->block + 1 &&
           arena->block != arena->marked_block;
}

/* The newest object has moved its end. */
static void note_resized(const struct tare_arena *arena, char *object, size_t old_bytes,
                         size_t new_bytes)
{
    tare_annotate_free(object);
    tare_annotate_alloc(object, new_bytes);
    if (!(arena->mode & ARENA_REDZONES))
        return;
    tare__poison(object, old_bytes);
    tare__unpoison(object, new_bytes);
}

bool tare_arena_try_resize(struct tare_arena *arena, void *object, size_t old_bytes,
                           size_t new_bytes)
{
    if (!object || new_bytes > ARENA_OBJECT_BYTES_MAX ||
        !is_newest(arena, object, old_bytes))
        return object && new_bytes <= old_bytes; /* its room stays taken */
    size_t room_bytes = (size_t)(chunk_end(arena->chunk) - (char *)object);
    if (object_step(arena, new_bytes) > room_bytes)
        return false;
    arena_note_peak(arena);
    arena_move_to(arena, (char *)object + object_step(arena, new_bytes));
    note_resized(arena, object, old_bytes, new_bytes);
    TARE_AUDIT(tare__arena_valid(arena));
    return true;
}

void *tare__arena_resize(struct tare_arena *arena, void *object, size_t old_bytes,
                         size_t new_bytes, size_t alignment)
{
    if (!object)
        return tare_arena_alloc_aligned(arena, new_bytes, alignment);
    if (tare_arena_try_resize(arena, object, old_bytes, new_bytes))
        return object;
    if (new_bytes > ARENA_OBJECT_BYTES_MAX)
        return NULL;
    if (is_newest_block(arena, object))
        return tare__arena_block_resize(arena, new_bytes);
    void *copy = tare_arena_alloc_aligned(arena, new_bytes, alignment);
    if (copy)
        memcpy(copy, object, old_bytes);
    return copy;
}

void *tare_arena_resize(struct tare_arena *arena, void *object, size_t old_bytes,
                        size_t new_bytes)
{
    return tare__arena_resize(arena, object, old_bytes, new_bytes, TARE_ARENA_ALIGNMENT);
}

void tare__arena_give_back(struct tare_arena *arena, void *object, size_t bytes)
{
    if (is_newest_block(arena, object)) {
        arena->peak_bytes = arena_peak(arena);
        tare__arena_pop_blocks(arena, arena->block->before);
    } else if (is_newest(arena, object, bytes)) {
        arena_note_peak(arena);
        tare__arena_forget(arena, object, arena->next);
        arena_move_to(arena, object);
    }
    TARE_AUDIT(tare__arena_valid(arena));
}

bool tare_arena_defer(struct tare_arena *arena, tare_cleanup_fn function, void *context)
{
    struct tare__arena_cleanup *cleanup = TARE_ARENA_NEW(arena, struct tare__arena_cleanup);

    if (!cleanup)
        return false;
    *cleanup = (struct tare__arena_cleanup){
        .before = arena->cleanups,
        .function = function,
        .context = context,
    };
    arena->cleanups = cleanup;
    return true;
}

/* Run those newer than `last`, and those that they defer. */
static void run_cleanups(struct tare_arena *arena, const struct tare__arena_cleanup *last)
{
    while (arena->cleanups != last) {
        struct tare__arena_cleanup *cleanup = arena->cleanups;

        TARE_CHECK(cleanup); /* else the mark was void */
        arena->cleanups = cleanup->before;
        cleanup->function(cleanup->context);
    }
}

/* All that is newer than the mark is gone. */
static void cut(struct tare_arena *arena, const struct tare_arena_mark *mark)
{
    const char *used = arena->next;

    arena->peak_bytes = arena_peak(arena);
    tare__arena_pop_blocks(arena, mark->block);
    if (arena->chunk != mark->chunk) {
        tare__arena_pop_chunks(arena, mark->chunk);
        used = arena->chunk ? chunk_end(arena->chunk) : NULL;
    }
    arena->marked_next = arena->peak_next = mark->next;
    arena->marked_block = mark->block;
    if (!arena->chunk) {
        arena->next = arena->limit = NULL;
        return;
    }
    TARE_CHECK(mark->next >= chunk_start(arena->chunk) && mark->next <= used);
    tare__arena_forget(arena, mark->next, used);
    arena_move_to(arena, mark->next);
}

void tare__arena_rewind_slow(struct tare_arena *arena, struct tare_arena_mark mark)
{
    TARE_CHECK(mark.resets == arena->resets);
    run_cleanups(arena, mark.cleanups);
    TARE_CHECK(mark.resets == arena->resets); /* no cleanup has reset it */
    cut(arena, &mark);
    TARE_AUDIT(tare__arena_valid(arena));
}

void tare_arena_reset(struct tare_arena *arena)
{
    uint32_t resets = arena->resets;
    size_t most_bytes = 0;

    if (!arena->from)
        return;
    run_cleanups(arena, NULL);
    TARE_CHECK(resets == arena->resets);
    cut(arena, &(struct tare_arena_mark){0});
    arena->recent_peaks_bytes[arena->resets++ % TARE_ARENA_RESETS] = arena->peak_bytes;
    arena->peak_bytes = 0;
    for (size_t i = 0; i < TARE_ARENA_RESETS; i++)
        if (arena->recent_peaks_bytes[i] > most_bytes)
            most_bytes = arena->recent_peaks_bytes[i];
    tare__arena_size_chunks(arena, most_bytes);
    tare__arena_keep_spares(arena, most_bytes);
    TARE_AUDIT(tare__arena_valid(arena));
}

void tare_arena_trim(struct tare_arena *arena)
{
    tare__arena_keep_spares(arena, 0);
    TARE_AUDIT(tare__arena_valid(arena));
}

void tare_arena_fini(struct tare_arena *arena)
{
    run_cleanups(arena, NULL);
    tare__arena_pop_blocks(arena, NULL);
    tare__arena_pop_chunks(arena, NULL);
    tare__arena_keep_spares(arena, 0);
    *arena = (struct tare_arena){0};
}
