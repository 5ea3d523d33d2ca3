/* SPDX-License-Identifier: MIT
 *
 * <tare/map.h>, as its users write it. With MAP_FAST: .is_fast; with MAP_ORDERED:
 * <tare/map_ordered.h>, which has no lookups in bulk.
 */
#include "bench/map_worker.h"

#include <stdlib.h>

#define TARE_MAP_NAME values
#ifdef MAP_OF_TEXT
#define TARE_MAP_TEXT TARE_MAP_BORROWED
#else
#define TARE_MAP_KEY uint64_t
#endif
#define TARE_MAP_VALUE uint64_t
#ifdef MAP_ORDERED
#include <tare/map_ordered.h>
#else
#include <tare/map.h>
#endif

#ifndef MAP_FAST
#define MAP_FAST false
#endif

#ifdef MAP_OF_TEXT
MAP_INLINE struct tare_text own_key(map_key key)
{
    struct tare_text text = {key.bytes, key.length};

    return text;
}
#else
MAP_INLINE uint64_t own_key(map_key key)
{
    return key;
}
#endif

MAP_INLINE struct values *map_make(void)
{
    static const struct tare_map_options options = {.is_fast = MAP_FAST};
    struct values *map = malloc(sizeof *map);

    values_init(map, &options);
    return map;
}

MAP_INLINE void map_drop(struct values *map)
{
    values_fini(map);
    free(map);
}

MAP_INLINE void map_room(struct values *map, size_t count)
{
    if (values_reserve(map, count))
        abort();
}

MAP_INLINE void map_put(struct values *map, map_key key, uint64_t value)
{
    if (values_set(map, own_key(key), value))
        abort();
}

MAP_INLINE bool map_get(const struct values *map, map_key key, uint64_t *value)
{
    const struct values_entry *entry = values_find(map, own_key(key));

    if (entry)
        *value = entry->value;
    return entry;
}

MAP_INLINE bool map_cut(struct values *map, map_key key)
{
    return values_remove(map, own_key(key));
}

MAP_INLINE uint64_t map_sum(const struct values *map)
{
    struct tare_map_cursor cursor = {0};
    const struct values_entry *entry;
    uint64_t sum = 0;

    while ((entry = values_next(map, &cursor)))
        sum += entry->value;
    return sum;
}

#define MAP_WAY_TYPE struct values
#ifdef MAP_ORDERED
#include "bench/map_loops.h"
#else
static double bulk_hit(const struct map_keys *keys);
static double bulk_insert(const struct map_keys *keys);

#define MAP_WAY_BULK bulk_hit, bulk_insert
#include "bench/map_loops.h"

/* Keys as the map has them, as a caller who has many has them too. */
#ifdef MAP_OF_TEXT
static const struct tare_text *own_keys(const map_key *keys)
{
    return (const struct tare_text *)(const void *)keys;
}
#else
static const uint64_t *own_keys(const map_key *keys)
{
    return keys;
}
#endif

static double bulk_hit(const struct map_keys *keys)
{
    enum { CHUNK = 1024 };
    struct values *map = loop_filled(keys);
    struct values_entry *entries[CHUNK];
    size_t found = 0;
    uint64_t sum = 0;
    double start = map_now_ns();

    for (size_t done = 0; done + CHUNK <= keys->steps; done += CHUNK) {
        found += values_find_many(map, own_keys(keys->hits + done), CHUNK, entries);
        for (size_t i = 0; i < CHUNK; i++)
            sum += entries[i]->value;
    }
    double ns = map_now_ns() - start;
    map_sink += sum;
    map_expect(found == keys->steps / CHUNK * CHUNK, "lookups in bulk");
    map_drop(map);
    return ns / (double)found;
}

static double bulk_insert(const struct map_keys *keys)
{
    uint64_t *numbers = calloc(keys->count, sizeof *numbers);
    size_t rounds = loop_rounds(keys);
    double ns = 0;

    for (size_t round = 0; round < rounds; round++) {
        double start = map_now_ns();
        struct values *map = map_make();

        if (values_insert_many(map, own_keys(keys->there), numbers, keys->count))
            abort();
        ns += map_now_ns() - start;
        map_expect(values_count(map) == keys->count, "insertion in bulk");
        map_drop(map);
    }
    free(numbers);
    return ns / (double)(rounds * keys->count);
}
#endif
