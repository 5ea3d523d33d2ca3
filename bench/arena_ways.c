/* SPDX-License-Identifier: MIT */
#include "bench/arena_ways.h"

#include <dlfcn.h>
#include <malloc.h>
#include <obstack.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/arena.h>

#include "bench/measure.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

size_t arena_object_bytes[ARENA_OBJECTS];
char arena_strings[ARENA_STRINGS][64];
struct arena_way *arena_asked_way;
size_t arena_touched_bytes;

static size_t heap_bytes_before;

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

void arena_heap_begin(void)
{
    heap_bytes_before = heap_bytes();
}

size_t arena_heap_bytes(void)
{
    return heap_bytes() - heap_bytes_before;
}

/* Ours */

static struct tare_arena arena;

static size_t arena_held(void)
{
    struct tare_arena_stats stats;

    tare_arena_get_stats(&arena, &stats);
    arena_touched_bytes = stats.used_bytes;
    return stats.held_bytes;
}

static void arena_objects(void)
{
    ARENA_RUN_OBJECTS(tare_arena_alloc(&arena, bytes), arena_held(),
                      tare_arena_reset(&arena));
}

static void arena_copies(void)
{
    ARENA_RUN_STRINGS(tare_arena_strdup(&arena, string), tare_arena_reset(&arena));
}

static void arena_prints(void)
{
    ARENA_RUN_STRINGS(tare_arena_printf(&arena, "%zu/%s", i, string),
                      tare_arena_reset(&arena));
}

static void arena_scratch(void)
{
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);

    ARENA_RUN_SCRATCH(tare_arena_alloc(&arena, bytes));
    tare_arena_rewind(&arena, mark);
}

static struct arena_way way_arena = {
    .name = "arena",
    .run = {arena_objects, arena_copies, arena_prints, arena_scratch},
};

/* Through a pointer, as from another language or a shared library. */
static void *(*volatile arena_call)(struct tare_arena *, size_t) = tare_arena_alloc;

static void arena_call_objects(void)
{
    ARENA_RUN_OBJECTS(arena_call(&arena, bytes), arena_held(), tare_arena_reset(&arena));
}

static struct arena_way way_arena_call = {
    .name = "arena, by call",
    .run = {arena_call_objects},
};

/* malloc, and free of each */

static void *blocks[ARENA_OBJECTS];

static void free_blocks(size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
}

static void malloc_objects(void)
{
    ARENA_RUN_OBJECTS(blocks[i] = malloc(bytes), arena_heap_bytes(),
                      free_blocks(ARENA_OBJECTS));
}

static void malloc_copies(void)
{
    ARENA_RUN_STRINGS(blocks[i] = strdup(string), free_blocks(ARENA_STRINGS));
}

static char *print(size_t i, const char *string)
{
    char *text;

    return asprintf(&text, "%zu/%s", i, string) < 0 ? NULL : text;
}

static void malloc_prints(void)
{
    ARENA_RUN_STRINGS(blocks[i] = print(i, string), free_blocks(ARENA_STRINGS));
}

static void malloc_scratch(void)
{
    ARENA_RUN_SCRATCH(blocks[i] = malloc(bytes));
    free_blocks(ARENA_SCRATCH_OBJECTS);
}

static struct arena_way way_malloc = {
    .name = "malloc+free",
    .run = {malloc_objects, malloc_copies, malloc_prints, malloc_scratch},
};

/* mimalloc, in a scope of its own, so that malloc stays what it is */

static struct {
    void *(*malloc)(size_t bytes);
    void (*free)(void *block);
    void *(*heap_new)(void);
    void *(*heap_malloc)(void *heap, size_t bytes);
    char *(*heap_strdup)(void *heap, const char *string);
    void (*heap_destroy)(void *heap);
} mi;

static void mi_free_blocks(size_t count)
{
    for (size_t i = 0; i < count; i++)
        mi.free(blocks[i]);
}

static void mi_objects(void)
{
    ARENA_RUN_OBJECTS(blocks[i] = mi.malloc(bytes), 0, mi_free_blocks(ARENA_OBJECTS));
}

static void mi_scratch(void)
{
    ARENA_RUN_SCRATCH(blocks[i] = mi.malloc(bytes));
    mi_free_blocks(ARENA_SCRATCH_OBJECTS);
}

static struct arena_way way_mimalloc = {
    .name = "mimalloc",
    .missing = "libmimalloc2.0",
    .run = {mi_objects, NULL, NULL, mi_scratch},
};

static void mi_heap_objects(void)
{
    void *heap = mi.heap_new();

    ARENA_RUN_OBJECTS(mi.heap_malloc(heap, bytes), 0, mi.heap_destroy(heap));
}

static void mi_heap_copies(void)
{
    void *heap = mi.heap_new();

    ARENA_RUN_STRINGS(mi.heap_strdup(heap, string), mi.heap_destroy(heap));
}

static struct arena_way way_mi_heap = {
    .name = "mi_heap",
    .missing = "libmimalloc2.0",
    .run = {mi_heap_objects, mi_heap_copies},
};

static bool find(void *library, const char *name, void *function)
{
    void *found = library ? dlsym(library, name) : NULL;

    memcpy(function, &found, sizeof found);
    return found;
}

static void load_mimalloc(void)
{
    void *library = dlopen("libmimalloc.so.2", RTLD_NOW | RTLD_LOCAL);

    if (find(library, "mi_malloc", &mi.malloc) && find(library, "mi_free", &mi.free) &&
        find(library, "mi_heap_new", &mi.heap_new) &&
        find(library, "mi_heap_malloc", &mi.heap_malloc) &&
        find(library, "mi_heap_strdup", &mi.heap_strdup) &&
        find(library, "mi_heap_destroy", &mi.heap_destroy))
        way_mimalloc.missing = way_mi_heap.missing = NULL;
}

/* obstack: freeing what is at its start frees all that came after */

static struct obstack obstack;
static void *obstack_start;

static void obstack_restart(void)
{
    obstack_free(&obstack, obstack_start);
    obstack_start = obstack_alloc(&obstack, 0);
}

static void obstack_objects(void)
{
    ARENA_RUN_OBJECTS(obstack_alloc(&obstack, bytes), arena_heap_bytes(),
                      obstack_restart());
}

static void obstack_copies(void)
{
    ARENA_RUN_STRINGS(obstack_copy0(&obstack, string, strlen(string)), obstack_restart());
}

static char *obstack_print(size_t i, const char *string)
{
    obstack_printf(&obstack, "%zu/%s", i, string);
    obstack_1grow(&obstack, 0);
    return obstack_finish(&obstack);
}

static void obstack_prints(void)
{
    ARENA_RUN_STRINGS(obstack_print(i, string), obstack_restart());
}

static void obstack_scratch(void)
{
    void *mark = obstack_alloc(&obstack, 0);

    ARENA_RUN_SCRATCH(obstack_alloc(&obstack, bytes));
    obstack_free(&obstack, mark);
}

static struct arena_way way_obstack = {
    .name = "obstack",
    .run = {obstack_objects, obstack_copies, obstack_prints, obstack_scratch},
};

struct arena_way *const arena_ways[ARENA_WAYS] = {
    &way_arena,   &way_arena_call, &arena_way_apr, &way_obstack,
    &way_mi_heap, &way_malloc,     &way_mimalloc,  &arena_way_talloc,
};

void arena_ways_prepare(void)
{
    uint64_t random = 88172645463325252u;

    for (size_t i = 0; i < ARENA_OBJECTS; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        arena_object_bytes[i] = 8 + random % 121;
    }
    for (size_t i = 0; i < ARENA_STRINGS; i++)
        snprintf(arena_strings[i], sizeof *arena_strings, "%.*s",
                 (int)(arena_object_bytes[i] % 48 + 4),
                 "include/linux/some_subsystem/with_a_rather_long_name.h");
    load_mimalloc();
    mallopt(M_TRIM_THRESHOLD, 1 << 30); /* else each round ends at the system */
    mallopt(M_TOP_PAD, 16 << 20);
    obstack_init(&obstack);
    obstack_start = obstack_alloc(&obstack, 0);
}
