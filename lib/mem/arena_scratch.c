/* SPDX-License-Identifier: MIT
 *
 * Two arenas a thread, made at its first scratch and freed with it. A fork's child has its thread's.
 */
#include <pthread.h>

#include "base/debug.h"
#include "mem/arena_parts.h"

enum { ARENAS = 2 };

struct scratches {
    struct {
        struct tare_arena arena;
        unsigned open; /* scratches in it */
    } of[ARENAS];
};

static __thread struct scratches *own;
static pthread_key_t end_key;
static bool has_key;

static void end_thread(void *scratches)
{
    struct scratches *ended = scratches;

    own = NULL;
    for (int i = 0; i < ARENAS; i++)
        tare_arena_fini(&ended->of[i].arena);
    tare_mem_free(tare_mem_default(), ended, sizeof *ended, _Alignof(struct scratches));
}

static void make_key(void)
{
    has_key = pthread_key_create(&end_key, end_thread) == 0;
}

/* The calling thread's, from now on; NULL: no memory. */
static struct scratches *begin_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct tare_mem *mem = tare_mem_default();

    pthread_once(&once, make_key);
    struct scratches *made = tare_mem_alloc(mem, sizeof *made, _Alignof(struct scratches));
    if (!made)
        return NULL;
    if (!has_key || pthread_setspecific(end_key, made)) { /* nobody would free it */
        tare_mem_free(mem, made, sizeof *made, _Alignof(struct scratches));
        return NULL;
    }
    *made = (struct scratches){0};
    return own = made;
}

struct tare_arena_scratch tare_arena_begin_scratch(const struct tare_arena *result)
{
    struct tare_arena_scratch scratch = {0};
    struct scratches *scratches = own ? own : begin_thread();

    if (!scratches)
        return scratch;
    unsigned i = result == &scratches->of[0].arena;
    scratch.arena = &scratches->of[i].arena;
    /* A mark in a chunk is rewound to at once; one of an empty arena takes the chunk away. */
    if (!scratch.arena->chunk && !scratch.arena->block &&
        !tare_arena_alloc(scratch.arena, 1))
        return (struct tare_arena_scratch){0};
    scratches->of[i].open++;
    scratch.mark = tare_arena_get_mark(scratch.arena);
    return scratch;
}

void tare_arena_end_scratch(struct tare_arena_scratch *scratch)
{
    struct tare_arena *arena = scratch->arena;

    if (!arena)
        return;
    TARE_ASSERT(own); /* else it is another thread's, or that thread has ended */
    unsigned i = arena != &own->of[0].arena;
    TARE_ASSERT(arena == &own->of[i].arena);
    TARE_ASSERT(own->of[i].open > 0);
    tare_arena_rewind(arena, scratch->mark);
    if (--own->of[i].open == 0 && arena->spare)
        tare_arena_reset(arena);
    *scratch = (struct tare_arena_scratch){0};
}
