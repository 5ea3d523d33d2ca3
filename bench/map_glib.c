/* SPDX-License-Identifier: MIT
 *
 * GHashTable, with pointers for integers; text with a 0 at its end.
 */
#include "bench/map_worker.h"

#include <glib.h>

#ifdef MAP_OF_TEXT
#define KEY_OF(key) ((gpointer)(uintptr_t)(key).bytes)
#define NEW_TABLE() g_hash_table_new(g_str_hash, g_str_equal)
#else
#define KEY_OF(key) ((gpointer)(uintptr_t)(key))
#define NEW_TABLE() g_hash_table_new(g_direct_hash, g_direct_equal)
#endif

MAP_INLINE GHashTable *map_make(void)
{
    return NEW_TABLE();
}

MAP_INLINE void map_drop(GHashTable *map)
{
    g_hash_table_destroy(map);
}

MAP_INLINE void map_room(GHashTable *map, size_t count)
{
    (void)map;
    (void)count; /* it has no such call */
}

MAP_INLINE void map_put(GHashTable *map, map_key key, uint64_t value)
{
    g_hash_table_insert(map, KEY_OF(key), (gpointer)(uintptr_t)value);
}

MAP_INLINE bool map_get(GHashTable *map, map_key key, uint64_t *value)
{
    gpointer found;

    if (!g_hash_table_lookup_extended(map, KEY_OF(key), NULL, &found))
        return false;
    *value = (uintptr_t)found;
    return true;
}

MAP_INLINE bool map_cut(GHashTable *map, map_key key)
{
    return g_hash_table_remove(map, KEY_OF(key));
}

MAP_INLINE uint64_t map_sum(GHashTable *map)
{
    GHashTableIter iter;
    gpointer value;
    uint64_t sum = 0;

    g_hash_table_iter_init(&iter, map);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        sum += (uintptr_t)value;
    return sum;
}

#define MAP_WAY_TYPE GHashTable
#include "bench/map_loops.h"
