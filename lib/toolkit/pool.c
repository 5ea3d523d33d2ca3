/* SPDX-License-Identifier: MIT */
#include "toolkit/pool_core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tare/annotate.h>

#include "base/debug.h"
#include "base/observer.h"

/* An environment variable that is 0 or 1; `otherwise` when it is not there. */
static bool is_set(const char *name, bool otherwise)
{
    const char *value = getenv(name);

    return value && *value ? strcmp(value, "0") != 0 : otherwise;
}

static enum pool_mode choose_mode(const struct tare__pool_core *core)
{
    if (core->stride > POOL_OBJECT_BYTES_MAX ||
        is_set("TARE_POOL_PASSTHROUGH", tare__is_checked_by_tool()))
        return POOL_PASSTHROUGH;
    if (is_set("TARE_POOL_CHECK", TARE_DEBUG >= 1 || tare__is_checked_by_tool()))
        return POOL_CHECKED;
    bool is_seen = tare__is_tracked() && !core->options.is_hidden;
    return core->options.is_exact || is_seen ? POOL_LOCKED : POOL_CACHED;
}

/* A thread's free objects are few against the capacity, and no more than so many bytes. */
static void size_magazines(struct tare__pool_core *core)
{
    size_t most = POOL_MAGAZINE_BYTES_MAX / core->stride;

    if (most > POOL_MAGAZINE_MAX)
        most = POOL_MAGAZINE_MAX;
    if (core->options.capacity_objects && most > core->options.capacity_objects / 16)
        most = core->options.capacity_objects / 16;
    if (core->options.magazine_objects)
        most = core->options.magazine_objects;
    core->magazine_objects_max = most ? (uint32_t)most : 1;
    core->magazine_objects = POOL_MAGAZINE_FIRST;
    if (core->options.magazine_objects ||
        core->magazine_objects > core->magazine_objects_max)
        core->magazine_objects = core->magazine_objects_max;
}

static struct tare__pool_core *core_new(struct tare_pool *pool,
                                        const struct tare_pool_options *options, int *err)
{
    struct tare_mem *mem = options->mem ? options->mem : tare_mem_default();
    struct tare__pool_core shape = {.pool = pool, .options = *options, .mem = mem}, *core;

    *err = options->magazine_objects > POOL_MAGAZINE_ASKED_MAX
               ? -EINVAL
               : tare__pool_slab_layout(&shape);
    if (*err)
        return NULL;
    core = tare_mem_alloc(mem, sizeof *core, _Alignof(struct tare__pool_core));
    if (!core) {
        *err = -ENOMEM;
        return NULL;
    }
    *core = shape;
    core->mode = choose_mode(core);
    size_magazines(core);
    strncpy(core->name, options->name ? options->name : "pool", sizeof core->name - 1);
    pthread_mutex_init(&core->lock, NULL);
    return core;
}

static void core_free(struct tare__pool_core *core)
{
    pthread_mutex_destroy(&core->lock);
    tare_mem_free(core->mem, core, sizeof *core, _Alignof(struct tare__pool_core));
}

int tare_pool_init(struct tare_pool *pool, const struct tare_pool_options *options)
{
    int err;
    struct tare__pool_core *core = core_new(pool, options, &err);

    if (!core)
        return err;
    *pool = (struct tare_pool){0};
    tare__pool_registry_begin(pool, core);
    return 0;
}

int tare_pool_owned_init(struct tare_pool_owned *owned,
                         const struct tare_pool_options *options)
{
    int err = tare_pool_init(&owned->pool, options);

    owned->cache = (struct tare_pool_cache){0};
    if (!err && owned->pool.core->mode == POOL_CACHED &&
        !tare__pool_thread_bind_owned(owned->pool.core, &owned->cache)) {
        tare_pool_fini(&owned->pool);
        err = -ENOMEM;
    }
    return err;
}

/* A pool that begins at its first use. */
static struct tare__pool_core *begin(struct tare_pool *pool)
{
    int err;
    struct tare__pool_core *core =
        pool->options ? core_new(pool, pool->options, &err) : NULL;

    if (core && !tare__pool_registry_begin(pool, core))
        core_free(core);
    return __atomic_load_n(&pool->core, __ATOMIC_ACQUIRE);
}

static void note_refused(struct tare__pool_core *core)
{
    tare__pool_lock(core);
    core->refused++;
    tare__pool_unlock(core);
}

static void *locked_alloc(struct tare__pool_core *core, const void *place)
{
    void *object = tare__pool_depot_take(core);

    if (!object)
        return NULL;
    if (core->mode == POOL_CHECKED)
        tare__pool_check_alloc(core, object, place);
    if (!core->options.is_hidden)
        tare_annotate_alloc(object, core->options.object_bytes);
    return object;
}

static void locked_free(struct tare__pool_core *core, void *object, const void *place)
{
    if (!core->options.is_hidden)
        tare_annotate_free(object);
    if (core->mode == POOL_CHECKED)
        tare__pool_check_free(core, object, place);
    tare__pool_depot_give(core, object);
}

static void *cached_alloc(struct tare__pool_core *core, struct tare_pool_cache *cache)
{
    struct tare__pool_link *link = tare__pool_thread_bind(core, cache);

    if (!link)
        return tare__pool_depot_take(core);
    cache = link->cache;
    while (cache->top <= cache->base) { /* a constructor may have used up what came */
        if (!tare__pool_cache_refill(core, link))
            return NULL;
    }
    void *object = *(cache->top - 1);
    __atomic_store_n(&cache->top, cache->top - 1, __ATOMIC_RELAXED);
    return object;
}

void *tare__pool_refill_at(struct tare_pool *pool, struct tare_pool_cache *cache,
                           const void *place)
{
    struct tare__pool_core *core = __atomic_load_n(&pool->core, __ATOMIC_ACQUIRE);
    void *object = NULL;

    if (!core && !(core = begin(pool)))
        return NULL;
    if (core->mode == POOL_CACHED)
        object = cached_alloc(core, cache);
    else if (core->mode == POOL_PASSTHROUGH)
        object = tare__pool_pass_alloc(core);
    else
        object = locked_alloc(core, place);
    if (!object)
        note_refused(core);
    return object;
}

void *tare__pool_refill(struct tare_pool *pool, struct tare_pool_cache *cache)
{
    return tare__pool_refill_at(pool, cache, __builtin_return_address(0));
}

static void cached_free(struct tare__pool_core *core, struct tare_pool_cache *cache,
                        void *object)
{
    struct tare__pool_link *link = tare__pool_thread_bind(core, cache);

    if (!link ||
        (link->cache->top >= link->cache->limit && !tare__pool_cache_drain(core, link))) {
        tare__pool_depot_give(core, object);
        return;
    }
    cache = link->cache;
    *cache->top = object;
    __atomic_store_n(&cache->top, cache->top + 1, __ATOMIC_RELEASE);
}

void tare__pool_drain_at(struct tare_pool *pool, struct tare_pool_cache *cache,
                         void *object, const void *place)
{
    struct tare__pool_core *core = __atomic_load_n(&pool->core, __ATOMIC_ACQUIRE);

    if (!core)
        tare__pool_check_no_pool(pool, object, place);
    if (core->mode == POOL_CACHED)
        cached_free(core, cache, object);
    else if (core->mode == POOL_PASSTHROUGH)
        tare__pool_pass_free(core, object, place);
    else
        locked_free(core, object, place);
}

void tare__pool_drain(struct tare_pool *pool, struct tare_pool_cache *cache, void *object)
{
    tare__pool_drain_at(pool, cache, object, __builtin_return_address(0));
}

static void *alloc_at(struct tare_pool *pool, const void *place)
{
    struct tare_pool_cache *cache = tare__pool_cache_of(pool);

    return cache->top > cache->base ? tare_pool_cache_alloc(pool, cache)
                                    : tare__pool_refill_at(pool, cache, place);
}

/* `object` has been reset. */
static void free_at(struct tare_pool *pool, void *object, const void *place)
{
    struct tare_pool_cache *cache = tare__pool_cache_of(pool);

    if (cache->top < cache->limit)
        tare_pool_cache_free(pool, cache, object);
    else
        tare__pool_drain_at(pool, cache, object, place);
}

bool tare_pool_alloc_bulk(struct tare_pool *pool, void **objects, size_t count)
{
    const void *place = __builtin_return_address(0);

    for (size_t i = 0; i < count; i++) {
        objects[i] = alloc_at(pool, place);
        if (!objects[i]) {
            while (i-- > 0)
                free_at(pool, objects[i], place);
            return false;
        }
    }
    return true;
}

void tare_pool_free_bulk(struct tare_pool *pool, void *const *objects, size_t count)
{
    const void *place = __builtin_return_address(0);

    for (size_t i = 0; i < count; i++) {
        if (objects[i] && pool->reset)
            pool->reset(objects[i], pool->context);
        if (objects[i])
            free_at(pool, objects[i], place);
    }
}

void tare_pool_flush(struct tare_pool *pool)
{
    struct tare__pool_core *core = __atomic_load_n(&pool->core, __ATOMIC_ACQUIRE);
    struct tare__pool_link *link = core ? tare__pool_thread_link(core) : NULL;

    if (!link)
        return;
    tare__pool_lock(core);
    tare__pool_cache_empty(core, link);
    tare__pool_unlock(core);
}

size_t tare_pool_trim(struct tare_pool *pool, size_t keep_bytes)
{
    struct tare__pool_core *core = __atomic_load_n(&pool->core, __ATOMIC_ACQUIRE);

    if (!core)
        return 0;
    tare_pool_flush(pool);
    size_t bytes = tare__pool_depot_trim(core, keep_bytes / core->stride);
    TARE_AUDIT(tare__pool_valid(pool));
    return bytes;
}

size_t tare_pool_fini(struct tare_pool *pool)
{
    struct tare__pool_core *core = pool->core;
    const struct tare_pool_options *options = pool->options;
    struct tare__pool_link *links, *next;

    if (!core)
        return 0;
    TARE_AUDIT(tare__pool_valid(pool));
    links = tare__pool_registry_end(pool, core);
    for (; links; links = next) {
        next = links->next_of_core;
        tare_mem_free(core->mem, links, sizeof *links, _Alignof(struct tare__pool_link));
    }
    tare__pool_depot_fini(core);
    size_t lost = core->made_objects;
    tare__pool_slab_fini(core);
    tare__pool_pass_fini(core);
    tare__pool_check_ended(pool, core->name, __builtin_return_address(0));
    core_free(core);
    *pool = (struct tare_pool){.options = options};
    return lost;
}

static void add_link(const struct tare__pool_link *link, void *context)
{
    struct tare_pool_stats *stats = context;
    void **top = __atomic_load_n(&link->cache->top, __ATOMIC_RELAXED);
    void **base = __atomic_load_n(&link->cache->base, __ATOMIC_RELAXED);

    /* between the two its thread may have changed magazines */
    if (base && top >= base && top - base <= POOL_MAGAZINE_ASKED_MAX)
        stats->cached_objects += (size_t)(top - base);
    stats->cached_objects += __atomic_load_n(&link->previous_objects, __ATOMIC_RELAXED);
    stats->threads++;
}

void tare_pool_get_stats(struct tare_pool *pool, struct tare_pool_stats *stats)
{
    static const char *const modes[] = {"cached", "locked", "checked", "passthrough"};
    struct tare__pool_core *core = __atomic_load_n(&pool->core, __ATOMIC_ACQUIRE);

    *stats = (struct tare_pool_stats){.mode = "not begun"};
    if (!core)
        return;
    tare__pool_registry_visit(core, add_link, stats);
    memcpy(stats->name, core->name, sizeof stats->name);
    stats->object_bytes = core->options.object_bytes;
    stats->slab_bytes = core->slab_bytes;
    stats->mode = modes[core->mode];
    tare__pool_lock(core);
    stats->depot_objects = tare__pool_depot_objects(core);
    stats->made_objects = core->made_objects;
    stats->most_objects = core->most_objects;
    stats->slabs = core->slabs;
    stats->refills = core->refills;
    stats->drains = core->drains;
    stats->contended = core->contended;
    stats->refused = core->refused;
    stats->given_back = core->given_back;
    stats->magazine_objects = core->magazine_objects;
    stats->spare_magazines = core->spare_magazines;
    tare__pool_unlock(core);
    size_t free_objects = stats->cached_objects + stats->depot_objects;
    stats->live_objects =
        stats->made_objects > free_objects ? stats->made_objects - free_objects : 0;
}
