/* SPDX-License-Identifier: MIT
 *
 * khashl, of MAP_PEERS; with its own hashes.
 */
#include "bench/map_worker.h"

#include <khashl.h>

#ifdef MAP_OF_TEXT
#define TEXT_HASH(key) kh_hash_bytes((int)(key).length, (const unsigned char *)(key).bytes)
#define TEXT_EQUAL(a, b) \
    ((a).length == (b).length && !memcmp((a).bytes, (b).bytes, (a).length))
KHASHL_MAP_INIT(KH_LOCAL, way, way, map_key, uint64_t, TEXT_HASH, TEXT_EQUAL)
#else
KHASHL_MAP_INIT(KH_LOCAL, way, way, map_key, uint64_t, kh_hash_uint64, kh_eq_generic)
#endif

MAP_INLINE way *map_make(void)
{
    return way_init();
}

MAP_INLINE void map_drop(way *map)
{
    way_destroy(map);
}

MAP_INLINE void map_room(way *map, size_t count)
{
    way_resize(map, (khint_t)(count + count / 3 + 1));
}

MAP_INLINE void map_put(way *map, map_key key, uint64_t value)
{
    int is_new;

    khint_t at = way_put(map, key, &is_new);
    kh_val(map, at) = value;
}

MAP_INLINE bool map_get(way *map, map_key key, uint64_t *value)
{
    khint_t at = way_get(map, key);

    if (at == kh_end(map))
        return false;
    *value = kh_val(map, at);
    return true;
}

MAP_INLINE bool map_cut(way *map, map_key key)
{
    khint_t at = way_get(map, key);

    if (at == kh_end(map))
        return false;
    way_del(map, at);
    return true;
}

MAP_INLINE uint64_t map_sum(way *map)
{
    uint64_t sum = 0;
    khint_t at;

    kh_foreach(map, at)
    {
        sum += kh_val(map, at);
    }
    return sum;
}

#define MAP_WAY_TYPE way
#include "bench/map_loops.h"
