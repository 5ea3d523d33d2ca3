/* SPDX-License-Identifier: MIT
 *
 * Verstable, of MAP_PEERS; with its own hash of integers, and of text with ours.
 */
#include "bench/map_worker.h"

#include <stdlib.h>

#include <tare/map_hash.h>

#ifdef MAP_OF_TEXT
MAP_INLINE uint64_t text_hash(map_key key)
{
    return tare_hash_text(key.bytes, key.length, 0x2d358dccaa6c78a5u);
}

MAP_INLINE bool text_equal(map_key a, map_key b)
{
    return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}
#define HASH_FN text_hash
#define CMPR_FN text_equal
#endif
#define NAME way
#define KEY_TY map_key
#define VAL_TY uint64_t
#include <verstable.h>

MAP_INLINE way *map_make(void)
{
    way *map = malloc(sizeof *map);

    way_init(map);
    return map;
}

MAP_INLINE void map_drop(way *map)
{
    way_cleanup(map);
    free(map);
}

MAP_INLINE void map_room(way *map, size_t count)
{
    if (!way_reserve(map, count))
        abort();
}

MAP_INLINE void map_put(way *map, map_key key, uint64_t value)
{
    if (way_is_end(way_insert(map, key, value)))
        abort();
}

MAP_INLINE bool map_get(way *map, map_key key, uint64_t *value)
{
    way_itr found = way_get(map, key);

    if (way_is_end(found))
        return false;
    *value = found.data->val;
    return true;
}

MAP_INLINE bool map_cut(way *map, map_key key)
{
    return way_erase(map, key);
}

MAP_INLINE uint64_t map_sum(way *map)
{
    uint64_t sum = 0;

    for (way_itr at = way_first(map); !way_is_end(at); at = way_next(at))
        sum += at.data->val;
    return sum;
}

#define MAP_WAY_TYPE way
#include "bench/map_loops.h"
