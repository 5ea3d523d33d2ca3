/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/observer.h"
#include "toolkit/pool_core.h"

enum { FREE_BYTE = 0xdd, ENDED_POOLS = 16, PLACE_BYTES = 256 };

/* Where pools ended, the latest ones. */
static struct {
    pthread_mutex_t lock;
    struct {
        const struct tare_pool *pool;
        char name[TARE_POOL_NAME_BYTES];
        const void *place;
    } pools[ENDED_POOLS];
    unsigned next;
} ended = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* "function+offset (file)", as far as that is known. */
static const char *describe(const void *place, char text[PLACE_BYTES])
{
    Dl_info info;

    if (!place)
        snprintf(text, PLACE_BYTES, "an unknown place");
    else if (!dladdr(place, &info))
        snprintf(text, PLACE_BYTES, "%p", place);
    else if (info.dli_sname)
        snprintf(text, PLACE_BYTES, "%s+%#zx (%s)", info.dli_sname,
                 (size_t)((const char *)place - (const char *)info.dli_saddr),
                 info.dli_fname);
    else
        snprintf(text, PLACE_BYTES, "%s+%#zx", info.dli_fname,
                 (size_t)((const char *)place - (const char *)info.dli_fbase));
    return text;
}

_Noreturn static void complain(const char *pool, const void *object, const char *what,
                               const char *before, const void *first, const void *here)
{
    char first_text[PLACE_BYTES], here_text[PLACE_BYTES];

    fprintf(stderr, "tare: pool %s: object %p: %s at %s", pool, object, what,
            describe(here, here_text));
    if (before)
        fprintf(stderr, ": %s at %s", before, describe(first, first_text));
    fputc('\n', stderr);
    abort();
}

/* The note of an object of this pool, or NULL. Under the lock. */
static struct pool_note *note_of(const struct tare__pool_core *core, const void *object)
{
    const struct pool_slab *lists[] = {core->listed, core->filled},
                           *home = tare__pool_slab_of(core, object);

    for (int i = 0; i < 2; i++) {
        for (const struct pool_slab *slab = lists[i]; slab; slab = slab->next) {
            if (slab == home)
                return tare__pool_note_of(core, slab, object);
        }
    }
    return NULL;
}

/* With a constructor the contents of a free object are of use. */
static bool is_marked(const struct tare__pool_core *core)
{
    return !core->options.construct;
}

static void check_untouched(const struct tare__pool_core *core, const void *object,
                            const void *freed, const void *here)
{
    const unsigned char *byte = object;

    for (size_t i = 0; i < core->options.object_bytes; i++) {
        if (byte[i] != FREE_BYTE)
            complain(core->name, object, "found written to when allocated",
                     "it had been freed", freed, here);
    }
}

void tare__pool_check_alloc(struct tare__pool_core *core, void *object, const void *place)
{
    tare__pool_lock(core);
    struct pool_note *note = note_of(core, object);
    TARE_CHECK(note && !note->is_in_use);
    struct pool_note before = *note;
    *note = (struct pool_note){place, true};
    tare__pool_unlock(core);
    tare__unpoison(object, core->options.object_bytes);
    if (before.place && is_marked(core))
        check_untouched(core, object, before.place, place);
}

void tare__pool_check_free(struct tare__pool_core *core, void *object, const void *place)
{
    tare__pool_lock(core);
    struct pool_note *note = note_of(core, object), before = {0};
    if (note) {
        before = *note;
        *note = (struct pool_note){place, false};
    }
    tare__pool_unlock(core);
    if (!note)
        tare__pool_check_stranger(core, object, place);
    if (!before.is_in_use)
        complain(core->name, object, "freed again", "it had been freed", before.place,
                 place);
    if (is_marked(core))
        memset(object, FREE_BYTE, core->options.object_bytes);
    tare__poison(object, core->options.object_bytes);
}

void tare__pool_check_stranger(const struct tare__pool_core *core, const void *object,
                               const void *place)
{
    complain(core->name, object, "not of this pool, but freed into it", NULL, NULL, place);
}

void tare__pool_check_ended(const struct tare_pool *pool, const char *name,
                            const void *place)
{
    pthread_mutex_lock(&ended.lock);
    unsigned at = ended.next++ % ENDED_POOLS;
    ended.pools[at].pool = pool;
    ended.pools[at].place = place;
    memcpy(ended.pools[at].name, name, TARE_POOL_NAME_BYTES);
    pthread_mutex_unlock(&ended.lock);
}

void tare__pool_check_no_pool(const struct tare_pool *pool, const void *object,
                              const void *place)
{
    for (unsigned back = 1; back <= ENDED_POOLS; back++) {
        unsigned at = (ended.next - back) % ENDED_POOLS;

        if (ended.pools[at].pool == pool)
            complain(ended.pools[at].name, object, "freed", "the pool had ended",
                     ended.pools[at].place, place);
    }
    complain("(none)", object, "freed into a pool that has never begun", NULL, NULL, place);
}

static bool is_slab_valid(const struct tare__pool_core *core, const struct pool_slab *slab)
{
    uint32_t raw = 0;

    for (const void *at = slab->raw; at && raw <= slab->raw_objects; raw++) {
        if (tare__pool_slab_of(core, at) != slab)
            return false;
        memcpy(&at, at, sizeof at);
    }
    return slab->core == core && slab->carved <= core->slab_objects &&
           raw == slab->raw_objects && raw <= slab->carved &&
           slab->is_listed == (raw || slab->carved < core->slab_objects);
}

static bool are_magazines_valid(const struct pool_magazines *list, bool full)
{
    size_t count = 0, objects = 0;

    for (const struct pool_magazine *at = list->first; at; at = at->next, count++) {
        if (at->count > at->capacity || full != (at->count > 0))
            return false;
        objects += at->count;
    }
    return count == list->count && objects == list->objects;
}

bool tare__pool_valid(struct tare_pool *pool)
{
    struct tare__pool_core *core = pool->core;
    size_t slabs = 0, out = 0;
    bool valid = true;

    if (!core)
        return true;
    tare__pool_lock(core);
    const struct pool_slab *lists[] = {core->listed, core->filled};
    for (int i = 0; i < 2; i++) {
        for (const struct pool_slab *slab = lists[i]; slab; slab = slab->next, slabs++) {
            valid = valid && is_slab_valid(core, slab) && slab->is_listed == (i == 0);
            out += slab->carved - slab->raw_objects;
        }
    }
    valid = valid && slabs == core->slabs &&
            (core->mode == POOL_PASSTHROUGH || out == core->made_objects) &&
            are_magazines_valid(&core->full, true) &&
            are_magazines_valid(&core->empty, false) &&
            tare__pool_depot_objects(core) <= core->made_objects;
    tare__pool_unlock(core);
    return valid;
}
