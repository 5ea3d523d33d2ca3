/* SPDX-License-Identifier: MIT
 *
 * tare/map_flat.h - where a flat map has its entries: in the places of its groups.
 *
 * Shape    the second part of what <tare/map.h> makes for a type; the one for
 *          <tare/map_ordered.h> is <tare/map_ordered_typed.h>.
 * Units    entries
 * Owner    as in <tare/map.h>
 * Threads  externally synchronised
 * Errors   int: 0, -ENOMEM and what else is said. A failed call changes nothing.
 * Cost     as in <tare/map.h>
 * Source   none
 */
#ifdef TARE_MAP_NAME

TARE_BEGIN

#define TARE__PLACE TARE__ENTRY

TARE_INLINE void TARE__MAP_(__hash_listed)(const struct tare_map *map, void *entries,
                                           const uint8_t *list, size_t count,
                                           uint64_t *hashes, bool is_new)
{
    TARE__ENTRY *first = (TARE__ENTRY *)entries;

    for (size_t i = 0; i < count; i++)
        hashes[i] = TARE__MAP_(__rehash)(map, first + list[i], is_new);
}

TARE_INLINE const struct tare__map_type *TARE__MAP_(__type)(void)
{
    static const struct tare__map_type type = {
        sizeof(TARE__ENTRY),
        __alignof__(TARE__ENTRY),
        TARE__MAP_(__hash_listed),
#if defined TARE_MAP_DESTROY || TARE__MAP_OWNS
        TARE__MAP_(__destroy),
#else
        NULL,
#endif
#if TARE__MAP_OWNS
        TARE__MAP_(__own),
        TARE__MAP_(__disown),
#else
        NULL,
        NULL,
#endif
    };

    return &type;
}

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

TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(__entry_of)(const struct tare_map *map,
                                                       TARE__PLACE *filled)
{
    (void)map;
    return filled;
}

TARE_ALWAYS_INLINE bool TARE__MAP_(__is_at)(const struct tare_map *map,
                                            const TARE__PLACE *filled, TARE__MAP_KEY key,
                                            uint64_t hash)
{
    (void)map;
    return TARE__MAP_(__is)(filled, key, hash);
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

TARE_ALWAYS_INLINE void TARE__MAP_(__remove_from)(TARE__MAP *map, uint64_t hash,
                                                  TARE__SPOT spot)
{
#if defined TARE_MAP_DESTROY || TARE__MAP_OWNS
    TARE__MAP_(__destroy)(&map->map, spot.entry);
#endif
    tare__map_unplace(&map->map, hash, spot.at, spot.place);
}

/* One that was found, or met while iterating. */
TARE_INLINE void TARE__MAP_(_remove_entry)(TARE__MAP *map, TARE__ENTRY *entry)
{
    size_t number = (size_t)(entry - (TARE__ENTRY *)map->map.entries);
    TARE__SPOT spot = {entry, (uint32_t)(number / TARE__MAP_PLACES),
                       (uint32_t)(number % TARE__MAP_PLACES)};

    TARE__MAP_(__remove_from)(map, TARE__MAP_(__rehash)(&map->map, entry, false), spot);
}

/* From an all-zero cursor on: each entry once, then NULL. Between two calls entries may be removed,
 * and none inserted. */
TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(_next)(const TARE__MAP *map,
                                                  struct tare_map_cursor *cursor)
{
    if (!tare__map_advance(&map->map, cursor))
        return NULL;
    TARE__ENTRY *entry = (TARE__ENTRY *)map->map.entries + tare__map_take(cursor);
    if (!entry)
        __builtin_unreachable(); /* who asks whether there was one need not ask again */
    return entry;
}

TARE_END

#endif
