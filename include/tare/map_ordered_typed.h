/* SPDX-License-Identifier: MIT
 *
 * tare/map_ordered_typed.h - where an ordered map has its entries: in segments, by number.
 *
 * Shape    the second part of what <tare/map_ordered.h> makes for a type; the one for <tare/map.h>
 *          is <tare/map_flat.h>.
 * Units    entries
 * Owner    as in <tare/map_ordered.h>
 * Threads  externally synchronised
 * Errors   int: 0, -ENOMEM and what else is said. A failed call changes nothing.
 * Cost     as in <tare/map_ordered.h>
 * Source   none
 */
#ifdef TARE_MAP_NAME

TARE_BEGIN

#define TARE__PLACE struct tare__map_number

/* Entries in a segment, as a power of two. */
#define TARE__MAP_SHIFT               \
    (sizeof(TARE__ENTRY) <= 64    ? 6 \
     : sizeof(TARE__ENTRY) <= 128 ? 5 \
     : sizeof(TARE__ENTRY) <= 256 ? 4 \
                                  : 3)
#define TARE__MAP_MASK (((size_t)1 << TARE__MAP_SHIFT) - 1)

struct TARE__MAP_(__segment) {
    struct tare__map_segment head;
    TARE__ENTRY entries[1 << TARE__MAP_SHIFT];
};

/* An index is the first member of its map. */
TARE_ALWAYS_INLINE TARE__MAP *TARE__MAP_(__whole)(const struct tare_map *map)
{
    return (TARE__MAP *)(uintptr_t)map;
}

TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(__numbered)(const struct tare_map *map,
                                                       size_t number)
{
    void *segment = TARE__MAP_(__whole)(map)->order.segments[number >> TARE__MAP_SHIFT];

    return ((struct TARE__MAP_(__segment) *)segment)->entries + (number & TARE__MAP_MASK);
}

TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(__entry_of)(const struct tare_map *map,
                                                       const TARE__PLACE *filled)
{
    return TARE__MAP_(__numbered)(map, filled->number);
}

TARE_ALWAYS_INLINE bool TARE__MAP_(__is_at)(const struct tare_map *map,
                                            const TARE__PLACE *filled, TARE__MAP_KEY key,
                                            uint64_t hash)
{
    return filled->hash == (uint32_t)hash &&
           TARE__MAP_(__is)(TARE__MAP_(__entry_of)(map, filled), key, hash);
}

TARE_INLINE void TARE__MAP_(__hash_listed)(const struct tare_map *map, void *places,
                                           const uint8_t *list, size_t count,
                                           uint64_t *hashes, bool is_new)
{
    for (size_t i = 0; i < count; i++) {
        TARE__PLACE *filled = (TARE__PLACE *)places + list[i];

        if (is_new)
            filled->hash = (uint32_t)TARE__MAP_(__rehash)(
                map, TARE__MAP_(__entry_of)(map, filled), true);
        hashes[i] = filled->hash;
    }
}

TARE_INLINE const struct tare__map_order_type *TARE__MAP_(__type)(void)
{
    static const struct tare__map_order_type type = {
        {sizeof(TARE__PLACE), __alignof__(TARE__PLACE), TARE__MAP_(__hash_listed), NULL,
         NULL, NULL},
        sizeof(struct TARE__MAP_(__segment)),
        __alignof__(struct TARE__MAP_(__segment)),
        TARE__MAP_SHIFT,
    };

    return &type;
}

/* A new entry, but for its value, where there is room for it in index and segments. NULL: no memory
 * for the key. */
TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(__put)(struct tare_map *map, TARE__MAP_KEY key,
                                                  uint64_t hash)
{
    struct tare__map_order *order = &TARE__MAP_(__whole)(map)->order;
#if TARE__MAP_OWNS
    TARE__ENTRY owned;

    TARE__MAP_(__set_key)(&owned, key, hash);
    if (!TARE__MAP_(__own)(map, &owned))
        return NULL;
    key.start = owned.key.start;
#endif
    if (TARE_UNLIKELY(!(order->end & TARE__MAP_MASK)))
        tare__map_order_attach(order);
    size_t number = order->end++;
    TARE__PLACE *filled = (TARE__PLACE *)map->entries + tare__map_place(map, hash);
    filled->number = (uint32_t)number;
    filled->hash = (uint32_t)hash;
    order->segments[number >> TARE__MAP_SHIFT]->used |= UINT64_C(1)
                                                        << (number & TARE__MAP_MASK);
    TARE__ENTRY *entry = TARE__MAP_(__numbered)(map, number);
    TARE__MAP_(__set_key)(entry, key, hash);
    return entry;
}

/* Room is made first; the seed may be another one then. */
static __attribute__((noinline, unused)) TARE__ENTRY *
TARE__MAP_(__grow_and_put)(struct tare_map *map, TARE__MAP_KEY key)
{
    const struct tare__map_order_type *type = TARE__MAP_(__type)();
    struct tare__map_order *order = &TARE__MAP_(__whole)(map)->order;

    if (map->count >= map->limit && tare__map_grow(map, &type->index))
        return NULL;
    if (!(order->end & TARE__MAP_MASK) && !tare__map_order_grow(map, order, type))
        return NULL;
    return TARE__MAP_(__put)(map, key, TARE__MAP_(__hash)(map, key));
}

TARE_ALWAYS_INLINE TARE__ENTRY *TARE__MAP_(__add)(struct tare_map *map, TARE__MAP_KEY key,
                                                  uint64_t hash)
{
    return TARE_UNLIKELY(map->count >= map->limit ||
                         !(TARE__MAP_(__whole)(map)->order.end & TARE__MAP_MASK))
               ? TARE__MAP_(__grow_and_put)(map, key)
               : TARE__MAP_(__put)(map, key, hash);
}

TARE_ALWAYS_INLINE void TARE__MAP_(__remove_from)(TARE__MAP *map, uint64_t hash,
                                                  TARE__SPOT spot)
{
    const TARE__PLACE *filled =
        (TARE__PLACE *)map->map.entries + (size_t)spot.at * TARE__MAP_PLACES + spot.place;
    size_t number = filled->number;

    TARE__MAP_(__destroy)(&map->map, spot.entry);
    tare__map_unplace(&map->map, hash, spot.at, spot.place);
    tare__map_order_drop(&map->map, &map->order, number, TARE__MAP_(__type)());
}

TARE_END

#endif
