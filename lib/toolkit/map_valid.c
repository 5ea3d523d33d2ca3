/* SPDX-License-Identifier: MIT */
#include "toolkit/map_parts.h"

static uint64_t hash_of(const struct tare_map *map, size_t number,
                        const struct tare__map_type *type)
{
    static const uint8_t first = 0;
    uint64_t hash;

    type->hash(map, (char *)map->entries + number * type->entry_bytes, &first, 1, &hash,
               false);
    return hash;
}

/* Groups that an entry passed; SIZE_MAX: it is not on its way, or one does not count it. */
static size_t way_of(const struct tare_map *map, uint64_t hash, size_t at)
{
    size_t way = tare__map_home(hash, map->group_count), passed = 0;

    for (; way != at; passed++) {
        if (!tare__map_is_passed(map->groups + way, hash) ||
            passed > map->group_count + TARE__MAP_STEPS)
            return SIZE_MAX;
        way = tare__map_step(way, passed + 1, map->group_count);
    }
    return passed;
}

/* What all counters say; and the groups of which one has stopped. */
static size_t sum_passed(const struct tare_map *map, size_t *saturated)
{
    size_t sum = 0;

    *saturated = 0;
    for (size_t at = 0; at < map->group_count; at++) {
        bool has_stopped = false;

        for (unsigned bit = 0; bit < 16; bit += 4) {
            unsigned passed = map->groups[at].passed >> bit & TARE__MAP_PASSED_MAX;

            sum += passed;
            has_stopped |= passed == TARE__MAP_PASSED_MAX;
        }
        *saturated += has_stopped;
    }
    return sum;
}

struct tare_map_stats tare__map_stats(const struct tare_map *map,
                                      const struct tare__map_type *type)
{
    size_t number;
    struct tare_map_cursor cursor = {0};
    struct tare_map_stats stats = {
        .entries = map->count,
        .places = map->group_count * TARE__MAP_PLACES,
        .bytes = map->group_count * sizeof *map->groups +
                 map->entry_groups * TARE__MAP_PLACES * type->entry_bytes,
        .alarms = map->alarms,
    };

    sum_passed(map, &stats.saturated_groups);
    while ((number = tare__map_next(map, &cursor)) != SIZE_MAX) {
        size_t way = way_of(map, hash_of(map, number, type), number / TARE__MAP_PLACES);

        stats.displaced += way != 0;
        if (way > stats.longest_way)
            stats.longest_way = way;
    }
    return stats;
}

bool tare__map_valid(const struct tare_map *map, const struct tare__map_type *type)
{
    struct tare_map_cursor cursor = {0};
    size_t number, entries = 0, passed = 0, saturated,
                   counted = sum_passed(map, &saturated);

    if (!map->groups)
        return !map->entries && !map->count && !map->limit && !map->group_count;
    if (!map->mem || !map->seed || map->entry_groups < map->group_count ||
        (map->limit && map->limit != tare__map_limit(map, map->group_count)))
        return false;
    for (; (number = tare__map_next(map, &cursor)) != SIZE_MAX; entries++) {
        size_t at = number / TARE__MAP_PLACES, place = number % TARE__MAP_PLACES;
        uint64_t hash = hash_of(map, number, type);
        size_t way = way_of(map, hash, at);

        if (way == SIZE_MAX || map->groups[at].tags[place] != tare__map_tag(hash))
            return false;
        passed += way;
    }
    return entries == map->count && (saturated || passed == counted);
}
