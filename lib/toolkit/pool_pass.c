/* SPDX-License-Identifier: MIT
 *
 * Each object an allocation of its own, for tools that know allocations, and for objects that are too
 * large for slabs. The pool knows which there are: to end them, and to tell what is not one of them.
 */
#include <string.h>

#include "base/debug.h"
#include "base/observer.h"
#include "toolkit/pool_core.h"

enum { SLOTS_FIRST = 64 };

/* An open-addressing table. Tools that look for leaks are not to take it for a use of the object. */
static uintptr_t hidden(const void *object)
{
    return ~(uintptr_t)object;
}

static void *found(uintptr_t slot)
{
    return (void *)~slot;
}

static size_t home_of(const struct pool_passed *passed, uintptr_t slot)
{
    return (size_t)((slot >> 4) * 0x9e3779b97f4a7c15 >> 20) & (passed->slot_count - 1);
}

static size_t next_of(const struct pool_passed *passed, size_t at)
{
    return (at + 1) & (passed->slot_count - 1);
}

/* There is a free slot: it is at most half full. */
static void insert(struct pool_passed *passed, uintptr_t slot)
{
    size_t at = home_of(passed, slot);

    while (passed->slots[at])
        at = next_of(passed, at);
    passed->slots[at] = slot;
}

/* May what stands at `at` not move to the hole, because its home is behind that? */
static bool must_stay(const struct pool_passed *passed, size_t hole, size_t at)
{
    size_t home = home_of(passed, passed->slots[at]), mask = passed->slot_count - 1;

    return ((at - home) & mask) < ((at - hole) & mask);
}

static bool take_out(struct pool_passed *passed, uintptr_t slot)
{
    size_t hole, at;

    if (!passed->slot_count)
        return false;
    for (hole = home_of(passed, slot); passed->slots[hole] != slot;
         hole = next_of(passed, hole)) {
        if (!passed->slots[hole])
            return false;
    }
    for (at = next_of(passed, hole); passed->slots[at]; at = next_of(passed, at)) {
        if (must_stay(passed, hole, at))
            continue;
        passed->slots[hole] = passed->slots[at];
        hole = at;
    }
    passed->slots[hole] = 0;
    return true;
}

static struct pool_passed passed_new(struct tare__pool_core *core, size_t slot_count)
{
    struct pool_passed passed = {
        tare_mem_alloc(core->mem, slot_count * sizeof *passed.slots, _Alignof(uintptr_t)),
        slot_count,
    };

    if (passed.slots)
        memset(passed.slots, 0, slot_count * sizeof *passed.slots);
    return passed;
}

static void passed_free(struct tare__pool_core *core, struct pool_passed *passed)
{
    tare_mem_free(core->mem, passed->slots, passed->slot_count * sizeof *passed->slots,
                  _Alignof(uintptr_t));
}

/* Under the lock: all that is known goes into the larger table. */
static void exchange(struct tare__pool_core *core, struct pool_passed *larger)
{
    struct pool_passed old = core->passed;

    if (larger->slot_count <= old.slot_count)
        return; /* another thread was faster */
    for (size_t i = 0; i < old.slot_count; i++)
        if (old.slots[i])
            insert(larger, old.slots[i]);
    core->passed = *larger;
    *larger = old;
}

/* Count an object that is to be made, if there may be one, and have a slot for it. */
static bool reserve(struct tare__pool_core *core)
{
    size_t capacity = core->options.capacity_objects;

    tare__pool_lock(core);
    bool may = !capacity || core->made_objects < capacity;
    while (may && (core->made_objects + 1) * 2 > core->passed.slot_count) {
        size_t slots = core->passed.slot_count ? 2 * core->passed.slot_count : SLOTS_FIRST;

        tare__pool_unlock(core);
        struct pool_passed larger = passed_new(core, slots);
        tare__pool_lock(core);
        may = larger.slots && (!capacity || core->made_objects < capacity);
        if (may)
            exchange(core, &larger);
        tare__pool_unlock(core);
        passed_free(core, &larger);
        tare__pool_lock(core);
    }
    core->made_objects += may;
    if (core->made_objects > core->most_objects)
        core->most_objects = core->made_objects;
    tare__pool_unlock(core);
    return may;
}

/* A constructed object, or NULL. */
static void *make(struct tare__pool_core *core)
{
    const struct tare_pool_options *options = &core->options;
    void *object = tare_mem_alloc(core->mem, options->object_bytes, options->alignment);

    if (object && options->construct && options->construct(object, options->context)) {
        tare_mem_free(core->mem, object, options->object_bytes, options->alignment);
        return NULL;
    }
    return object;
}

void *tare__pool_pass_alloc(struct tare__pool_core *core)
{
    if (!reserve(core))
        return NULL;
    void *object = make(core);
    tare__pool_lock(core);
    if (object)
        insert(&core->passed, hidden(object));
    else
        core->made_objects--;
    tare__pool_unlock(core);
    return object;
}

/* What is not one of ours the tool knows more of than we do, if there is one. */
void tare__pool_pass_free(struct tare__pool_core *core, void *object, const void *place)
{
    const struct tare_pool_options *options = &core->options;

    tare__pool_lock(core);
    bool is_ours = take_out(&core->passed, hidden(object));
    core->made_objects -= is_ours;
    tare__pool_unlock(core);
    if (!is_ours && !tare__is_checked_by_tool())
        tare__pool_check_stranger(core, object, place);
    if (is_ours && options->destruct)
        options->destruct(object, options->context);
    tare_mem_free(core->mem, object, options->object_bytes, options->alignment);
}

void tare__pool_pass_fini(struct tare__pool_core *core)
{
    const struct tare_pool_options *options = &core->options;

    for (size_t i = 0; i < core->passed.slot_count; i++)
        if (core->passed.slots[i])
            tare_mem_free(core->mem, found(core->passed.slots[i]), options->object_bytes,
                          options->alignment);
    passed_free(core, &core->passed);
}
