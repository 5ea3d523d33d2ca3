/* SPDX-License-Identifier: MIT */
#include "toolkit/map_parts.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/debug.h"

enum {
    BLOCK_GROUPS = 8,
    BLOCK_PLACES = BLOCK_GROUPS * TARE__MAP_PLACES,
    APART_GROUPS = 1024,     /* at most so many move from one array to another, */
    APART_BYTES = 256 << 10, /* where they are no larger than this */
    LINE_BYTES = 64,
    AHEAD_BYTES_MAX = 32, /* an entry that is larger is not worth asking for before */
};

/* Entries on their way from the groups as they were to the groups as they will be: in one array, or
 * from one to another where there are few. */
struct move {
    struct tare_map *map;
    const struct tare__map_type *type;
    struct tare__map_group *from, *to;
    size_t from_count, to_count;
    char *from_entries, *entries;
    uint8_t *filled; /* places of each new group that are taken: the first ones */
    char *hand[2];   /* room for an entry each, outside */
    bool is_new;     /* the seed is another one */
};

/* A group as it will be that has room for the hash, where its own has none. */
static __attribute__((noinline)) size_t find_room(const struct move *move, uint64_t hash)
{
    size_t at = tare__map_home(hash, move->to_count);

    for (size_t tried = 1; move->filled[at] == TARE__MAP_PLACES; tried++) {
        tare__map_count_pass(move->map, move->to + at, hash);
        at = tare__map_step(at, tried, move->to_count);
    }
    return at;
}

/* Is there an entry, which has not been moved yet? Then it has to be taken out now. */
static bool is_waiting(const struct move *move, size_t at, unsigned place)
{
    if (at >= move->from_count)
        return false;
    bool was = move->from[at].tags[place] != 0;
    move->from[at].tags[place] = 0;
    return was;
}

/* The entry goes to group `at`; and one that is there to where it belongs, and so on. */
static __attribute__((noinline)) void move_among(const struct move *move, const char *entry,
                                                 uint64_t hash, size_t at)
{
    static const uint8_t first = 0;
    size_t bytes = move->type->entry_bytes;

    memcpy(move->hand[0], entry, bytes);
    for (;;) {
        unsigned place = move->filled[at]++;
        char *wanted = move->entries + (at * TARE__MAP_PLACES + place) * bytes;
        bool was_there = is_waiting(move, at, place);

        move->to[at].tags[place] = tare__map_tag(hash);
        memcpy(move->hand[1], wanted, bytes);
        memcpy(wanted, move->hand[0], bytes);
        if (!was_there)
            return;
        memcpy(move->hand[0], move->hand[1], bytes);
        move->type->hash(move->map, move->hand[0], &first, 1, &hash, move->is_new);
        at = find_room(move, hash);
    }
}

/* The numbers of the entries in a block of groups, counted from its first. */
static inline size_t list_entries(const struct tare__map_group *from, size_t groups,
                                  uint8_t *list)
{
    size_t count = 0;

    for (size_t i = 0; i < groups; i += 4) {
        uint64_t places = tare__map_used4(from + i, groups - i);

        for (; places; places &= places - 1)
            list[count++] =
                (uint8_t)(i * TARE__MAP_PLACES + (size_t)__builtin_ctzll(places));
    }
    return count;
}

static inline uint8_t *tag_of(struct tare__map_group *groups, uint8_t number)
{
    return &groups[number / TARE__MAP_PLACES].tags[number % TARE__MAP_PLACES];
}

/* What the block before this one is read from and, as hashes keep their order, written to is on its
 * way while this one is moved. */
static inline __attribute__((always_inline)) void
prefetch_before(const struct move *move, size_t first, size_t entry_bytes)
{
    if (first < BLOCK_GROUPS || move->to_count < move->from_count || move->is_new ||
        entry_bytes > AHEAD_BYTES_MAX)
        return;
    size_t group_bytes = TARE__MAP_PLACES * entry_bytes;
    size_t to = (first - BLOCK_GROUPS) * move->to_count / move->from_count;
    size_t to_end = first * move->to_count / move->from_count;

    for (size_t at = (first - BLOCK_GROUPS) * group_bytes; at < first * group_bytes;
         at += LINE_BYTES)
        __builtin_prefetch(move->entries + at);
    for (size_t at = to * group_bytes; at < to_end * group_bytes; at += LINE_BYTES)
        __builtin_prefetch(move->entries + at, 1);
}

/* entry_bytes is a constant where it is a common one. What moves to where blocks have been moved
 * already is in nobody's way. As long as all does, tags stay; else those of what is still to be
 * moved have to be told from the others. */
static inline __attribute__((always_inline)) void move_block(const struct move *shared,
                                                             size_t first, size_t groups,
                                                             size_t entry_bytes,
                                                             bool is_apart)
{
    const struct move move = *shared;
    uint8_t list[BLOCK_PLACES];
    uint64_t hashes[BLOCK_PLACES];
    struct tare__map_group *from = move.from + first;
    char *entries = move.from_entries + first * TARE__MAP_PLACES * entry_bytes;
    bool is_growing = move.to_count >= move.from_count, is_among = false;
    size_t count = list_entries(from, groups, list);

    if (!is_apart)
        prefetch_before(shared, first, entry_bytes);
    move.type->hash(move.map, entries, list, count, hashes, move.is_new);
    for (size_t i = 0; i < count; i++) {
        size_t at = tare__map_home(hashes[i], move.to_count);
        char *entry = entries + list[i] * entry_bytes;

        if (TARE_UNLIKELY(is_among)) {
            if (!*tag_of(from, list[i]))
                continue; /* its place was needed */
            *tag_of(from, list[i]) = 0;
        }
        if (TARE_UNLIKELY(move.filled[at] == TARE__MAP_PLACES))
            at = find_room(shared, hashes[i]);
        if (TARE_LIKELY(is_apart || (is_growing ? at >= first + groups : at < first))) {
            unsigned place = move.filled[at]++;

            move.to[at].tags[place] = tare__map_tag(hashes[i]);
            memcpy(move.entries + (at * TARE__MAP_PLACES + place) * entry_bytes, entry,
                   entry_bytes);
            continue;
        }
        for (size_t moved = 0; !is_among && moved <= i; moved++)
            *tag_of(from, list[moved]) = 0;
        is_among = true;
        move_among(shared, entry, hashes[i], at);
    }
    if (!is_among && !is_apart)
        memset(from, 0, groups * sizeof *from);
}

/* What grows is moved from the end on: hashes keep their order, so that hardly one entry is in the
 * way of another. */
static inline __attribute__((always_inline)) void
move_blocks(const struct move *move, size_t entry_bytes, bool is_apart)
{
    size_t blocks = (move->from_count + BLOCK_GROUPS - 1) / BLOCK_GROUPS;

    for (size_t i = 0; i < blocks; i++) {
        size_t block = move->to_count >= move->from_count ? blocks - 1 - i : i;
        size_t first = block * BLOCK_GROUPS, left = move->from_count - first;

        move_block(move, first, left < BLOCK_GROUPS ? left : BLOCK_GROUPS, entry_bytes,
                   is_apart);
    }
}

static inline __attribute__((always_inline)) void move_all(const struct move *move,
                                                           bool is_apart)
{
    switch (move->type->entry_bytes) {
    case 8:
        move_blocks(move, 8, is_apart);
        break;
    case 16:
        move_blocks(move, 16, is_apart);
        break;
    case 24:
        move_blocks(move, 24, is_apart);
        break;
    default:
        move_blocks(move, move->type->entry_bytes, is_apart);
        break;
    }
}

/* Entries get room for so many groups; false: no memory, all is as it was. */
static bool resize_entries(struct tare_map *map, size_t groups,
                           const struct tare__map_type *type)
{
    size_t group_bytes = TARE__MAP_PLACES * type->entry_bytes;
    void *entries = tare_mem_resize(map->mem, map->entries, map->entry_groups * group_bytes,
                                    groups * group_bytes, type->entry_alignment);

    if (!entries)
        return false;
    map->entries = entries;
    map->entry_groups = groups;
    return true;
}

static inline __attribute__((always_inline)) void move_to(struct move *move, bool is_apart)
{
    struct tare_map *map = move->map;

    move->from = map->groups;
    move->from_count = map->group_count;
    move->from_entries = map->entries;
    if (move->is_new)
        tare__map_seed(map);
    map->stopped = 0;
    memset(move->filled, 0, move->to_count);
    memset(move->to, 0, move->to_count * sizeof *move->to);
    move_all(move, is_apart);
}

static void exchange_groups(const struct move *move)
{
    struct tare_map *map = move->map;
    size_t groups = move->to_count;

    tare__map_free_groups(map, map->groups, map->group_count);
    map->groups = move->to;
    map->group_count = groups;
    map->limit = tare__map_limit(map, groups);
    map->stopped_limit = map->stopped + groups / 16 + 16;
    if (groups < map->entry_groups)
        (void)resize_entries(map, groups,
                             move->type); /* or there is more room than is used */
    TARE_AUDIT(tare__map_valid(map, move->type));
}

/* Few entries move from one array to another: none is in the way, and two arrays are little. */
static int rebuild_apart(struct move *move, size_t group_bytes)
{
    struct tare_map *map = move->map;
    size_t alignment = move->type->entry_alignment;
    uint8_t filled[APART_GROUPS];

    move->filled = filled;
    move->entries = tare_mem_alloc(map->mem, move->to_count * group_bytes, alignment);
    if (!move->entries)
        return -ENOMEM;
    move_to(move, true);
    tare_mem_free(map->mem, map->entries, map->entry_groups * group_bytes, alignment);
    map->entries = move->entries;
    map->entry_groups = move->to_count;
    exchange_groups(move);
    return 0;
}

/* In scratch memory there are two entries in hand, and a count for each group. */
static int rebuild_in_place(struct move *move)
{
    struct tare_map *map = move->map;
    const struct tare__map_type *type = move->type;
    size_t scratch_bytes = 2 * type->entry_bytes + move->to_count;
    char *scratch = tare_mem_alloc(map->mem, scratch_bytes, type->entry_alignment);
    int err = -ENOMEM;

    if (scratch && (move->to_count <= map->entry_groups ||
                    resize_entries(map, move->to_count, type))) {
        move->entries = map->entries;
        move->hand[0] = scratch;
        move->hand[1] = scratch + type->entry_bytes;
        move->filled = (uint8_t *)scratch + 2 * type->entry_bytes;
        move_to(move, false);
        exchange_groups(move);
        err = 0;
    }
    tare_mem_free(map->mem, scratch, scratch_bytes, type->entry_alignment);
    return err;
}

int tare__map_rebuild(struct tare_map *map, size_t groups, bool is_new,
                      const struct tare__map_type *type)
{
    struct move move = {.map = map, .type = type, .to_count = groups, .is_new = is_new};
    size_t group_bytes = TARE__MAP_PLACES * type->entry_bytes;

    if (groups > MAP_GROUPS_MAX || groups > SIZE_MAX / 2 / group_bytes)
        return -ENOMEM;
    move.to = tare__map_alloc_groups(map, groups);
    if (!move.to)
        return -ENOMEM;
    int err = groups <= APART_GROUPS && groups * group_bytes <= APART_BYTES
                  ? rebuild_apart(&move, group_bytes)
                  : rebuild_in_place(&move);
    if (err)
        tare__map_free_groups(map, move.to, groups);
    return err;
}
