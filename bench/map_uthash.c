/* SPDX-License-Identifier: MIT
 *
 * uthash: an allocation an entry, by malloc.
 */
#include "bench/map_worker.h"

#include <stdlib.h>
#include <uthash.h>

struct item {
    map_key key;
    uint64_t value;
    UT_hash_handle hh;
};

struct way {
    struct item *all;
};

#ifdef MAP_OF_TEXT
#define KEY_OF(key) (key).bytes, (key).length
#else
#define KEY_OF(key) &(key), sizeof(key)
#endif
/* arguments that are one by now */
#define FIND(...) HASH_FIND(__VA_ARGS__)
#define ADD(...) HASH_ADD_KEYPTR(__VA_ARGS__)

MAP_INLINE struct way *map_make(void)
{
    return calloc(1, sizeof(struct way));
}

MAP_INLINE void map_drop(struct way *map)
{
    struct item *item, *next;

    HASH_ITER(hh, map->all, item, next)
    {
        HASH_DEL(map->all, item);
        free(item);
    }
    free(map);
}

MAP_INLINE void map_room(struct way *map, size_t count)
{
    (void)map;
    (void)count; /* it has no such call */
}

MAP_INLINE struct item *item_of(const struct way *map, map_key key)
{
    struct item *found;

    FIND(hh, map->all, KEY_OF(key), found);
    return found;
}

MAP_INLINE void map_put(struct way *map, map_key key, uint64_t value)
{
    struct item *item = item_of(map, key);

    if (!item) {
        item = malloc(sizeof *item);
        item->key = key;
        ADD(hh, map->all, KEY_OF(item->key), item);
    }
    item->value = value;
}

MAP_INLINE bool map_get(const struct way *map, map_key key, uint64_t *value)
{
    const struct item *item = item_of(map, key);

    if (item)
        *value = item->value;
    return item;
}

MAP_INLINE bool map_cut(struct way *map, map_key key)
{
    struct item *item = item_of(map, key);

    if (!item)
        return false;
    HASH_DEL(map->all, item);
    free(item);
    return true;
}

MAP_INLINE uint64_t map_sum(const struct way *map)
{
    uint64_t sum = 0;

    for (const struct item *item = map->all; item; item = item->hh.next)
        sum += item->value;
    return sum;
}

#define MAP_WAY_TYPE struct way
#include "bench/map_loops.h"
