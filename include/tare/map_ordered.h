/* SPDX-License-Identifier: MIT
 *
 * tare/map_ordered.h - hash map and set in the order of insertion, whose entries never move.
 *
 * Shape    index:    a flat map's groups, with [number, hash] in each place, 8 bytes
 *          segments: [used][8 to 64 entries] [used][...] ...   by number: in the order of insertion
 *          directory: number -> segment
 *          A removed entry leaves a hole, which is not filled again unless it was the last; a segment
 *          of holes only is given back at once (one is kept for the next entries). When the directory is full and half of
 *          its segments are gone, the others get new numbers; no entry moves.
 * Units    entries; a segment has about 4 KiB, or 8 entries where these are large.
 * Owner    The caller owns the struct, the map its memory and the copies of owned keys. Values are
 *          the caller's, unless TARE_MAP_DESTROY is given.
 * Threads  externally synchronised: many readers, or one writer.
 * Errors   -ENOMEM; a failed call changes nothing. At most 2^32 - 64 entries.
 * Cost     find: as in <tare/map.h>, and the directory. Growth moves 8 bytes an entry, whatever its
 *          size is, and asks for no hash. Iteration: in the order of memory; at least one entry in
 *          each segment that it looks at, and 8 bytes for each that is gone. Memory: the entries, 9
 *          to 21 bytes each, holes in segments where some entries stay, and what is left of the last
 *          segment.
 * Source   none
 *
 *     #define TARE_MAP_NAME sessions
 *     #define TARE_MAP_KEY uint64_t
 *     #define TARE_MAP_VALUE struct session
 *     #include <tare/map_ordered.h>
 *
 * makes struct sessions and its functions, with the words and the names of <tare/map.h>, but for
 * _merge, _find_many and _insert_many: tare/map_entries.h and tare/map_ordered_whole.h have them.
 * All-zero is an empty map. It may be included any number of times.
 *
 * Stays    An entry is where it is, until it is removed or the map is cleared.
 * Order    of insertion. A key that is set again keeps its turn; one that was removed comes last.
 * Which    Small entries: the flat map, which is faster and smaller. Entries of more than 64 bytes,
 *          pointers to entries that are kept, an order that people or tests see: this one.
 */
#ifndef TARE_MAP_ORDERED_H
#define TARE_MAP_ORDERED_H

/* <tare/map.h> makes no flat map of the names that wait for this one. */
#define TARE__MAP_ORDERED
#include <tare/map.h>

TARE_BEGIN

/* What an index has in its places. */
struct tare__map_number {
    uint32_t number, hash;
};

/* Entries follow. */
struct tare__map_segment {
    uint64_t used;                  /* a bit for each entry */
    struct tare__map_segment *next; /* of the spare ones */
    size_t slot;                    /* in a directory: where it is going to be */
};

/* Where the entries are. */
struct tare__map_order {
    struct tare__map_segment *
        *segments;                     /* the directory; NULL: all of it has been removed */
    size_t room, slots;                /* of the directory: in all, used */
    size_t first;                      /* there is no segment before */
    size_t end;                        /* the next entry's number */
    size_t segment_count, spare_count; /* in the directory, and beside it */
    struct tare__map_segment *spares;
};

struct tare_map_ordered_stats {
    size_t entries;
    size_t holes; /* that removed entries left behind between others */
    size_t segments, spare_segments;
    size_t bytes;                /* of memory that the map holds, without owned keys */
    struct tare_map_stats index; /* .bytes: of it alone */
};

/* What the library has to know of a type. */
struct tare__map_order_type {
    struct tare__map_type index;
    size_t segment_bytes, segment_alignment;
    unsigned shift; /* a segment has 2^shift entries */
};

/* Room for one more entry in the segments; false: no memory. */
TARE_API TARE_NODISCARD bool tare__map_order_grow(struct tare_map *map,
                                                  struct tare__map_order *order,
                                                  const struct tare__map_order_type *type);

/* A spare segment comes to the end of the directory. There are both. */
TARE_API void tare__map_order_attach(struct tare__map_order *order);

/* A segment has become empty. */
TARE_API void tare__map_order_detach(const struct tare_map *map,
                                     struct tare__map_order *order, size_t slot,
                                     const struct tare__map_order_type *type);

/* The entry with this number is gone. The end is always right behind an entry. */
TARE_ALWAYS_INLINE void tare__map_order_drop(const struct tare_map *map,
                                             struct tare__map_order *order, size_t number,
                                             const struct tare__map_order_type *type)
{
    size_t slot = number >> type->shift, first = slot << type->shift;
    struct tare__map_segment *segment = order->segments[slot];

    segment->used &= ~(UINT64_C(1) << (number - first));
    if (TARE_UNLIKELY(!segment->used))
        tare__map_order_detach(map, order, slot, type);
    else if (number + 1 == order->end)
        order->end = first + 64 - (size_t)__builtin_clzll(segment->used);
}

/* Room for `count` entries in all. */
TARE_API TARE_NODISCARD int
tare__map_order_reserve(struct tare_map *map, struct tare__map_order *order, size_t count,
                        const struct tare__map_order_type *type);
TARE_API TARE_NODISCARD int tare__map_order_shrink(struct tare_map *map,
                                                   struct tare__map_order *order,
                                                   const struct tare__map_order_type *type);

/* Entries have been destroyed. */
TARE_API void tare__map_order_clear(struct tare_map *map, struct tare__map_order *order,
                                    const struct tare__map_order_type *type);
TARE_API void tare__map_order_fini(struct tare_map *map, struct tare__map_order *order,
                                   const struct tare__map_order_type *type);
TARE_API struct tare_map_ordered_stats
tare__map_order_stats(const struct tare_map *map, const struct tare__map_order *order,
                      const struct tare__map_order_type *type);

/* Is all as it has to be, but for what keys say? */
TARE_API bool tare__map_order_valid(const struct tare_map *map,
                                    const struct tare__map_order *order,
                                    const struct tare__map_order_type *type);

/* The next entry's number, or SIZE_MAX. */
TARE_ALWAYS_INLINE size_t tare__map_order_next(const struct tare_map *map,
                                               const struct tare__map_order *order,
                                               struct tare_map_cursor *cursor,
                                               unsigned shift)
{
    if (TARE_UNLIKELY(cursor->places && cursor->count != map->count)) {
        const struct tare__map_segment *segment = order->segments[cursor->first >> shift];

        cursor->places &= segment ? segment->used : 0;
    }
    while (!cursor->places) {
        size_t slot = cursor->group < order->first ? order->first : cursor->group;

        if (slot >= order->slots)
            return SIZE_MAX;
        cursor->places = order->segments[slot] ? order->segments[slot]->used : 0;
        cursor->first = slot << shift;
        cursor->group = slot + 1;
    }
    size_t number = cursor->first + (size_t)__builtin_ctzll(cursor->places);
    cursor->places &= cursor->places - 1;
    cursor->count = map->count;
    return number;
}

TARE_END

#undef TARE__MAP_ORDERED
#endif

#ifdef TARE_MAP_NAME
#define TARE__MAP_ORDERED
#include <tare/map_typed.h>

#include <tare/map_ordered_typed.h>

#include <tare/map_entries.h>
#include <tare/map_ordered_whole.h>
#endif
