/* SPDX-License-Identifier: MIT
 *
 * Texts lie in granules, and are named by their place: granule << 16 | unit. A stripe takes some
 * units at a time, so that threads which insert write to lines of their own.
 */
#include "base/debug.h"
#include "toolkit/intern_core.h"

#include <sys/mman.h>

enum {
    GRANULE_BYTES = INTERN_GRANULE_UNITS * INTERN_UNIT_BYTES,
    GRANULE_BYTES_MIN = 8 << 10,
    GRANULE_ROOM_FIRST = 16,
    STRIPE_UNITS = 1024,           /* that it takes at a time; */
    LONG_UNITS = STRIPE_UNITS / 4, /* texts from here take theirs themselves */
    REGION_BYTES_MIN = 32 << 10,
    REGION_BYTES_MAX = 2 << 20, /* a huge page */
};

/* What memory comes in; the rest is behind it. */
struct intern_region {
    _Alignas(INTERN_LINE_BYTES) struct intern_region *next;
    size_t bytes, alignment;
};

/* A quarter of what there is, or more, so that little is left over. */
static size_t region_bytes(const struct tare__intern_core *core)
{
    size_t bytes = REGION_BYTES_MIN;

    while (bytes < core->held_bytes / 4 && bytes < REGION_BYTES_MAX)
        bytes *= 2;
    return bytes;
}

static struct intern_region *region_new(struct tare__intern_core *core, size_t bytes)
{
    size_t alignment =
        bytes == REGION_BYTES_MAX ? (size_t)REGION_BYTES_MAX : (size_t)INTERN_LINE_BYTES;
    struct intern_region *region = tare_mem_alloc(core->mem, bytes, alignment);

    if (!region)
        return NULL;
    /* Lookups then miss in the caches of data alone. To be said before it is touched. */
    if (bytes == REGION_BYTES_MAX)
        madvise(region, bytes, MADV_HUGEPAGE);
    region->bytes = bytes;
    region->alignment = alignment;
    region->next = core->regions;
    core->regions = region;
    core->held_bytes += bytes;
    return region;
}

void *tare__intern_memory(struct tare__intern_core *core, size_t bytes)
{
    size_t rounded = (bytes + INTERN_LINE_BYTES - 1) & ~(size_t)(INTERN_LINE_BYTES - 1);
    size_t usual = region_bytes(core);

    if (rounded <= (size_t)(core->region_end - core->region_next)) {
        core->region_next += rounded;
        return core->region_next - rounded;
    }
    bool is_large = rounded > usual / 4; /* else too much might be left over */
    struct intern_region *region =
        region_new(core, is_large ? rounded + sizeof *region : usual);
    if (!region)
        return NULL;
    if (is_large)
        return region + 1;
    core->region_next = (char *)(region + 1) + rounded;
    core->region_end = (char *)region + region->bytes;
    return region + 1;
}

void tare__intern_memory_fini(struct tare__intern_core *core)
{
    for (struct intern_region *region = core->regions, *next; region; region = next) {
        next = region->next;
        tare_mem_free(core->mem, region, region->bytes, region->alignment);
    }
    core->regions = NULL;
}

/* Who sees a handle of a granule sees the granule, and the array that names it. Arrays that were
 * outgrown stay. */
static bool make_granule_room(struct tare__intern_core *core, uint32_t granules)
{
    uint32_t room = core->granule_room ? core->granule_room : GRANULE_ROOM_FIRST;
    const char **array;

    if (core->granule_count + granules <= core->granule_room)
        return true;
    while (room < core->granule_count + granules)
        room *= 2;
    array = tare__intern_memory(core, room * sizeof *array);
    if (!array)
        return false;
    if (core->granule_count)
        memcpy(array, core->open.granules, core->granule_count * sizeof *array);
    core->granule_room = room;
    __atomic_store_n(&core->open.granules, (const char *const *)array, __ATOMIC_RELEASE);
    return true;
}

/* The granules of `units` from `start`; the first unit's number, or 0. */
static bool add_granules(struct tare__intern_core *core, const char *start, size_t units,
                         uint32_t *unit)
{
    uint32_t granules =
        (uint32_t)((units + INTERN_GRANULE_UNITS - 1) / INTERN_GRANULE_UNITS);
    const char **array;

    if (granules > INTERN_GRANULES - 1 - core->granule_count ||
        !make_granule_room(core, granules))
        return false;
    array = (const char **)(uintptr_t)core->open.granules;
    *unit = core->granule_count << TARE__INTERN_GRANULE_BITS;
    for (uint32_t i = 0; i < granules; i++)
        array[core->granule_count++] = start + (size_t)i * GRANULE_BYTES;
    return true;
}

static bool new_granules(struct tare__intern_core *core, size_t units, uint32_t *unit)
{
    char *memory = tare__intern_memory(core, units * INTERN_UNIT_BYTES);

    return memory && add_granules(core, memory, units, unit);
}

/* Of a granule for short texts: all that is left in a region when that is not much. */
static size_t granule_units(const struct tare__intern_core *core)
{
    size_t left = (size_t)(core->region_end - core->region_next);
    size_t bytes = region_bytes(core) / 4;

    if (bytes > GRANULE_BYTES)
        bytes = GRANULE_BYTES;
    if (left >= GRANULE_BYTES_MIN && left < 2 * bytes)
        bytes = left < GRANULE_BYTES ? left : GRANULE_BYTES;
    return bytes / INTERN_UNIT_BYTES;
}

bool tare__intern_text_first(struct tare__intern_core *core,
                             const struct tare_intern_constants *constants)
{
    uint32_t unit;

    if (constants)
        return add_granules(core, constants->image, constants->bytes / INTERN_UNIT_BYTES,
                            &unit);
    size_t units = granule_units(core);
    if (!new_granules(core, units, &unit))
        return false;
    memset((char *)(uintptr_t)core->open.granules[0], 0, INTERN_UNIT_BYTES);
    core->unit = 1; /* 0 is none */
    core->end_unit = (uint32_t)units;
    return true;
}

/* `units` in a row; 0. */
static uint32_t take_units(struct tare__intern_core *core, size_t units)
{
    uint32_t unit = 0;

    if (core->end_unit - core->unit < units) {
        size_t more = granule_units(core);

        if (units > more / 4) /* alone: what is left is used by others */
            return new_granules(core, units, &unit) ? unit : 0;
        if (!new_granules(core, more, &unit))
            return 0;
        core->unit = unit;
        core->end_unit = unit + (uint32_t)more;
    }
    core->unit += (uint32_t)units;
    return core->unit - (uint32_t)units;
}

static size_t units_of(size_t bytes)
{
    size_t extra = bytes < INTERN_LONG_BYTES ? 2 : 2 + INTERN_UNIT_BYTES;

    return (bytes + extra + INTERN_UNIT_BYTES - 1) / INTERN_UNIT_BYTES;
}

bool tare__intern_take_room(struct tare__intern_core *core, size_t bytes)
{
    if (bytes > (size_t)core->units_max * INTERN_UNIT_BYTES)
        return false;
    uint64_t more = (uint64_t)1 << 32 | units_of(bytes);
    uint64_t used = __atomic_load_n(&core->used, __ATOMIC_RELAXED);
    do {
        if ((used >> 32) >= core->strings_max ||
            (used & UINT32_MAX) + units_of(bytes) > core->units_max)
            return false;
    } while (!__atomic_compare_exchange_n(&core->used, &used, used + more, true,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return true;
}

void tare__intern_give_room(struct tare__intern_core *core, size_t bytes)
{
    __atomic_sub_fetch(&core->used, (uint64_t)1 << 32 | units_of(bytes), __ATOMIC_RELAXED);
}

/* For the stripe, or for a long text alone. */
static uint32_t take_for(struct tare__intern_core *core, struct intern_stripe *stripe,
                         size_t units)
{
    bool is_alone = units > LONG_UNITS;

    if (!is_alone && stripe->end_unit - stripe->unit >= units) {
        stripe->unit += (uint32_t)units;
        return stripe->unit - (uint32_t)units;
    }
    pthread_mutex_lock(&core->growth);
    uint32_t left = core->end_unit - core->unit;
    uint32_t taken = left >= units && left < STRIPE_UNITS ? left : STRIPE_UNITS;
    uint32_t unit = take_units(core, is_alone ? units : taken);
    pthread_mutex_unlock(&core->growth);
    if (unit && !is_alone) {
        stripe->unit = unit + (uint32_t)units;
        stripe->end_unit = unit + taken;
    }
    return unit;
}

uint32_t tare__intern_text_add(struct tare__intern_core *core, struct intern_stripe *stripe,
                               const char *start, size_t bytes)
{
    uint32_t unit = take_for(core, stripe, units_of(bytes));
    uint32_t length = (uint32_t)bytes;
    char *text;

    if (!unit)
        return 0;
    text = (char *)(uintptr_t)tare_intern_text(&core->open, unit);
    if (bytes >= INTERN_LONG_BYTES) {
        memcpy(text - 1, &length, sizeof length);
        text += INTERN_UNIT_BYTES;
        unit++;
    }
    text[-1] = (char)(bytes < INTERN_LONG_BYTES ? bytes : INTERN_LONG_BYTES);
    if (bytes)
        memcpy(text, start, bytes);
    text[bytes] = 0;
    return unit;
}
