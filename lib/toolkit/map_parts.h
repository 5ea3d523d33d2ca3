/* SPDX-License-Identifier: MIT
 *
 * toolkit/map_parts.h - the inside of a map: what is done once in many calls.
 *
 * Shape    map.c          begin and end, growth, counters of passed groups, seeds
 *          map_rebuild.c  entries move to another number of groups, in place
 *          map_hash.c     SipHash
 *          map_valid.c    the validator, statistics
 * Units    groups
 * Owner    as in tare/map.h
 * Threads  externally synchronised
 * Errors   -ENOMEM
 * Cost     of a rebuild: some nanoseconds an entry
 * Source   none
 */
#ifndef TARE_TOOLKIT_MAP_PARTS_H
#define TARE_TOOLKIT_MAP_PARTS_H

#include <tare/map.h>

#include "mem/mem_pages.h"

/* Groups are found by 32 bits of hash. */
#define MAP_GROUPS_MAX ((size_t)UINT32_MAX)

enum {
    MAP_GROUPS_ALIGNMENT = _Alignof(struct tare__map_group),
    MAP_WAY_MAX = 64,           /* groups that an entry may try before there is an alarm */
    MAP_GROUPS_LARGE = 1 << 12, /* below, memory is little: speed comes first */
};

/* How many entries so many groups are to have at most: three quarters of the places, where it is to
 * be fast; four fifths of few, nine tenths of many; all, where there is one group only. */
static inline size_t tare__map_limit(const struct tare_map *map, size_t groups)
{
    size_t places = groups * TARE__MAP_PLACES;
    size_t spare = map->is_fast ? 4 : groups < MAP_GROUPS_LARGE ? 5 : 10;

    return groups > 1 ? places - places / spare : places;
}

static inline struct tare__map_group *tare__map_alloc_groups(const struct tare_map *map,
                                                             size_t groups)
{
    return tare_mem_alloc(tare__mem_replaced(map->mem),
                          groups * sizeof(struct tare__map_group), MAP_GROUPS_ALIGNMENT);
}

static inline void tare__map_free_groups(const struct tare_map *map,
                                         struct tare__map_group *groups, size_t count)
{
    tare_mem_free(tare__mem_replaced(map->mem), groups, count * sizeof *groups,
                  MAP_GROUPS_ALIGNMENT);
}

/* One more that passed. A counter that is at its end stays there: how many there were is not known. */
static inline void tare__map_count_pass(struct tare_map *map, struct tare__map_group *group,
                                        uint64_t hash)
{
    unsigned bit = tare__map_class_bit(hash);
    unsigned passed = group->passed >> bit & TARE__MAP_PASSED_MAX;

    if (passed == TARE__MAP_PASSED_MAX)
        return;
    group->passed = (uint16_t)(group->passed + (1u << bit));
    map->stopped += passed + 1 == TARE__MAP_PASSED_MAX;
}

static inline void tare__map_count_back(struct tare__map_group *group, uint64_t hash)
{
    unsigned bit = tare__map_class_bit(hash);

    if ((group->passed >> bit & TARE__MAP_PASSED_MAX) < TARE__MAP_PASSED_MAX)
        group->passed = (uint16_t)(group->passed - (1u << bit));
}

/* The first seed, or the one after the one that it has. */
void tare__map_seed(struct tare_map *map);

/* Move all entries to so many groups, which have room for them; with another seed, if asked for. */
int tare__map_rebuild(struct tare_map *map, size_t groups, bool is_new,
                      const struct tare__map_type *type);

#endif
