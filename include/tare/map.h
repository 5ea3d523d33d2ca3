/* SPDX-License-Identifier: MIT
 *
 * tare/map.h - flat hash map and set of a type of one's own.
 *
 * Shape    groups:  [14 tags, 4 counters][...]      16 bytes each, all that a miss looks at
 *          entries: [14 entries            ][...]      key and value, side by side
 *          A hash chooses a group; entries that find it full go to the next ones, and count in what
 *          they pass. Removal counts back: there are no tombstones, and nothing wears out.
 * Units    entries; a group has 14 places.
 * Owner    The caller owns the struct, the map its memory and the copies of owned keys. Values are
 *          the caller's, unless TARE_MAP_DESTROY is given.
 * Threads  externally synchronised: many readers, or one writer.
 * Errors   -ENOMEM; -EINVAL: text of 4 GiB or more. A failed call changes nothing, and entries stay
 *          where they are.
 * Cost     find, insert, remove: one group and one entry, mostly; two lines of cache. Memory: 17.2
 *          bytes for an entry of 16, divided by how full the map is: 0.6 to 0.9 (below 57,000
 *          entries 0.4 to 0.8; .is_fast: 0.38 to 0.75). Large ones grow in place, without a second
 *          table. Keys that are multiples of a power of two, or differ in some bits only, cost no more
 *          than others.
 * Source   Bronson and Shi, "Open-sourcing F14", 2019 (counters on the way); Google's Swiss tables.
 *
 *     #define TARE_MAP_NAME ids
 *     #define TARE_MAP_KEY uint64_t
 *     #define TARE_MAP_VALUE struct account
 *     #include <tare/map.h>
 *
 * makes struct ids and its functions, ids_find, ids_insert, ...: tare/map_entries.h and map_whole.h
 * have them, tare/map_typed.h what else can be defined. All-zero is an empty map. This header may be
 * included any number of times, for another map each.
 *
 * Keys     Integers, enums, pointers; text, borrowed or owned; handles of interned text, which are
 *          integers; anything that one can hash and compare.
 * Order    Iteration has the same order on all targets for the same calls and the same seed, which
 *          is another one in each map, unless the options give one.
 * Stays    Insertion moves entries when the map grows, removal never does: while one iterates, any
 *          entry may be removed. What was removed is not met, all others once.
 * Hostile  TARE_MAP_HOSTILE: SipHash with a secret key. Without it a seed keeps regular keys apart,
 *          and entries that go far raise an alarm: the map is rebuilt with another seed.
 */
#ifndef TARE_MAP_H
#define TARE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/capacity.h>
#include <tare/map_group.h>
#include <tare/map_hash.h>
#include <tare/mem.h>
#include <tare/text.h>

TARE_BEGIN

struct tare_map_options {
    struct tare_mem *mem; /* NULL: the default, and pages of their own for large blocks */
    uint64_t seed;        /* 0: one that nobody knows */
    bool is_fast;         /* grows by twice: more memory, faster lookups and insertion */
};

/* What all maps have. */
struct tare_map {
    struct tare__map_group *groups; /* NULL: no memory yet */
    void *entries;
    size_t group_count; /* less than 2^32 */
    uint64_t seed;
    size_t count; /* of entries */
    size_t limit; /* it is rebuilt before it has more */
    size_t
        entry_groups; /* for which there is room at `entries`; the group count, or more */
    uint64_t secret;
    struct tare_mem *mem;
    size_t calm_limit; /* no alarm while there are fewer entries: the latest did not help */
    size_t stopped,
        stopped_limit; /* counters at their end; rebuilt before there are more */
    uint32_t alarms;   /* that there were */
    bool is_alarmed;   /* to be rebuilt with another seed */
    bool is_fast;
};

/* Where an iteration is. */
struct tare_map_cursor {
    size_t group;    /* the next ones begin here */
    size_t first;    /* the entry that the lowest bit is */
    uint64_t places; /* of four groups: those with entries that are still to come */
    size_t count;    /* of the map's entries; another one: some have been removed since */
};

/* How a map with TARE_MAP_TEXT has it. */
struct tare_map_text {
    const char *start;
    uint32_t bytes, hash;
};

/* What TARE_MAP_TEXT can be. */
#define TARE_MAP_BORROWED 1
#define TARE_MAP_OWNED 2

/* Keys that are looked for at a time, where there are many. */
#define TARE__MAP_BATCH ((size_t)64)

struct tare_map_stats {
    size_t entries, places;
    size_t bytes;            /* of memory that the map holds, without owned keys */
    size_t displaced;        /* entries that are not in their first group */
    size_t longest_way;      /* groups between an entry and its first */
    size_t saturated_groups; /* of which a counter has stopped */
    uint32_t alarms;
};

/* What the library has to know of a type. */
struct tare__map_type {
    size_t entry_bytes, entry_alignment;
    /* Hashes of the entries with these numbers; `is_new`: the seed changed. */
    void (*hash)(const struct tare_map *map, void *entries, const uint8_t *list,
                 size_t count, uint64_t *hashes, bool is_new);
    void (*destroy)(struct tare_map *map, void *entry); /* NULL: nothing to do */
    /* Make a copy of what the entry owns of its key; false: no memory. NULL: nothing. */
    bool (*copy)(struct tare_map *map, void *entry);
    void (*destroy_copy)(struct tare_map *map, void *entry);
};

TARE_API void tare__map_init(struct tare_map *map, const struct tare_map_options *options);
TARE_API void tare__map_fini(struct tare_map *map, const struct tare__map_type *type);
TARE_API void tare__map_clear(struct tare_map *map, const struct tare__map_type *type);

/* Room for `count` entries in all; 0 or -ENOMEM. */
TARE_API TARE_NODISCARD int tare__map_reserve(struct tare_map *map, size_t count,
                                              const struct tare__map_type *type);

/* Room for one more, when the limit is reached. */
TARE_API TARE_NODISCARD int tare__map_grow(struct tare_map *map,
                                           const struct tare__map_type *type);

/* As little memory as the entries need. */
TARE_API TARE_NODISCARD int tare__map_shrink(struct tare_map *map,
                                             const struct tare__map_type *type);

/* `copy`, which is empty, becomes one of `map`. */
TARE_API TARE_NODISCARD int tare__map_clone(struct tare_map *copy,
                                            const struct tare_map *map,
                                            const struct tare__map_type *type);

/* As tare__map_place, where the hash's own group has no room; counts in those passed. */
TARE_API size_t tare__map_pass(struct tare_map *map, uint64_t hash);

/* The entry in group `at` is gone: count back in those that it passed. */
TARE_API void tare__map_unpass(struct tare_map *map, uint64_t hash, size_t at);

TARE_API struct tare_map_stats tare__map_stats(const struct tare_map *map,
                                               const struct tare__map_type *type);

/* Is all as it has to be? */
TARE_API bool tare__map_valid(const struct tare_map *map,
                              const struct tare__map_type *type);

/* A group's first entries, which are the most: a processor that guesses that there is one asks for them
 * before it has seen the tags, which take as long. */
TARE_ALWAYS_INLINE void tare__map_prefetch(const void *entries, size_t entry_bytes)
{
    enum { LINE_BYTES = 64, LINES = 3 };

    for (size_t i = 0; i < LINES * LINE_BYTES && i < entry_bytes * TARE__MAP_PLACES;
         i += LINE_BYTES)
        __builtin_prefetch((const char *)entries + i);
}

/* Where a group's next entry goes, mostly: its first places are taken. Who inserts asks for it before
 * tags say which place it is, and waits for both at once. */
TARE_ALWAYS_INLINE void tare__map_prefetch_free(const struct tare_map *map, uint64_t hash,
                                                size_t entry_bytes)
{
    enum { FIRST = 9, LAST = TARE__MAP_PLACES - 1, BYTES_MAX = 32 };
    const char *entries =
        (const char *)map->entries +
        tare__map_home(hash, map->group_count) * TARE__MAP_PLACES * entry_bytes;

    if (entry_bytes > BYTES_MAX)
        return; /* too many lines that it could be in */
    __builtin_prefetch(entries + FIRST * entry_bytes, 1);
    __builtin_prefetch(entries + LAST * entry_bytes, 1);
}

/* The tag of the hash comes to that place. Its number. */
TARE_ALWAYS_INLINE size_t tare__map_occupy(struct tare_map *map, uint64_t hash, size_t at,
                                           tare__map_mask free_places)
{
    size_t place = tare__map_lowest(free_places);

    map->groups[at].tags[place] = tare__map_tag(hash);
    map->count++;
    return at * TARE__MAP_PLACES + place;
}

/* The number of a place that was free, and is the hash's now. */
TARE_ALWAYS_INLINE size_t tare__map_place(struct tare_map *map, uint64_t hash)
{
    size_t home = tare__map_home(hash, map->group_count);
    tare__map_mask free_places = tare__map_free(map->groups + home);

    return TARE_LIKELY(free_places) ? tare__map_occupy(map, hash, home, free_places)
                                    : tare__map_pass(map, hash);
}

/* The entry is gone: its place is free. */
TARE_ALWAYS_INLINE void tare__map_unplace(struct tare_map *map, uint64_t hash, size_t at,
                                          size_t place)
{
    tare__map_drop_tag(map->groups + at, place);
    map->count--;
    if (TARE_UNLIKELY(at != tare__map_home(hash, map->group_count)))
        tare__map_unpass(map, hash, at);
}

/* The places with entries in four groups, or in the `left` that there are. */
TARE_ALWAYS_INLINE uint64_t tare__map_used4(const struct tare__map_group *group,
                                            size_t left)
{
    uint64_t places = tare__map_used(group);

    if (TARE_LIKELY(left >= 4))
        return places | (uint64_t)tare__map_used(group + 1) << TARE__MAP_PLACES |
               (uint64_t)tare__map_used(group + 2) << 2 * TARE__MAP_PLACES |
               (uint64_t)tare__map_used(group + 3) << 3 * TARE__MAP_PLACES;
    for (size_t i = 1; i < left; i++)
        places |= (uint64_t)tare__map_used(group + i) << i * TARE__MAP_PLACES;
    return places;
}

/* Is there a next entry? Four groups at a time: how many entries there are in one is hard to guess. */
TARE_ALWAYS_INLINE bool tare__map_advance(const struct tare_map *map,
                                          struct tare_map_cursor *cursor)
{
    if (TARE_UNLIKELY(cursor->places && cursor->count != map->count)) {
        size_t group = cursor->first / TARE__MAP_PLACES;

        cursor->places &= tare__map_used4(map->groups + group, map->group_count - group);
        cursor->count = map->count;
    }
    while (!cursor->places) {
        if (cursor->group >= map->group_count)
            return false;
        cursor->places =
            tare__map_used4(map->groups + cursor->group, map->group_count - cursor->group);
        cursor->first = cursor->group * TARE__MAP_PLACES;
        cursor->group += 4;
        cursor->count = map->count;
    }
    return true;
}

/* Its number. */
TARE_ALWAYS_INLINE size_t tare__map_take(struct tare_map_cursor *cursor)
{
    size_t number = cursor->first + (size_t)__builtin_ctzll(cursor->places);

    cursor->places &= cursor->places - 1;
    return number;
}

/* The next entry's number, or SIZE_MAX. */
TARE_ALWAYS_INLINE size_t tare__map_next(const struct tare_map *map,
                                         struct tare_map_cursor *cursor)
{
    return tare__map_advance(map, cursor) ? tare__map_take(cursor) : SIZE_MAX;
}

TARE_END

#endif

/* <tare/map_ordered.h> goes on by itself. */
#if defined TARE_MAP_NAME && !defined TARE__MAP_ORDERED
#include <tare/map_typed.h>

#include <tare/map_flat.h>

#include <tare/map_entries.h>
#include <tare/map_whole.h>
#endif
