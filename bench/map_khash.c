/* SPDX-License-Identifier: MIT
 *
 * khash of klib, as htslib brings it along; with its own hashes.
 */
#include "bench/map_worker.h"

#include <htslib/khash.h>

#ifdef MAP_OF_TEXT
MAP_INLINE khint_t text_hash(map_key key)
{
    khint_t hash = 0;

    for (size_t i = 0; i < key.length; i++)
        hash = (hash << 5) - hash + (khint_t)key.bytes[i];
    return hash;
}
#define TEXT_EQUAL(a, b) \
    ((a).length == (b).length && !memcmp((a).bytes, (b).bytes, (a).length))
KHASH_INIT(way, map_key, uint64_t, 1, text_hash, TEXT_EQUAL)
#else
KHASH_INIT(way, map_key, uint64_t, 1, kh_int64_hash_func, kh_int64_hash_equal)
#endif

MAP_INLINE khash_t(way) * map_make(void)
{
    return kh_init(way);
}

MAP_INLINE void map_drop(khash_t(way) * map)
{
    kh_destroy(way, map);
}

MAP_INLINE void map_room(khash_t(way) * map, size_t count)
{
    kh_resize(way, map, (khint_t)(count + count / 3 + 1));
}

MAP_INLINE void map_put(khash_t(way) * map, map_key key, uint64_t value)
{
    int is_new;

    khint_t at = kh_put(way, map, key, &is_new);
    kh_value(map, at) = value;
}

MAP_INLINE bool map_get(const khash_t(way) * map, map_key key, uint64_t *value)
{
    khint_t at = kh_get(way, map, key);

    if (at == kh_end(map))
        return false;
    *value = kh_value(map, at);
    return true;
}

MAP_INLINE bool map_cut(khash_t(way) * map, map_key key)
{
    khint_t at = kh_get(way, map, key);

    if (at == kh_end(map))
        return false;
    kh_del(way, map, at);
    return true;
}

MAP_INLINE uint64_t map_sum(const khash_t(way) * map)
{
    uint64_t sum = 0;

    for (khint_t at = kh_begin(map); at != kh_end(map); at++)
        if (kh_exist(map, at))
            sum += kh_value(map, at);
    return sum;
}

#define MAP_WAY_TYPE khash_t(way)
#include "bench/map_loops.h"
