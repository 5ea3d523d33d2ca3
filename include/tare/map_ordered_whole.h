/* SPDX-License-Identifier: MIT
 *
 * tare/map_ordered_whole.h - an ordered map as a whole, and its entries in their order.
 *
 * Shape    the last part of what <tare/map_ordered.h> makes for a type.
 * Units    entries
 * Owner    as in <tare/map_ordered.h>
 * Threads  externally synchronised
 * Errors   int: 0, -ENOMEM and what else is said. A failed call changes nothing.
 * Cost     as in <tare/map_ordered.h>
 * Source   none
 */
#ifdef TARE_MAP_NAME

TARE_BEGIN

/* One that is not all-zero has to begin with this. `options`: NULL for none. */
TARE_INLINE void TARE__MAP_(_init)(TARE__MAP *map, const struct tare_map_options *options)
{
    memset(map, 0, sizeof *map);
    tare__map_init(&map->map, options);
}

/* From an all-zero cursor on: each entry once, in the order of insertion, then NULL. Between two
 * calls entries may be removed, and none inserted. */
TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(_next)(const TARE__MAP *map,
                                                  struct tare_map_cursor *cursor)
{
    size_t number = tare__map_order_next(&map->map, &map->order, cursor, TARE__MAP_SHIFT);

    return number == SIZE_MAX ? NULL : TARE__MAP_(__numbered)(&map->map, number);
}

/* One that was found, or met while iterating. */
TARE_INLINE void TARE__MAP_(_remove_entry)(TARE__MAP *map, TARE__ENTRY *entry)
{
    uint64_t hash = TARE__MAP_(__rehash)(&map->map, entry, false);

    TARE__MAP_(__remove_from)
    (map, hash, TARE__MAP_(__probe)(&map->map, TARE__MAP_(__key)(entry), hash));
}

/* In their order. */
TARE_INLINE void TARE__MAP_(__destroy_all)(TARE__MAP *map)
{
#if defined TARE_MAP_DESTROY || TARE__MAP_OWNS
    struct tare_map_cursor cursor = {0, 0, 0, 0};
    TARE__ENTRY *entry;

    while ((entry = TARE__MAP_(_next)(map, &cursor)))
        TARE__MAP_(__destroy)(&map->map, entry);
#else
    (void)map;
#endif
}

/* All entries are gone; the memory stays. */
TARE_INLINE void TARE__MAP_(_clear)(TARE__MAP *map)
{
    TARE__MAP_(__destroy_all)(map);
    tare__map_order_clear(&map->map, &map->order, TARE__MAP_(__type)());
}

/* All entries and all memory are gone; the map is empty and can be used on. */
TARE_INLINE void TARE__MAP_(_fini)(TARE__MAP *map)
{
    TARE__MAP_(__destroy_all)(map);
    tare__map_order_fini(&map->map, &map->order, TARE__MAP_(__type)());
}

/* Room for `count` entries in all: as long as none is removed, nothing is allocated up to there. */
TARE_NODISCARD TARE_INLINE int TARE__MAP_(_reserve)(TARE__MAP *map, size_t count)
{
    return tare__map_order_reserve(&map->map, &map->order, count, TARE__MAP_(__type)());
}

TARE_NODISCARD TARE_INLINE int TARE__MAP_(_reserve_for)(TARE__MAP *map, size_t expected,
                                                        unsigned headroom_percent)
{
    return TARE__MAP_(_reserve)(map, tare_capacity_for(expected, headroom_percent));
}

/* No more memory than the entries need where they are: holes stay, a clone has none. */
TARE_NODISCARD TARE_INLINE int TARE__MAP_(_shrink)(TARE__MAP *map)
{
    return tare__map_order_shrink(&map->map, &map->order, TARE__MAP_(__type)());
}

/* `copy`, all-zero or initialised and empty, gets what `map` has, in the same order and without
 * holes, with the same seed and memory; owned keys are copied, values as they are. */
TARE_NODISCARD TARE_INLINE int TARE__MAP_(_clone)(TARE__MAP *copy, const TARE__MAP *map)
{
    struct tare_map_options options = {map->map.mem, map->map.seed, map->map.is_fast};
    struct tare_map_cursor cursor = {0, 0, 0, 0};
    const TARE__ENTRY *entry;
    TARE__MAP made;

    TARE__MAP_(_init)(&made, &options);
    made.map.secret = map->map.secret;
    int err = TARE__MAP_(_reserve)(&made, map->map.count);
    while (!err && (entry = TARE__MAP_(_next)(map, &cursor))) {
        bool is_new;
        TARE__ENTRY *copied =
            TARE__MAP_(_find_or_insert)(&made, TARE__MAP_(__key)(entry), &is_new);

        if (!copied)
            err = -ENOMEM;
#ifdef TARE_MAP_VALUE
        else
            copied->value = entry->value;
#endif
    }
    if (err) {
        /* values are still the other's: none is destroyed */
#if TARE__MAP_OWNS
        TARE__ENTRY *disowned;

        memset(&cursor, 0, sizeof cursor);
        while ((disowned = TARE__MAP_(_next)(&made, &cursor)))
            TARE__MAP_(__disown)(&made.map, disowned);
#endif
        tare__map_order_fini(&made.map, &made.order, TARE__MAP_(__type)());
        return err;
    }
    TARE__MAP_(_fini)(copy);
    *copy = made;
    return 0;
}

TARE_INLINE struct tare_map_ordered_stats TARE__MAP_(_stats)(const TARE__MAP *map)
{
    return tare__map_order_stats(&map->map, &map->order, TARE__MAP_(__type)());
}

/* Is all as it has to be? Looks at each entry. */
TARE_INLINE bool TARE__MAP_(_valid)(const TARE__MAP *map)
{
    struct tare_map_cursor cursor = {0, 0, 0, 0};
    const TARE__ENTRY *entry;

    if (!tare__map_order_valid(&map->map, &map->order, TARE__MAP_(__type)()))
        return false;
    while ((entry = TARE__MAP_(_next)(map, &cursor)))
        if (TARE__MAP_(_find)(map, TARE__MAP_(__key)(entry)) != entry)
            return false;
    return true;
}

TARE_END

#undef TARE__MAP_SHIFT
#undef TARE__MAP_MASK
#include <tare/map_end.h>

#endif
