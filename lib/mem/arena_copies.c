/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/debug.h"
#include "mem/arena_parts.h"

void *tare_arena_alloc_zero(struct tare_arena *arena, size_t bytes)
{
    void *object = tare_arena_alloc(arena, bytes);

    return object ? memset(object, 0, bytes) : NULL;
}

void *tare_arena_alloc_array(struct tare_arena *arena, size_t count, size_t object_bytes,
                             size_t alignment)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, object_bytes, &bytes))
        return NULL;
    return tare__arena_new(arena, bytes, alignment);
}

void *tare_arena_memdup(struct tare_arena *arena, const void *data, size_t bytes)
{
    void *copy = tare_arena_alloc(arena, bytes);

    return copy && bytes ? memcpy(copy, data, bytes) : copy;
}

char *tare_arena_strndup(struct tare_arena *arena, const char *string, size_t most_bytes)
{
    size_t bytes = strnlen(string, most_bytes);
    char *copy = tare_arena_alloc(arena, bytes + 1);

    if (!copy)
        return NULL;
    memcpy(copy, string, bytes);
    copy[bytes] = 0;
    return copy;
}

char *tare_arena_vprintf(struct tare_arena *arena, const char *format, va_list arguments)
{
    /* Most strings fit into the room at hand, and are then printed once. */
    size_t room_bytes = (size_t)(arena->limit - arena->next);
    va_list again;

    va_copy(again, arguments);
    int bytes = vsnprintf(arena->next, room_bytes, format, again);
    va_end(again);
    if (bytes < 0)
        return NULL;
    bool is_printed = (size_t)bytes < room_bytes;
    char *text = tare_arena_alloc(arena, (size_t)bytes + 1);
    if (text && !is_printed)
        vsnprintf(text, (size_t)bytes + 1, format, arguments);
    return text;
}

char *tare_arena_printf(struct tare_arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = tare_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

static void *resize_for_others(struct tare_mem *mem, void *block, size_t old_bytes,
                               size_t new_bytes, size_t alignment)
{
    struct tare_arena *arena =
        (struct tare_arena *)(void *)((char *)mem - offsetof(struct tare_arena, mem));

    TARE_ASSERT(block ? old_bytes > 0 : old_bytes == 0);
    if (new_bytes)
        return tare__arena_resize(arena, block, old_bytes, new_bytes, alignment);
    if (block)
        tare__arena_give_back(arena, block, old_bytes);
    return NULL;
}

struct tare_mem *tare_arena_mem(struct tare_arena *arena)
{
    if (!arena->from)
        tare_arena_init(arena, NULL);
    arena->mem = (struct tare_mem){resize_for_others, "arena"};
    return &arena->mem;
}
