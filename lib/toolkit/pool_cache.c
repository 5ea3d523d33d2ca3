/* SPDX-License-Identifier: MIT
 *
 * A thread's two magazines. `loaded` is the one its cache works in; `previous` is empty or was full
 * when it was put aside, so that a thread that goes up and down around the end of a magazine does
 * not go to the depot each time.
 */
#include "toolkit/pool_core.h"

#include <string.h>

/* The cache works in `loaded`, which holds loaded->count objects. Closed while it changes, for
 * the child of a fork in between; statistics of other threads read it. */
static void load(struct tare__pool_link *link, struct pool_magazine *loaded)
{
    struct tare_pool_cache *cache = link->cache;

    __atomic_store_n(&cache->top, NULL, __ATOMIC_RELEASE);
    __atomic_store_n(&cache->base, NULL, __ATOMIC_RELAXED);
    cache->limit = NULL;
    __atomic_store_n(&link->loaded, loaded, __ATOMIC_RELEASE);
    if (!loaded)
        return;
    cache->limit = loaded->objects + loaded->capacity;
    __atomic_store_n(&cache->base, loaded->objects, __ATOMIC_RELEASE);
    __atomic_store_n(&cache->top, loaded->objects + loaded->count, __ATOMIC_RELEASE);
}

static void set_previous(struct tare__pool_link *link, struct pool_magazine *previous)
{
    link->previous = previous;
    __atomic_store_n(&link->previous_objects, previous ? previous->count : 0,
                     __ATOMIC_RELAXED);
}

/* What the cache works in, with its count as it is now. */
static struct pool_magazine *unload(struct tare__pool_link *link)
{
    struct pool_magazine *loaded = link->loaded;

    if (loaded)
        loaded->count = (uint32_t)(link->cache->top - loaded->objects);
    return loaded;
}

static void swap(struct tare__pool_link *link)
{
    struct pool_magazine *loaded = unload(link), *previous = link->previous;

    load(link, previous);
    set_previous(link, loaded);
}

/* Give an empty magazine to the depot; under the lock. It is returned if it is too small to stay. */
static struct pool_magazine *retire(struct tare__pool_core *core,
                                    struct pool_magazine *empty)
{
    if (!empty || empty->capacity * 2 < core->magazine_objects)
        return empty;
    tare__pool_magazine_push(&core->empty, empty);
    return NULL;
}

/* Magazines are made larger meanwhile: another one of that size is worth its making. */
static bool is_outgrown(const struct tare__pool_core *core,
                        const struct pool_magazine *magazine)
{
    return magazine->capacity * 2 <=
           __atomic_load_n(&core->magazine_objects, __ATOMIC_RELAXED);
}

/* The magazine, or a larger one with the same objects. */
static struct pool_magazine *enlarged(struct tare__pool_core *core,
                                      struct pool_magazine *small)
{
    struct pool_magazine *large =
        is_outgrown(core, small) ? tare__pool_magazine_new(core) : NULL;

    if (!large)
        return small;
    memcpy(large->objects, small->objects, small->count * sizeof *small->objects);
    large->count = small->count;
    tare__pool_magazine_free(core, small);
    return large;
}

/* A full magazine of the depot's for the empty ones of the link; false: it has none. */
static bool exchange_for_full(struct tare__pool_core *core, struct tare__pool_link *link)
{
    struct pool_magazine *small = NULL, *due = NULL;

    tare__pool_lock(core);
    core->refills++;
    struct pool_magazine *full = tare__pool_depot_take_full(core);
    tare__pool_depot_tune(core);
    if (full) {
        small = retire(core, link->previous);
        set_previous(link, unload(link));
        load(link, full);
        due = tare__pool_depot_take_due(core);
    }
    tare__pool_unlock(core);
    tare__pool_magazine_free(core, small);
    tare__pool_depot_dissolve(core, due);
    return full != NULL;
}

bool tare__pool_cache_refill(struct tare__pool_core *core, struct tare__pool_link *link)
{
    if (link->previous && link->previous->count) {
        swap(link);
        return true;
    }
    if (exchange_for_full(core, link))
        return true;
    struct pool_magazine *loaded = unload(link);
    load(link, NULL);
    loaded = loaded ? enlarged(core, loaded) : tare__pool_magazine_new(core);
    if (!loaded)
        return false;
    loaded->count =
        (uint32_t)tare__pool_depot_make(core, loaded->objects, loaded->capacity);
    bool has_made = loaded->count > 0;
    if (link->loaded) { /* construct used this very pool */
        tare__pool_lock(core);
        tare__pool_magazine_push(has_made ? &core->full : &core->empty, loaded);
        tare__pool_unlock(core);
    } else {
        load(link, loaded);
    }
    return has_made;
}

/* An empty one for the link's full previous one. */
static bool exchange_for_empty(struct tare__pool_core *core, struct tare__pool_link *link)
{
    struct pool_magazine *empty, *due;

    tare__pool_lock(core);
    empty = tare__pool_magazine_pop(&core->empty);
    if (!empty) {
        tare__pool_unlock(core);
        if (!(empty = tare__pool_magazine_new(core)))
            return false;
        tare__pool_lock(core);
    }
    core->drains++;
    if (link->previous)
        tare__pool_magazine_push(&core->full, link->previous);
    tare__pool_depot_tune(core);
    due = tare__pool_depot_take_due(core);
    set_previous(link, unload(link));
    load(link, empty);
    tare__pool_unlock(core);
    tare__pool_depot_dissolve(core, due);
    return true;
}

bool tare__pool_cache_drain(struct tare__pool_core *core, struct tare__pool_link *link)
{
    if (link->previous && link->previous->count == 0) {
        swap(link);
        return true;
    }
    if (link->loaded && is_outgrown(core, link->loaded)) {
        struct pool_magazine *loaded = unload(link);

        load(link, NULL);
        load(link, enlarged(core, loaded));
        if (link->cache->top < link->cache->limit)
            return true;
    }
    return exchange_for_empty(core, link);
}

void tare__pool_cache_empty(struct tare__pool_core *core, struct tare__pool_link *link)
{
    struct pool_magazine *held[] = {unload(link), link->previous};

    load(link, NULL);
    set_previous(link, NULL);
    for (int i = 0; i < 2; i++) {
        if (held[i])
            tare__pool_magazine_push(held[i]->count ? &core->full : &core->empty, held[i]);
    }
}
