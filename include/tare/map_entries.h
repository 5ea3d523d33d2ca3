/* SPDX-License-Identifier: MIT
 *
 * tare/map_entries.h - finding, inserting and removing single entries of a map.
 *
 * Shape    the part of what <tare/map.h> and <tare/map_ordered.h> make for a type that is the same in
 *          both; <tare/map_flat.h> or <tare/map_ordered_typed.h> stand before it.
 * Units    entries
 * Owner    as in <tare/map.h>
 * Threads  externally synchronised
 * Errors   int: 0, -ENOMEM and what else is said. A failed call changes nothing.
 * Cost     as in <tare/map.h>
 * Source   none
 */
#ifdef TARE_MAP_NAME

TARE_BEGIN

TARE_INLINE size_t TARE__MAP_(_count)(const TARE__MAP *map)
{
    return map->map.count;
}

/* In one group. */
TARE_ALWAYS_INLINE TARE__SPOT TARE__MAP_(__search)(const struct tare_map *map,
                                                   TARE__MAP_KEY key, uint64_t hash,
                                                   size_t at)
{
    TARE__PLACE *filled = (TARE__PLACE *)map->entries + at * TARE__MAP_PLACES;
    tare__map_mask places = tare__map_match(map->groups + at, hash);
    TARE__SPOT spot = {NULL, (uint32_t)at, 0};

    if (places)
        tare__map_prefetch(filled, sizeof *filled);
    for (; places; places &= places - 1) {
        spot.place = (uint32_t)tare__map_lowest(places);
        if (TARE_LIKELY(TARE__MAP_(__is_at)(map, filled + spot.place, key, hash))) {
            spot.entry = TARE__MAP_(__entry_of)(map, filled + spot.place);
            break;
        }
    }
    return spot;
}

/* In the groups after the first. */
static __attribute__((noinline, unused, pure)) TARE__SPOT
TARE__MAP_(__search_on)(const struct tare_map *map, TARE__MAP_KEY key, uint64_t hash)
{
    size_t at = tare__map_home(hash, map->group_count), tried = 1;
    TARE__SPOT spot;

    do {
        at = tare__map_step(at, tried, map->group_count);
        spot = TARE__MAP_(__search)(map, key, hash, at);
    } while (!spot.entry && tare__map_is_passed(map->groups + at, hash) &&
             tried++ <= map->group_count + TARE__MAP_STEPS);
    return spot;
}

TARE_ALWAYS_INLINE TARE__SPOT TARE__MAP_(__probe)(const struct tare_map *map,
                                                  TARE__MAP_KEY key, uint64_t hash)
{
    size_t home = tare__map_home(hash, map->group_count);
    TARE__SPOT spot = TARE__MAP_(__search)(map, key, hash, home);

    if (TARE_LIKELY(spot.entry || !tare__map_is_passed(map->groups + home, hash)))
        return spot;
    return TARE__MAP_(__search_on)(map, key, hash);
}

/* The entry of the key; NULL: there is none. Its value may be changed, its key may not. */
TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(_find)(const TARE__MAP *map, TARE__MAP_KEY key)
{
    if (TARE_UNLIKELY(!map->map.groups || !TARE__MAP_(__fits)(key)))
        return NULL;
    return TARE__MAP_(__probe)(&map->map, key, TARE__MAP_(__hash)(&map->map, key)).entry;
}

TARE_ALWAYS_INLINE bool TARE__MAP_(_has)(const TARE__MAP *map, TARE__MAP_KEY key)
{
    return TARE__MAP_(_find)(map, key) != NULL;
}

/* The entry of the key, a new one if there was none, whose value is for the caller to set;
 * `is_new` says which. NULL: no memory, or text of 4 GiB or more. */
TARE_NODISCARD TARE_ALWAYS_INLINE TARE__ENTRY *
TARE__MAP_(_find_or_insert)(TARE__MAP *map, TARE__MAP_KEY key, bool *is_new)
{
    TARE__ENTRY *entry;

    *is_new = true;
    if (TARE_UNLIKELY(!TARE__MAP_(__fits)(key)))
        return NULL;
    if (TARE_UNLIKELY(!map->map.groups))
        return TARE__MAP_(__grow_and_put)(&map->map, key);
    uint64_t hash = TARE__MAP_(__hash)(&map->map, key);
    tare__map_prefetch_free(&map->map, hash, sizeof *entry);
    entry = TARE__MAP_(__probe)(&map->map, key, hash).entry;
    *is_new = !entry;
    return entry ? entry : TARE__MAP_(__add)(&map->map, key, hash);
}

#ifdef TARE_MAP_VALUE
/* -EEXIST: there is an entry of this key, which stays as it is. -EINVAL: text of 4 GiB or more. */
TARE_NODISCARD TARE_ALWAYS_INLINE int TARE__MAP_(_insert)(TARE__MAP *map, TARE__MAP_KEY key,
                                                          TARE_MAP_VALUE value)
{
    bool is_new;
    TARE__ENTRY *entry = TARE__MAP_(_find_or_insert)(map, key, &is_new);

    if (TARE_UNLIKELY(!entry))
        return TARE__MAP_(__fits)(key) ? -ENOMEM : -EINVAL;
    if (!is_new)
        return -EEXIST;
    entry->value = value;
    return 0;
}

/* The key has this value from now on; one that it had is overwritten. -EINVAL: text of 4 GiB or
 * more. */
TARE_NODISCARD TARE_ALWAYS_INLINE int TARE__MAP_(_set)(TARE__MAP *map, TARE__MAP_KEY key,
                                                       TARE_MAP_VALUE value)
{
    bool is_new;
    TARE__ENTRY *entry = TARE__MAP_(_find_or_insert)(map, key, &is_new);

    if (TARE_UNLIKELY(!entry))
        return TARE__MAP_(__fits)(key) ? -ENOMEM : -EINVAL;
    entry->value = value;
    return 0;
}
#else
/* -EEXIST: it is there. -EINVAL: text of 4 GiB or more. */
TARE_NODISCARD TARE_ALWAYS_INLINE int TARE__MAP_(_insert)(TARE__MAP *map, TARE__MAP_KEY key)
{
    bool is_new;

    if (TARE_UNLIKELY(!TARE__MAP_(_find_or_insert)(map, key, &is_new)))
        return TARE__MAP_(__fits)(key) ? -ENOMEM : -EINVAL;
    return is_new ? 0 : -EEXIST;
}
#endif

/* False: there is no entry of this key. */
TARE_ALWAYS_INLINE bool TARE__MAP_(_remove)(TARE__MAP *map, TARE__MAP_KEY key)
{
    if (TARE_UNLIKELY(!map->map.groups || !TARE__MAP_(__fits)(key)))
        return false;
    uint64_t hash = TARE__MAP_(__hash)(&map->map, key);
    TARE__SPOT spot = TARE__MAP_(__probe)(&map->map, key, hash);
    if (!spot.entry)
        return false;
    TARE__MAP_(__remove_from)(map, hash, spot);
    return true;
}

TARE_END

#endif
