/* SPDX-License-Identifier: MIT
 *
 * tare/map_whole.h - a map as a whole, and many of its entries at once.
 *
 * Shape    the last part of what <tare/map.h> makes for a type.
 * Units    entries
 * Owner    as in <tare/map.h>
 * Threads  externally synchronised
 * Errors   int: 0, -ENOMEM and what else is said. A failed call changes nothing.
 * Cost     as in <tare/map.h>
 * Source   none
 */
#ifdef TARE_MAP_NAME

TARE_BEGIN

/* Room for `count` entries in all: up to there nothing is allocated and nothing moves. */
TARE_NODISCARD TARE_INLINE int TARE__MAP_(_reserve)(TARE__MAP *map, size_t count)
{
    return tare__map_reserve(&map->map, count, TARE__MAP_(__type)());
}

TARE_NODISCARD TARE_INLINE int TARE__MAP_(_reserve_for)(TARE__MAP *map, size_t expected,
                                                        unsigned headroom_percent)
{
    return TARE__MAP_(_reserve)(map, tare_capacity_for(expected, headroom_percent));
}

/* No more memory than the entries need. */
TARE_NODISCARD TARE_INLINE int TARE__MAP_(_shrink)(TARE__MAP *map)
{
    return tare__map_shrink(&map->map, TARE__MAP_(__type)());
}

/* All entries are gone; the memory stays. */
TARE_INLINE void TARE__MAP_(_clear)(TARE__MAP *map)
{
    tare__map_clear(&map->map, TARE__MAP_(__type)());
}

/* `copy`, all-zero or initialised and empty, gets what `map` has, with the same seed and memory; owned
 * keys are copied, values as they are. */
TARE_NODISCARD TARE_INLINE int TARE__MAP_(_clone)(TARE__MAP *copy, const TARE__MAP *map)
{
    return tare__map_clone(&copy->map, &map->map, TARE__MAP_(__type)());
}

/* Entries whose keys `map` has not move there from `other`; the others stay. Owned keys need the
 * same memory on both sides. */
TARE_NODISCARD TARE_INLINE int TARE__MAP_(_merge)(TARE__MAP *map, TARE__MAP *other)
{
    struct tare_map_cursor cursor = {0, 0, 0, 0};
    TARE__ENTRY *entry;

    if (!other->map.count)
        return 0;
    if (TARE__MAP_(_reserve)(map, map->map.count + other->map.count))
        return -ENOMEM;
    while ((entry = TARE__MAP_(_next)(other, &cursor))) {
        TARE__MAP_KEY key = TARE__MAP_(__key)(entry);
        uint64_t hash = TARE__MAP_(__hash)(&map->map, key);

        if (TARE__MAP_(__probe)(&map->map, key, hash).entry)
            continue;
        TARE__ENTRY *moved =
            (TARE__ENTRY *)map->map.entries + tare__map_place(&map->map, hash);
        size_t number = (size_t)(entry - (TARE__ENTRY *)other->map.entries);
        *moved = *entry;
        TARE__MAP_(__set_key)(moved, key, hash);
        tare__map_unplace(&other->map, TARE__MAP_(__rehash)(&other->map, entry, false),
                          number / TARE__MAP_PLACES, number % TARE__MAP_PLACES);
    }
    return 0;
}

/* Many at once: what one waits for in memory, the others wait for at the same time. */

/* Hashes of at most a batch of keys; what they will be looked for in is on its way. `likely`: the first
 * entry of each tag, or NULL; none are asked for by who wants what is free as well. */
TARE_ALWAYS_INLINE void TARE__MAP_(__approach)(const struct tare_map *map,
                                               TARE__MAP_KEY const *keys, size_t count,
                                               uint64_t *hashes, TARE__ENTRY **likely)
{
    for (size_t i = 0; i < count; i++) {
        hashes[i] = TARE__MAP_(__fits)(keys[i]) ? TARE__MAP_(__hash)(map, keys[i]) : 0;
        __builtin_prefetch(map->groups + tare__map_home(hashes[i], map->group_count));
    }
    for (size_t i = 0; i < count; i++) {
        size_t home = tare__map_home(hashes[i], map->group_count);
        tare__map_mask places = tare__map_match(map->groups + home, hashes[i]);

        if (!places && !likely)
            places = tare__map_free(map->groups + home);
        TARE__ENTRY *first = (TARE__ENTRY *)map->entries + home * TARE__MAP_PLACES +
                             (places ? tare__map_lowest(places) : 0);
        __builtin_prefetch(first);
        if (likely)
            likely[i] = places ? first : NULL;
    }
}

/* entries[i] is the one of keys[i], or NULL. How many were found. */
TARE_INLINE size_t TARE__MAP_(_find_many)(const TARE__MAP *map, TARE__MAP_KEY const *keys,
                                          size_t count, TARE__ENTRY **entries)
{
    uint64_t hashes[TARE__MAP_BATCH];
    size_t found = 0;

    if (!map->map.groups) {
        for (size_t i = 0; i < count; i++)
            entries[i] = NULL;
        return 0;
    }
    for (size_t done = 0; done < count; done += TARE__MAP_BATCH) {
        size_t left = count - done, batch = left < TARE__MAP_BATCH ? left : TARE__MAP_BATCH;
        TARE__ENTRY **at = entries + done;

        TARE__MAP_(__approach)(&map->map, keys + done, batch, hashes, at);
        for (size_t i = 0; i < batch; i++) {
            TARE__MAP_KEY key = keys[done + i];

            if (TARE_UNLIKELY(!at[i] || !TARE__MAP_(__is)(at[i], key, hashes[i])))
                at[i] = TARE__MAP_(__probe)(&map->map, key, hashes[i]).entry;
            found += at[i] != NULL;
        }
    }
    return found;
}

#if !TARE__MAP_OWNS
/* As with _set, or _insert in a set, for each: keys that are there already are no error. Room for
 * all is made first. -EINVAL: one of them is text of 4 GiB or more. */
TARE_NODISCARD TARE_INLINE int TARE__MAP_(_insert_many)(TARE__MAP *map,
                                                        TARE__MAP_KEY const *keys,
#ifdef TARE_MAP_VALUE
                                                        TARE_MAP_VALUE const *values,
#endif
                                                        size_t count)
{
    uint64_t hashes[TARE__MAP_BATCH];

    for (size_t i = 0; i < count; i++)
        if (!TARE__MAP_(__fits)(keys[i]))
            return -EINVAL;
    if (count > SIZE_MAX - map->map.count ||
        TARE__MAP_(_reserve)(map, map->map.count + count))
        return -ENOMEM;
    for (size_t done = 0; done < count; done += TARE__MAP_BATCH) {
        size_t left = count - done, batch = left < TARE__MAP_BATCH ? left : TARE__MAP_BATCH;
        uint64_t seed = map->map.seed;

        TARE__MAP_(__approach)(&map->map, keys + done, batch, hashes, NULL);
        for (size_t i = 0; i < batch; i++) {
            /* an alarm may have changed the seed */
            uint64_t hash = TARE_LIKELY(map->map.seed == seed)
                                ? hashes[i]
                                : TARE__MAP_(__hash)(&map->map, keys[done + i]);
            TARE__ENTRY *entry = TARE__MAP_(__probe)(&map->map, keys[done + i], hash).entry;

            if (!entry)
                entry = TARE__MAP_(__add)(&map->map, keys[done + i], hash);
            if (!entry)
                return -ENOMEM; /* cannot be: there is room */
#ifdef TARE_MAP_VALUE
            entry->value = values[done + i];
#endif
        }
    }
    return 0;
}
#endif

TARE_INLINE struct tare_map_stats TARE__MAP_(_stats)(const TARE__MAP *map)
{
    return tare__map_stats(&map->map, TARE__MAP_(__type)());
}

/* Is all as it has to be? Looks at each entry. */
TARE_INLINE bool TARE__MAP_(_valid)(const TARE__MAP *map)
{
    return tare__map_valid(&map->map, TARE__MAP_(__type)());
}

TARE_END

#include <tare/map_end.h>

#endif
