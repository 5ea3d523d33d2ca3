/* SPDX-License-Identifier: MIT */
#include "toolkit/pool_core.h"

#include <errno.h>
#include <string.h>

#include "base/debug.h"
#include "base/observer.h"

enum {
    OBJECTS_MIN = 8, /* in a slab, */
    LOST_MAX = 1024, /* and one in so many of its bytes in none, if it can be */
    SLAB_BYTES_MAX = 1 << 20,
    COLOUR_STEP = 64,
};

static size_t round_up(size_t value, size_t to)
{
    return (value + to - 1) & ~(to - 1);
}

static uint32_t first_offset(const struct tare__pool_core *core)
{
    return (uint32_t)round_up(sizeof(struct pool_slab), core->options.alignment);
}

int tare__pool_slab_layout(struct tare__pool_core *core)
{
    struct tare_pool_options *options = &core->options;
    size_t least = sizeof(void *); /* a raw object holds a link */

    if (!options->alignment)
        options->alignment = options->object_bytes < 16 ? 8 : 16;
    if (options->alignment < sizeof(void *))
        options->alignment = sizeof(void *);
    if (!options->object_bytes || (options->alignment & (options->alignment - 1)) ||
        options->alignment > POOL_SLAB_BYTES_MIN || options->object_bytes > SIZE_MAX / 2)
        return -EINVAL;
    if (least < options->object_bytes)
        least = options->object_bytes;
    core->stride = round_up(least, options->alignment);
    core->slab_bytes = POOL_SLAB_BYTES_MIN;
    if (core->stride > POOL_OBJECT_BYTES_MAX)
        return 0; /* no slabs: each is an allocation of its own */
    uint32_t first = first_offset(core);
    while (core->slab_bytes < SLAB_BYTES_MAX &&
           (core->slab_bytes - first) / core->stride * core->stride <
               core->slab_bytes - core->slab_bytes / LOST_MAX)
        core->slab_bytes *= 2;
    while ((core->slab_bytes - first) / core->stride < OBJECTS_MIN)
        core->slab_bytes *= 2;
    core->slab_objects = (uint32_t)((core->slab_bytes - first) / core->stride);
    size_t rest = core->slab_bytes - first - core->slab_objects * core->stride;
    core->colours = (uint32_t)(rest / round_up(COLOUR_STEP, options->alignment)) + 1;
    return 0;
}

struct pool_slab *tare__pool_slab_of(const struct tare__pool_core *core, const void *object)
{
    return (struct pool_slab *)((uintptr_t)object & ~(uintptr_t)(core->slab_bytes - 1));
}

struct pool_note *tare__pool_note_of(const struct tare__pool_core *core,
                                     const struct pool_slab *slab, const void *object)
{
    size_t offset = (size_t)((const char *)object - (const char *)slab) - slab->first;

    return offset % core->stride || offset / core->stride >= slab->carved
               ? NULL
               : &slab->notes[offset / core->stride];
}

static size_t notes_bytes(const struct tare__pool_core *core)
{
    return core->slab_objects * sizeof(struct pool_note);
}

struct pool_slab *tare__pool_slab_new(struct tare__pool_core *core)
{
    struct pool_slab *slab = tare_mem_alloc(core->mem, core->slab_bytes, core->slab_bytes);
    struct pool_note *notes = NULL;

    if (!slab)
        return NULL;
    if (core->mode == POOL_CHECKED) {
        notes = tare_mem_alloc(core->mem, notes_bytes(core), _Alignof(struct pool_note));
        if (!notes) {
            tare_mem_free(core->mem, slab, core->slab_bytes, core->slab_bytes);
            return NULL;
        }
        memset(notes, 0, notes_bytes(core));
    }
    *slab = (struct pool_slab){.core = core, .notes = notes};
    return slab;
}

static void list_push(struct pool_slab **list, struct pool_slab *slab)
{
    slab->previous = NULL;
    slab->next = *list;
    if (*list)
        (*list)->previous = slab;
    *list = slab;
}

static void list_take(struct pool_slab **list, struct pool_slab *slab)
{
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        *list = slab->next;
    if (slab->next)
        slab->next->previous = slab->previous;
}

static void move_to(struct tare__pool_core *core, struct pool_slab *slab, bool listed)
{
    if (slab->is_listed == listed)
        return;
    list_take(listed ? &core->filled : &core->listed, slab);
    list_push(listed ? &core->listed : &core->filled, slab);
    slab->is_listed = listed;
}

/* Slabs begin at equal places of the cache; where there is room left over, objects do not. */
void tare__pool_slab_add(struct tare__pool_core *core, struct pool_slab *slab)
{
    uint32_t colour = core->next_colour++ % core->colours;

    slab->first = first_offset(core) +
                  colour * (uint32_t)round_up(COLOUR_STEP, core->options.alignment);
    slab->is_listed = true;
    list_push(&core->listed, slab);
    core->slabs++;
    core->empty_slabs++;
}

static bool is_unused(const struct pool_slab *slab)
{
    return slab->raw_objects == slab->carved;
}

/* The slab has one. */
static void *take_one(struct tare__pool_core *core, struct pool_slab *slab)
{
    void *object = slab->raw;

    if (is_unused(slab))
        core->empty_slabs--;
    if (object) {
        memcpy(&slab->raw, object, sizeof slab->raw);
        slab->raw_objects--;
    } else {
        object = (char *)slab + slab->first + slab->carved++ * core->stride;
    }
    if (!slab->raw && slab->carved == core->slab_objects)
        move_to(core, slab, false);
    return object;
}

/* The last one is the one to be used first: what is fresh is used in the order of addresses. */
size_t tare__pool_slab_take(struct tare__pool_core *core, void **objects, size_t count)
{
    size_t capacity = core->options.capacity_objects, taken = 0;

    if (capacity && count > capacity - core->made_objects)
        count = capacity - core->made_objects;
    while (taken < count && core->listed)
        objects[taken++] = take_one(core, core->listed);
    for (size_t i = 0; i < taken / 2; i++) {
        void *object = objects[i];

        objects[i] = objects[taken - 1 - i];
        objects[taken - 1 - i] = object;
    }
    core->made_objects += taken;
    if (core->made_objects > core->most_objects)
        core->most_objects = core->made_objects;
    return taken;
}

void tare__pool_slab_give(struct tare__pool_core *core, void *const *objects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pool_slab *slab = tare__pool_slab_of(core, objects[i]);

        TARE_ASSERT(slab->core == core);
        tare__unpoison(objects[i], core->stride);
        if (slab->notes) /* nothing is known of its contents */
            *tare__pool_note_of(core, slab, objects[i]) = (struct pool_note){0};
        memcpy(objects[i], &slab->raw, sizeof slab->raw);
        slab->raw = objects[i];
        slab->raw_objects++;
        if (is_unused(slab))
            core->empty_slabs++;
        move_to(core, slab, true);
    }
    core->made_objects -= count;
}

struct pool_slab *tare__pool_slab_unused(struct tare__pool_core *core, size_t keep)
{
    struct pool_slab *unused = NULL, *next;

    for (struct pool_slab *slab = core->listed; slab && core->empty_slabs > keep;
         slab = next) {
        next = slab->next;
        if (!is_unused(slab))
            continue;
        list_take(&core->listed, slab);
        core->slabs--;
        core->empty_slabs--;
        core->given_back++;
        slab->next = unused;
        unused = slab;
    }
    return unused;
}

size_t tare__pool_slab_free(struct tare__pool_core *core, struct pool_slab *slabs)
{
    struct pool_slab *next;
    size_t bytes = 0;

    for (; slabs; slabs = next) {
        next = slabs->next;
        tare__unpoison(slabs, core->slab_bytes);
        tare_mem_free(core->mem, slabs->notes, notes_bytes(core),
                      _Alignof(struct pool_note));
        tare_mem_free(core->mem, slabs, core->slab_bytes, core->slab_bytes);
        bytes += core->slab_bytes;
    }
    return bytes;
}

void tare__pool_slab_fini(struct tare__pool_core *core)
{
    struct pool_slab *lists[] = {core->listed, core->filled};

    core->listed = core->filled = NULL;
    for (int i = 0; i < 2; i++)
        tare__pool_slab_free(core, lists[i]);
}
