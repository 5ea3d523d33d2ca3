/* SPDX-License-Identifier: MIT */
#include "toolkit/map_parts.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/debug.h"

enum { MAP_GROUPS_HUGE = 1 << 16 /* from here on memory is most of all */ };

static struct {
    pthread_once_t once;
    uint64_t words[2];
    uint64_t maps;
} secret = {.once = PTHREAD_ONCE_INIT};

static void choose_secret(void)
{
    struct timespec now;

    if (getrandom(secret.words, sizeof secret.words, GRND_NONBLOCK) ==
        (ssize_t)sizeof secret.words)
        return;
    /* Before there are random numbers: what differs from process to process. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    secret.words[0] = (uint64_t)now.tv_nsec ^ (uint64_t)(uintptr_t)&now;
    secret.words[1] = (uint64_t)now.tv_sec ^ (uint64_t)(uintptr_t)&secret;
}

void tare__map_seed(struct tare_map *map)
{
    uint64_t words[2];

    if (map->seed) {
        words[0] = map->seed;
        words[1] = map->secret;
    } else {
        pthread_once(&secret.once, choose_secret);
        words[0] = secret.words[0] ^ __atomic_add_fetch(&secret.maps, 1, __ATOMIC_RELAXED);
        words[1] = secret.words[1];
    }
    map->seed = tare_hash_keyed(&words[0], sizeof words[0], words[0], words[1]) | 1;
    map->secret = tare_hash_keyed(&map->seed, sizeof map->seed, words[0], words[1]);
}

void tare__map_init(struct tare_map *map, const struct tare_map_options *options)
{
    *map = (struct tare_map){0};
    if (!options)
        return;
    map->mem = options->mem;
    map->is_fast = options->is_fast;
    map->seed = options->seed;
    if (map->seed)
        map->secret = tare_hash_integer(map->seed, 1);
}

static void destroy_entries(struct tare_map *map,
                            void (*destroy)(struct tare_map *, void *),
                            const struct tare__map_type *type)
{
    struct tare_map_cursor cursor = {0};
    size_t number;

    while (destroy && (number = tare__map_next(map, &cursor)) != SIZE_MAX)
        destroy(map, (char *)map->entries + number * type->entry_bytes);
}

static void free_memory(struct tare_map *map, const struct tare__map_type *type)
{
    size_t group_bytes = TARE__MAP_PLACES * type->entry_bytes;

    if (!map->groups)
        return;
    tare__map_free_groups(map, map->groups, map->group_count);
    tare_mem_free(map->mem, map->entries, map->entry_groups * group_bytes,
                  type->entry_alignment);
    map->groups = NULL;
    map->entries = NULL;
    map->count = map->limit = map->group_count = map->entry_groups = 0;
    map->stopped = map->stopped_limit = 0;
}

void tare__map_fini(struct tare_map *map, const struct tare__map_type *type)
{
    destroy_entries(map, type->destroy, type);
    free_memory(map, type);
    *map = (struct tare_map){0};
}

void tare__map_clear(struct tare_map *map, const struct tare__map_type *type)
{
    destroy_entries(map, type->destroy, type);
    if (map->groups)
        memset(map->groups, 0, map->group_count * sizeof *map->groups);
    map->count = map->stopped = 0;
    TARE_AUDIT(tare__map_valid(map, type));
}

/* The first memory: what was not said before is chosen now. */
static void begin(struct tare_map *map)
{
    if (!map->mem)
        map->mem = tare_mem_growing();
    if (!map->seed)
        tare__map_seed(map);
}

/* The least number of groups for so many entries; 0: there is none. */
static size_t groups_for(const struct tare_map *map, size_t count)
{
    size_t groups = count / TARE__MAP_PLACES;

    if (count > SIZE_MAX / 4)
        return 0;
    if (count > TARE__MAP_PLACES)
        groups += groups / (map->is_fast ? 3 : 9);
    while (tare__map_limit(map, groups) < count)
        groups++;
    return groups;
}

static size_t groups_next(const struct tare_map *map)
{
    size_t groups = map->group_count;

    if (groups < 16)
        return groups ? 4 * groups : 1;
    if (groups < MAP_GROUPS_LARGE || map->is_fast)
        return 2 * groups;
    return groups < MAP_GROUPS_HUGE ? groups + groups / 2 : groups + groups / 7 * 3;
}

/* A map that nobody fills further is best less full than it may be, most of all where it is small. */
int tare__map_reserve(struct tare_map *map, size_t count, const struct tare__map_type *type)
{
    if (count <= map->limit)
        return 0;
    size_t roomy =
        count < MAP_GROUPS_LARGE * TARE__MAP_PLACES ? count + count / 3 : count + count / 8;
    size_t groups = groups_for(map, count > TARE__MAP_PLACES ? roomy : count);
    if (!groups)
        return -ENOMEM;
    begin(map);
    return groups > map->group_count ? tare__map_rebuild(map, groups, false, type) : 0;
}

/* An alarm is answered with another seed, once: until there are twice as many entries, what does
 * not help is not tried again. Counters that have stopped begin anew. Without memory for it the map
 * goes on as it is. */
static void mend(struct tare_map *map, const struct tare__map_type *type)
{
    bool was_alarmed = map->is_alarmed;

    map->limit = tare__map_limit(map, map->group_count);
    map->is_alarmed = false;
    if (was_alarmed) {
        map->alarms++;
        map->calm_limit = 2 * map->count;
    }
    if (tare__map_rebuild(map, map->group_count, was_alarmed, type))
        map->stopped_limit = 2 * map->stopped;
}

int tare__map_grow(struct tare_map *map, const struct tare__map_type *type)
{
    begin(map);
    if (map->is_alarmed || map->stopped > map->stopped_limit)
        mend(map, type);
    if (map->count < map->limit)
        return 0;
    return tare__map_rebuild(map, groups_next(map), false, type);
}

int tare__map_shrink(struct tare_map *map, const struct tare__map_type *type)
{
    size_t groups = groups_for(map, map->count);

    if (!groups)
        free_memory(map, type);
    return groups < map->group_count ? tare__map_rebuild(map, groups, false, type) : 0;
}

static int copy_memory(struct tare_map *copy, const struct tare_map *map,
                       const struct tare__map_type *type)
{
    size_t entry_bytes = map->group_count * TARE__MAP_PLACES * type->entry_bytes;

    copy->groups = tare__map_alloc_groups(map, map->group_count);
    copy->entries = tare_mem_alloc(map->mem, entry_bytes, type->entry_alignment);
    if (!copy->groups || !copy->entries) {
        tare__map_free_groups(map, copy->groups, map->group_count);
        tare_mem_free(map->mem, copy->entries, entry_bytes, type->entry_alignment);
        return -ENOMEM;
    }
    memcpy(copy->groups, map->groups, map->group_count * sizeof *map->groups);
    memcpy(copy->entries, map->entries, entry_bytes);
    copy->entry_groups = map->group_count;
    return 0;
}

/* The copies of keys before `number` go again. */
static void destroy_copies(struct tare_map *copy, size_t number,
                           const struct tare__map_type *type)
{
    struct tare_map_cursor cursor = {0};
    size_t at;

    while ((at = tare__map_next(copy, &cursor)) != number)
        type->destroy_copy(copy, (char *)copy->entries + at * type->entry_bytes);
}

int tare__map_clone(struct tare_map *copy, const struct tare_map *map,
                    const struct tare__map_type *type)
{
    struct tare_map made = *map;
    struct tare_map_cursor cursor = {0};
    size_t number;

    TARE_ASSERT(!copy->count);
    if (map->groups && copy_memory(&made, map, type))
        return -ENOMEM;
    while (type->copy && (number = tare__map_next(&made, &cursor)) != SIZE_MAX)
        if (!type->copy(&made, (char *)made.entries + number * type->entry_bytes)) {
            destroy_copies(&made, number, type);
            free_memory(&made, type);
            return -ENOMEM;
        }
    free_memory(copy, type);
    *copy = made;
    TARE_AUDIT(tare__map_valid(copy, type));
    return 0;
}

size_t tare__map_pass(struct tare_map *map, uint64_t hash)
{
    size_t at = tare__map_home(hash, map->group_count), tried = 1;
    tare__map_mask free_places;

    for (; !(free_places = tare__map_free(map->groups + at)); tried++) {
        tare__map_count_pass(map, map->groups + at, hash);
        at = tare__map_step(at, tried, map->group_count);
    }
    if (tried > MAP_WAY_MAX && map->count >= map->calm_limit)
        map->is_alarmed = true;
    if (map->is_alarmed || map->stopped > map->stopped_limit)
        map->limit = 0; /* the next insertion asks for more groups, and is heard */
    return tare__map_occupy(map, hash, at, free_places);
}

void tare__map_unpass(struct tare_map *map, uint64_t hash, size_t at)
{
    size_t way = tare__map_home(hash, map->group_count);

    for (size_t tried = 1; way != at; tried++) {
        tare__map_count_back(map->groups + way, hash);
        way = tare__map_step(way, tried, map->group_count);
    }
}
