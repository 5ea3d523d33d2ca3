/* SPDX-License-Identifier: MIT */
#include "toolkit/pool_core.h"

#include <sched.h>

#include "base/debug.h"

enum {
    SPINS = 1000,            /* the lock is held for tens of nanoseconds */
    EXCHANGES_TO_GROW = 32,  /* of magazines, until they are made twice as large; */
    CONTENDED_TO_GROW = 4,   /* or so many of them that had to wait */
    EXCHANGES_A_PERIOD = 256 /* after which full ones that were not needed are spare */
};

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

void pool_lock(struct tare__pool_core *core)
{
    if (pthread_mutex_trylock(&core->lock) == 0)
        return;
    bool taken = false;
    for (int spin = 0; spin < SPINS && !taken; spin++) {
        pause_briefly();
        taken = pthread_mutex_trylock(&core->lock) == 0;
    }
    if (!taken)
        pthread_mutex_lock(&core->lock);
    core->contended++;
    core->contended_now++;
}

void pool_unlock(struct tare__pool_core *core)
{
    pthread_mutex_unlock(&core->lock);
}

static void push(struct pool_magazines *list, struct pool_magazine *magazine)
{
    magazine->next = list->first;
    list->first = magazine;
    list->count++;
}

static struct pool_magazine *pop(struct pool_magazines *list)
{
    struct pool_magazine *magazine = list->first;

    if (magazine) {
        list->first = magazine->next;
        list->count--;
    }
    return magazine;
}

static size_t magazine_bytes(uint32_t capacity)
{
    return sizeof(struct pool_magazine) + capacity * sizeof(void *);
}

static struct pool_magazine *magazine_new(struct tare__pool_core *core)
{
    uint32_t capacity = __atomic_load_n(&core->magazine_objects, __ATOMIC_RELAXED);
    struct pool_magazine *magazine =
        tare_mem_alloc(core->mem, magazine_bytes(capacity), _Alignof(struct pool_magazine));

    if (magazine)
        *magazine = (struct pool_magazine){.capacity = capacity};
    return magazine;
}

static void magazine_free(struct tare__pool_core *core, struct pool_magazine *magazine)
{
    if (magazine)
        tare_mem_free(core->mem, magazine, magazine_bytes(magazine->capacity),
                      _Alignof(struct pool_magazine));
}

/* Under the lock, at each exchange. Larger magazines make exchanges rarer: their size grows with
 * use, up to what a thread may keep. Full ones that lay in the depot through a whole period are
 * not needed to work with what is in use. */
static void tune(struct tare__pool_core *core)
{
    if ((++core->exchanges >= EXCHANGES_TO_GROW ||
         core->contended_now >= CONTENDED_TO_GROW) &&
        core->magazine_objects < core->magazine_objects_max) {
        uint32_t twice = core->magazine_objects * 2;

        __atomic_store_n(&core->magazine_objects,
                         twice < core->magazine_objects_max ? twice
                                                            : core->magazine_objects_max,
                         __ATOMIC_RELAXED);
        core->exchanges = core->contended_now = 0;
    }
    if (core->full.count < core->full_least)
        core->full_least = core->full.count;
    if (++core->period == EXCHANGES_A_PERIOD) {
        core->period = 0;
        core->spare_magazines = core->full_least;
        core->due_magazines = (core->full_least + 1) / 2;
        core->full_least = core->full.count;
    }
}

/* Under the lock: one that the tuning wants to be given back, or NULL. */
static struct pool_magazine *take_due(struct tare__pool_core *core)
{
    if (!core->due_magazines)
        return NULL;
    core->due_magazines--;
    return pop(&core->full);
}

static void destruct_all(struct tare__pool_core *core, void **objects, size_t count)
{
    for (size_t i = 0; core->options.destruct && i < count; i++)
        core->options.destruct(objects[i], core->options.context);
}

/* Without the lock: its objects become raw, and unused slabs go. The bytes of those. */
static size_t magazine_dissolve(struct tare__pool_core *core,
                                struct pool_magazine *magazine)
{
    struct pool_slab *unused;

    destruct_all(core, magazine->objects, magazine->count);
    pool_lock(core);
    pool_slab_give(core, magazine->objects, magazine->count);
    unused = pool_slab_unused(core, 1 + core->slabs / 16);
    pool_unlock(core);
    magazine_free(core, magazine);
    return pool_slab_free(core, unused);
}

/* Raw objects, constructed here: as many as there are and can be, up to `count`. */
static size_t make_objects(struct tare__pool_core *core, void **objects, size_t count)
{
    struct tare_pool_options *options = &core->options;
    struct pool_slab *slab;
    size_t made = 0;

    pool_lock(core);
    size_t taken = pool_slab_take(core, objects, count);
    bool is_full =
        options->capacity_objects && core->made_objects >= options->capacity_objects;
    pool_unlock(core);
    if (!taken && !is_full && (slab = pool_slab_new(core))) {
        pool_lock(core);
        pool_slab_add(core, slab);
        taken = pool_slab_take(core, objects, count);
        pool_unlock(core);
    }
    /* the last ones are used first: construct from there, so that what fails is cut off */
    while (made < taken &&
           (!options->construct ||
            options->construct(objects[taken - 1 - made], options->context) == 0))
        made++;
    if (made == taken)
        return made;
    pool_lock(core);
    pool_slab_give(core, objects, taken - made);
    pool_unlock(core);
    for (size_t i = 0; i < made; i++)
        objects[i] = objects[taken - made + i];
    return made;
}

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
    push(&core->empty, empty);
    return NULL;
}

static struct pool_magazine *take_full(struct tare__pool_core *core)
{
    struct pool_magazine *magazine = pop(&core->full);

    if (!magazine && core->loose && core->loose->count) {
        magazine = core->loose;
        core->loose = NULL;
    }
    return magazine;
}

/* A full magazine of the depot's for the empty ones of the link; false: it has none. */
static bool exchange_for_full(struct tare__pool_core *core, struct tare__pool_link *link)
{
    struct pool_magazine *small = NULL, *due = NULL;

    pool_lock(core);
    core->refills++;
    struct pool_magazine *full = take_full(core);
    tune(core);
    if (full) {
        small = retire(core, link->previous);
        set_previous(link, unload(link));
        load(link, full);
        due = take_due(core);
    }
    pool_unlock(core);
    magazine_free(core, small);
    if (due)
        magazine_dissolve(core, due);
    return full != NULL;
}

bool pool_depot_refill(struct tare__pool_core *core, struct tare__pool_link *link)
{
    if (link->previous && link->previous->count) {
        swap(link);
        return true;
    }
    if (exchange_for_full(core, link))
        return true;
    struct pool_magazine *loaded = unload(link);
    load(link, NULL);
    if (!loaded && !(loaded = magazine_new(core)))
        return false;
    loaded->count = (uint32_t)make_objects(core, loaded->objects, loaded->capacity);
    bool has_made = loaded->count > 0;
    if (link->loaded) { /* construct used this very pool */
        pool_lock(core);
        push(has_made ? &core->full : &core->empty, loaded);
        pool_unlock(core);
    } else {
        load(link, loaded);
    }
    return has_made;
}

/* An empty one for the link's full previous one. */
static bool exchange_for_empty(struct tare__pool_core *core, struct tare__pool_link *link)
{
    struct pool_magazine *empty, *due;

    pool_lock(core);
    empty = pop(&core->empty);
    if (!empty) {
        pool_unlock(core);
        if (!(empty = magazine_new(core)))
            return false;
        pool_lock(core);
    }
    core->drains++;
    if (link->previous)
        push(&core->full, link->previous);
    tune(core);
    due = take_due(core);
    set_previous(link, unload(link));
    load(link, empty);
    pool_unlock(core);
    if (due)
        magazine_dissolve(core, due);
    return true;
}

bool pool_depot_drain(struct tare__pool_core *core, struct tare__pool_link *link)
{
    if (link->previous && link->previous->count == 0) {
        swap(link);
        return true;
    }
    return exchange_for_empty(core, link);
}

void *pool_depot_take(struct tare__pool_core *core)
{
    void *object = NULL;

    pool_lock(core);
    if (!core->loose || !core->loose->count) {
        struct pool_magazine *full = pop(&core->full);

        if (full && core->loose)
            push(&core->empty, core->loose);
        if (full)
            core->loose = full;
    }
    if (core->loose && core->loose->count)
        object = core->loose->objects[--core->loose->count];
    pool_unlock(core);
    if (!object && !make_objects(core, &object, 1))
        return NULL;
    return object;
}

/* Under the lock: is there room for a single object now? */
static bool loosen(struct tare__pool_core *core, struct pool_magazine **fresh)
{
    if (core->loose && core->loose->count < core->loose->capacity)
        return true;
    struct pool_magazine *empty = pop(&core->empty);
    if (!empty) {
        empty = *fresh;
        *fresh = NULL;
    }
    if (!empty)
        return false;
    if (core->loose)
        push(&core->full, core->loose);
    core->loose = empty;
    return true;
}

void pool_depot_give(struct tare__pool_core *core, void *object)
{
    struct pool_magazine *fresh = NULL;

    pool_lock(core);
    bool has_room = loosen(core, &fresh);
    if (!has_room) {
        pool_unlock(core);
        fresh = magazine_new(core);
        pool_lock(core);
        has_room = loosen(core, &fresh);
    }
    if (has_room)
        core->loose->objects[core->loose->count++] = object;
    pool_unlock(core);
    magazine_free(core, fresh);
    if (has_room)
        return;
    destruct_all(core, &object, 1); /* no memory to remember it: it becomes raw */
    pool_lock(core);
    pool_slab_give(core, &object, 1);
    pool_unlock(core);
}

void pool_depot_give_link(struct tare__pool_core *core, struct tare__pool_link *link)
{
    struct pool_magazine *held[] = {unload(link), link->previous};

    load(link, NULL);
    set_previous(link, NULL);
    for (int i = 0; i < 2; i++) {
        if (held[i])
            push(held[i]->count ? &core->full : &core->empty, held[i]);
    }
}

size_t pool_depot_objects(const struct tare__pool_core *core)
{
    size_t objects = core->loose ? core->loose->count : 0;

    for (const struct pool_magazine *at = core->full.first; at; at = at->next)
        objects += at->count;
    return objects;
}

size_t pool_depot_trim(struct tare__pool_core *core, size_t keep_objects)
{
    struct pool_magazine *magazine;
    size_t bytes = 0;

    for (;;) {
        pool_lock(core);
        magazine = pool_depot_objects(core) > keep_objects ? take_full(core) : NULL;
        core->due_magazines = 0;
        pool_unlock(core);
        if (!magazine)
            break;
        bytes += magazine_dissolve(core, magazine);
    }
    pool_lock(core);
    struct pool_slab *unused = pool_slab_unused(core, 0);
    struct pool_magazine *empties = core->empty.first;
    core->empty = (struct pool_magazines){0};
    pool_unlock(core);
    for (; empties; empties = magazine) {
        magazine = empties->next;
        magazine_free(core, empties);
    }
    return bytes + pool_slab_free(core, unused);
}

void pool_depot_fini(struct tare__pool_core *core)
{
    pool_depot_trim(core, 0);
    magazine_free(core, core->loose);
    core->loose = NULL;
}
