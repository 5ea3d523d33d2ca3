/* SPDX-License-Identifier: MIT */
#include "toolkit/pool_core.h"

#include <sched.h>

#include "base/debug.h"
#include "base/observer.h"

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

void tare__pool_lock(struct tare__pool_core *core)
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

void tare__pool_unlock(struct tare__pool_core *core)
{
    pthread_mutex_unlock(&core->lock);
}

void tare__pool_magazine_push(struct pool_magazines *list, struct pool_magazine *magazine)
{
    magazine->next = list->first;
    list->first = magazine;
    list->count++;
    list->objects += magazine->count;
}

struct pool_magazine *tare__pool_magazine_pop(struct pool_magazines *list)
{
    struct pool_magazine *magazine = list->first;

    if (magazine) {
        list->first = magazine->next;
        list->count--;
        list->objects -= magazine->count;
    }
    return magazine;
}

static size_t magazine_bytes(uint32_t capacity)
{
    return sizeof(struct pool_magazine) + capacity * sizeof(void *);
}

struct pool_magazine *tare__pool_magazine_new(struct tare__pool_core *core)
{
    uint32_t capacity = __atomic_load_n(&core->magazine_objects, __ATOMIC_RELAXED);
    struct pool_magazine *magazine =
        tare_mem_alloc(core->mem, magazine_bytes(capacity), _Alignof(struct pool_magazine));

    if (magazine)
        *magazine = (struct pool_magazine){.capacity = capacity};
    return magazine;
}

void tare__pool_magazine_free(struct tare__pool_core *core, struct pool_magazine *magazine)
{
    if (magazine)
        tare_mem_free(core->mem, magazine, magazine_bytes(magazine->capacity),
                      _Alignof(struct pool_magazine));
}

/* Under the lock, at each exchange. Larger magazines make exchanges rarer: their size grows with
 * use, up to what a thread may keep. Full ones that lay in the depot through a whole period are
 * not needed to work with what is in use. */
void tare__pool_depot_tune(struct tare__pool_core *core)
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

static bool is_beyond_limit(const struct tare__pool_core *core)
{
    size_t keep = core->options.keep_objects;

    return keep && core->full.objects > keep;
}

/* Of those that the tuning wants to be given back one at a time. */
struct pool_magazine *tare__pool_depot_take_due(struct tare__pool_core *core)
{
    struct pool_magazine *due = NULL, *magazine;

    while (is_beyond_limit(core) || (!due && core->due_magazines)) {
        if (core->due_magazines)
            core->due_magazines--;
        if (!(magazine = tare__pool_magazine_pop(&core->full)))
            break;
        magazine->next = due;
        due = magazine;
    }
    return due;
}

void tare__pool_depot_dissolve(struct tare__pool_core *core, struct pool_magazine *due)
{
    for (struct pool_magazine *next; due; due = next) {
        next = due->next;
        tare__pool_magazine_dissolve(core, due);
    }
}

static void destruct_all(struct tare__pool_core *core, void **objects, size_t count)
{
    for (size_t i = 0; core->options.destruct && i < count; i++) {
        tare__unpoison(objects[i], core->options.object_bytes);
        core->options.destruct(objects[i], core->options.context);
    }
}

/* Without the lock: its objects become raw, and unused slabs go. The bytes of those. */
size_t tare__pool_magazine_dissolve(struct tare__pool_core *core,
                                    struct pool_magazine *magazine)
{
    struct pool_slab *unused;

    destruct_all(core, magazine->objects, magazine->count);
    tare__pool_lock(core);
    tare__pool_slab_give(core, magazine->objects, magazine->count);
    unused = tare__pool_slab_unused(core, 1 + core->slabs / 16);
    tare__pool_unlock(core);
    tare__pool_magazine_free(core, magazine);
    return tare__pool_slab_free(core, unused);
}

/* Raw objects, constructed here: as many as there are and can be, up to `count`. */
size_t tare__pool_depot_make(struct tare__pool_core *core, void **objects, size_t count)
{
    struct tare_pool_options *options = &core->options;
    struct pool_slab *slab;
    size_t made = 0;

    tare__pool_lock(core);
    size_t taken = tare__pool_slab_take(core, objects, count);
    bool is_full =
        options->capacity_objects && core->made_objects >= options->capacity_objects;
    tare__pool_unlock(core);
    if (!taken && !is_full && (slab = tare__pool_slab_new(core))) {
        tare__pool_lock(core);
        tare__pool_slab_add(core, slab);
        taken = tare__pool_slab_take(core, objects, count);
        tare__pool_unlock(core);
    }
    /* the last ones are used first: construct from there, so that what fails is cut off */
    while (made < taken &&
           (!options->construct ||
            options->construct(objects[taken - 1 - made], options->context) == 0))
        made++;
    if (made == taken)
        return made;
    tare__pool_lock(core);
    tare__pool_slab_give(core, objects, taken - made);
    tare__pool_unlock(core);
    for (size_t i = 0; i < made; i++)
        objects[i] = objects[taken - made + i];
    return made;
}

struct pool_magazine *tare__pool_depot_take_full(struct tare__pool_core *core)
{
    struct pool_magazine *magazine = tare__pool_magazine_pop(&core->full);

    if (!magazine && core->loose && core->loose->count) {
        magazine = core->loose;
        core->loose = NULL;
    }
    return magazine;
}

void *tare__pool_depot_take(struct tare__pool_core *core)
{
    void *object = NULL;

    tare__pool_lock(core);
    if (!core->loose || !core->loose->count) {
        struct pool_magazine *full = tare__pool_magazine_pop(&core->full);

        if (full && core->loose)
            tare__pool_magazine_push(&core->empty, core->loose);
        if (full)
            core->loose = full;
    }
    if (core->loose && core->loose->count)
        object = core->loose->objects[--core->loose->count];
    tare__pool_unlock(core);
    if (!object && !tare__pool_depot_make(core, &object, 1))
        return NULL;
    return object;
}

/* Under the lock: is there room for a single object now? */
static bool loosen(struct tare__pool_core *core, struct pool_magazine **fresh)
{
    if (core->loose && core->loose->count < core->loose->capacity)
        return true;
    struct pool_magazine *empty = tare__pool_magazine_pop(&core->empty);
    if (!empty) {
        empty = *fresh;
        *fresh = NULL;
    }
    if (!empty)
        return false;
    if (core->loose)
        tare__pool_magazine_push(&core->full, core->loose);
    core->loose = empty;
    return true;
}

void tare__pool_depot_give(struct tare__pool_core *core, void *object)
{
    struct pool_magazine *fresh = NULL, *due;

    tare__pool_lock(core);
    bool has_room = loosen(core, &fresh);
    if (!has_room) {
        tare__pool_unlock(core);
        fresh = tare__pool_magazine_new(core);
        tare__pool_lock(core);
        has_room = loosen(core, &fresh);
    }
    if (has_room)
        core->loose->objects[core->loose->count++] = object;
    due = is_beyond_limit(core) ? tare__pool_depot_take_due(core) : NULL;
    tare__pool_unlock(core);
    tare__pool_depot_dissolve(core, due);
    tare__pool_magazine_free(core, fresh);
    if (has_room)
        return;
    destruct_all(core, &object, 1); /* no memory to remember it: it becomes raw */
    tare__pool_lock(core);
    tare__pool_slab_give(core, &object, 1);
    tare__pool_unlock(core);
}

size_t tare__pool_depot_objects(const struct tare__pool_core *core)
{
    return core->full.objects + (core->loose ? core->loose->count : 0);
}

size_t tare__pool_depot_trim(struct tare__pool_core *core, size_t keep_objects)
{
    struct pool_magazine *magazine;
    size_t bytes = 0;

    for (;;) {
        tare__pool_lock(core);
        magazine = tare__pool_depot_objects(core) > keep_objects
                       ? tare__pool_depot_take_full(core)
                       : NULL;
        core->due_magazines = 0;
        tare__pool_unlock(core);
        if (!magazine)
            break;
        bytes += tare__pool_magazine_dissolve(core, magazine);
    }
    tare__pool_lock(core);
    struct pool_slab *unused = tare__pool_slab_unused(core, 0);
    struct pool_magazine *empties = core->empty.first;
    core->empty = (struct pool_magazines){0};
    tare__pool_unlock(core);
    for (; empties; empties = magazine) {
        magazine = empties->next;
        tare__pool_magazine_free(core, empties);
    }
    return bytes + tare__pool_slab_free(core, unused);
}

void tare__pool_depot_fini(struct tare__pool_core *core)
{
    tare__pool_depot_trim(core, 0);
    tare__pool_magazine_free(core, core->loose);
    core->loose = NULL;
}
