/* SPDX-License-Identifier: MIT
 *
 * bench/map_standard.h - maps with the interface of std::unordered_map, for bench/map_loops.h.
 *
 * Shape    MAP_WAY_TEMPLATE: the class. With MAP_WAY_HASH: the hash of text; without: its own.
 * Units    as in bench/map_worker.h
 * Owner    as there
 * Threads  single owner
 * Errors   as there
 * Cost     what is measured
 * Source   none
 */
#ifndef TARE_BENCH_MAP_STANDARD_H
#define TARE_BENCH_MAP_STANDARD_H

#include "bench/map_worker.h"

#ifdef MAP_WAY_TEMPLATE

#include <string_view>

#ifdef MAP_OF_TEXT
typedef std::string_view way_key;
MAP_INLINE way_key own_key(map_key key)
{
    return way_key(key.bytes, key.length);
}
#else
typedef uint64_t way_key;
MAP_INLINE way_key own_key(map_key key)
{
    return key;
}
#endif

#if defined MAP_OF_TEXT && defined MAP_WAY_HASH
typedef MAP_WAY_TEMPLATE<way_key, uint64_t, MAP_WAY_HASH> way;
#else
typedef MAP_WAY_TEMPLATE<way_key, uint64_t> way;
#endif

MAP_INLINE way *map_make(void)
{
    return new way;
}

MAP_INLINE void map_drop(way *map)
{
    delete map;
}

MAP_INLINE void map_room(way *map, size_t count)
{
    map->reserve(count);
}

MAP_INLINE void map_put(way *map, map_key key, uint64_t value)
{
    (*map)[own_key(key)] = value;
}

MAP_INLINE bool map_get(const way *map, map_key key, uint64_t *value)
{
    auto found = map->find(own_key(key));

    if (found == map->end())
        return false;
    *value = found->second;
    return true;
}

MAP_INLINE bool map_cut(way *map, map_key key)
{
    return map->erase(own_key(key)) == 1;
}

MAP_INLINE uint64_t map_sum(const way *map)
{
    uint64_t sum = 0;

    for (const auto &entry : *map)
        sum += entry.second;
    return sum;
}

#define MAP_WAY_TYPE way
#include "bench/map_loops.h"

#endif

#endif
