/* SPDX-License-Identifier: MIT
 *
 * tare/map_entries.h - finding, inserting, removing, meeting single entries of a map.
 *
 * Shape    the second part of what <tare/map.h> makes for a type.
 * Units    entries
 * Owner    as in <tare/map.h>
 * Threads  externally synchronised
 * Errors   int: 0, -ENOMEM and what else is said. A failed call changes nothing.
 * Cost     as in <tare/map.h>
 * Source   none
 */
#ifdef TARE_MAP_NAME

TARE_BEGIN

/* One that is not all-zero has to begin with this. `options`: NULL for none. */
TARE_INLINE void TARE__MAP_(_init)(TARE__MAP *map, const struct tare_map_options *options)
{
    tare__map_init(&map->map, options);
}

/* All entries and all memory are gone; the map is empty and can be used on. */
TARE_INLINE void TARE__MAP_(_fini)(TARE__MAP *map)
{
    tare__map_fini(&map->map, TARE__MAP_(__type)());
}

TARE_INLINE size_t TARE__MAP_(_count)(const TARE__MAP *map)
{
    return map->map.count;
}

/* Where an entry is. */
#define TARE__SPOT struct TARE__MAP_(__spot)
TARE__SPOT
{
    TARE__ENTRY *entry; /* NULL: nowhere */
    size_t at, place;
};

/* In one group. */
TARE_ALWAYS_INLINE TARE__SPOT TARE__MAP_(__search)(const struct tare_map *map,
                                                   TARE__MAP_KEY key, uint64_t hash,
                                                   size_t at)
{
    TARE__ENTRY *entries = (TARE__ENTRY *)map->entries + at * TARE__MAP_PLACES;
    tare__map_mask places = tare__map_match(map->groups + at, hash);
    TARE__SPOT spot = {NULL, at, 0};

    if (places)
        tare__map_prefetch(entries, sizeof *entries);
    for (; places; places &= places - 1) {
        spot.place = tare__map_lowest(places);
        if (TARE_LIKELY(TARE__MAP_(__is)(entries + spot.place, key, hash))) {
            spot.entry = entries + spot.place;
            break;
        }
    }
    return spot;
}

/* In the groups after the first. */
static __attribute__((noinline, unused, pure)) TARE__SPOT
TARE__MAP_(__search_on)(const struct tare_map *map, TARE__MAP_KEY key, uint64_t hash)
{
    TARE__SPOT spot = {NULL, tare__map_home(hash, map->group_count), 0};
    size_t tried = 1;

    do {
        spot.at = tare__map_step(spot.at, tried, map->group_count);
        spot = TARE__MAP_(__search)(map, key, hash, spot.at);
    } while (!spot.entry && tare__map_is_passed(map->groups + spot.at, hash) &&
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
    if (TARE_UNLIKELY(!map->map.groups))
        return NULL;
    return TARE__MAP_(__probe)(&map->map, key, TARE__MAP_(__hash)(&map->map, key)).entry;
}

TARE_ALWAYS_INLINE bool TARE__MAP_(_has)(const TARE__MAP *map, TARE__MAP_KEY key)
{
    return TARE__MAP_(_find)(map, key) != NULL;
}

/* A new entry, but for its value, in a map that has room. NULL: no memory for the key. */
TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(__put)(struct tare_map *map, TARE__MAP_KEY key,
                                                  uint64_t hash)
{
#if TARE__MAP_OWNS
    TARE__ENTRY owned;

    TARE__MAP_(__set_key)(&owned, key, hash);
    if (!TARE__MAP_(__own)(map, &owned))
        return NULL;
    key.start = owned.key.start;
#endif
    TARE__ENTRY *entry = (TARE__ENTRY *)map->entries + tare__map_place(map, hash);
    TARE__MAP_(__set_key)(entry, key, hash);
    return entry;
}

/* Apart, so that what was found out about the hash before holds where there is room. */
static __attribute__((noinline, unused)) TARE__ENTRY *
TARE__MAP_(__grow_and_put)(struct tare_map *map, TARE__MAP_KEY key)
{
    if (tare__map_grow(map, TARE__MAP_(__type)()))
        return NULL;
    return TARE__MAP_(__put)(map, key, TARE__MAP_(__hash)(map, key));
}

TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(__add)(struct tare_map *map, TARE__MAP_KEY key,
                                                  uint64_t hash)
{
    return TARE_UNLIKELY(map->count >= map->limit) ? TARE__MAP_(__grow_and_put)(map, key)
                                                   : TARE__MAP_(__put)(map, key, hash);
}

/* The entry of the key, a new one if there was none, whose value is for the caller to set;
 * `is_new` says which. NULL: no memory. */
TARE_NODISCARD TARE_ALWAYS_INLINE TARE__ENTRY *
TARE__MAP_(_find_or_insert)(TARE__MAP *map, TARE__MAP_KEY key, bool *is_new)
{
    uint64_t hash = TARE__MAP_(__hash)(&map->map, key);
    TARE__ENTRY *entry = NULL;

    if (TARE_LIKELY(map->map.groups != NULL))
        entry = TARE__MAP_(__probe)(&map->map, key, hash).entry;
    *is_new = !entry;
    return entry ? entry : TARE__MAP_(__add)(&map->map, key, hash);
}

#ifdef TARE_MAP_VALUE
/* -EEXIST: there is an entry of this key, which stays as it is. */
TARE_NODISCARD TARE_ALWAYS_INLINE int TARE__MAP_(_insert)(TARE__MAP *map, TARE__MAP_KEY key,
                                                          TARE_MAP_VALUE value)
{
    bool is_new;
    TARE__ENTRY *entry = TARE__MAP_(_find_or_insert)(map, key, &is_new);

    if (TARE_UNLIKELY(!entry))
        return -ENOMEM;
    if (!is_new)
        return -EEXIST;
    entry->value = value;
    return 0;
}

/* The key has this value from now on; one that it had is overwritten. */
TARE_NODISCARD TARE_ALWAYS_INLINE int TARE__MAP_(_set)(TARE__MAP *map, TARE__MAP_KEY key,
                                                       TARE_MAP_VALUE value)
{
    bool is_new;
    TARE__ENTRY *entry = TARE__MAP_(_find_or_insert)(map, key, &is_new);

    if (TARE_UNLIKELY(!entry))
        return -ENOMEM;
    entry->value = value;
    return 0;
}
#else
/* -EEXIST: it is there. */
TARE_NODISCARD TARE_ALWAYS_INLINE int TARE__MAP_(_insert)(TARE__MAP *map, TARE__MAP_KEY key)
{
    bool is_new;

    if (TARE_UNLIKELY(!TARE__MAP_(_find_or_insert)(map, key, &is_new)))
        return -ENOMEM;
    return is_new ? 0 : -EEXIST;
}
#endif

TARE_ALWAYS_INLINE void TARE__MAP_(__remove_from)(TARE__MAP *map, uint64_t hash,
                                                  TARE__SPOT spot)
{
#if defined TARE_MAP_DESTROY || TARE__MAP_OWNS
    TARE__MAP_(__destroy)(&map->map, spot.entry);
#endif
    tare__map_unplace(&map->map, hash, spot.at, spot.place);
}

/* False: there is no entry of this key. */
TARE_ALWAYS_INLINE bool TARE__MAP_(_remove)(TARE__MAP *map, TARE__MAP_KEY key)
{
    if (TARE_UNLIKELY(!map->map.groups))
        return false;
    uint64_t hash = TARE__MAP_(__hash)(&map->map, key);
    TARE__SPOT spot = TARE__MAP_(__probe)(&map->map, key, hash);
    if (!spot.entry)
        return false;
    TARE__MAP_(__remove_from)(map, hash, spot);
    return true;
}

/* One that was found, or met while iterating. */
TARE_INLINE void TARE__MAP_(_remove_entry)(TARE__MAP *map, TARE__ENTRY *entry)
{
    size_t number = (size_t)(entry - (TARE__ENTRY *)map->map.entries);
    TARE__SPOT spot = {entry, number / TARE__MAP_PLACES, number % TARE__MAP_PLACES};

    TARE__MAP_(__remove_from)(map, TARE__MAP_(__rehash)(&map->map, entry, false), spot);
}

/* From an all-zero cursor on: each entry once, then NULL. Between two calls entries may be removed,
 * and none inserted. */
TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(_next)(const TARE__MAP *map,
                                                  struct tare_map_cursor *cursor)
{
    size_t number = tare__map_next(&map->map, cursor);

    return number == SIZE_MAX ? NULL : (TARE__ENTRY *)map->map.entries + number;
}

TARE_END

#endif
