/* SPDX-License-Identifier: MIT
 *
 * tare/map_group_plain.h - tare/map_group.h without vectors: eight tags in a word.
 *
 * Shape    a bit a place
 * Units    as there
 * Owner    none
 * Threads  externally synchronised
 * Errors   none
 * Cost     as there
 * Source   Warren, "Hacker's Delight", 6-1: the bytes that are zero, exactly.
 */
#ifndef TARE_MAP_GROUP_PLAIN_H
#define TARE_MAP_GROUP_PLAIN_H

#include <tare/map_group.h>

#ifdef TARE__MAP_WITH_PLAIN

#include <string.h>

typedef uint32_t tare__map_mask;

#define TARE__MAP_ALL_PLACES 0x3fffu

/* A bit for each byte that is `tag`, the lowest for the one at the lowest address. */
TARE_ALWAYS_INLINE uint32_t tare__map_match_eight(const uint8_t *bytes, uint8_t tag)
{
    const uint64_t low7 = 0x7f7f7f7f7f7f7f7fu, ones = 0x0101010101010101u;
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    word ^= tag * ones;
    uint64_t zero = ~(((word & low7) + low7) | word | low7); /* 0x80 in each such byte */
    return (uint32_t)((zero >> 7) * 0x0102040810204080u >> 56);
}

TARE_ALWAYS_INLINE tare__map_mask tare__map_match_byte(const struct tare__map_group *group,
                                                       uint8_t byte)
{
    const uint8_t *bytes = (const uint8_t *)group;

    return (tare__map_match_eight(bytes, byte) | tare__map_match_eight(bytes + 8, byte)
                                                     << 8) &
           TARE__MAP_ALL_PLACES;
}

TARE_ALWAYS_INLINE tare__map_mask tare__map_match(const struct tare__map_group *group,
                                                  uint64_t hash)
{
    return tare__map_match_byte(group, tare__map_tag(hash));
}

TARE_ALWAYS_INLINE bool tare__map_is_passed(const struct tare__map_group *group,
                                            uint64_t hash)
{
    return group->passed & (TARE__MAP_PASSED_MAX << tare__map_class_bit(hash));
}

TARE_ALWAYS_INLINE tare__map_mask tare__map_free(const struct tare__map_group *group)
{
    return tare__map_match_byte(group, 0);
}

TARE_ALWAYS_INLINE uint32_t tare__map_used(const struct tare__map_group *group)
{
    return tare__map_free(group) ^ TARE__MAP_ALL_PLACES;
}

TARE_ALWAYS_INLINE void tare__map_drop_tag(struct tare__map_group *group, size_t place)
{
    group->tags[place] = 0;
}

TARE_ALWAYS_INLINE size_t tare__map_lowest(tare__map_mask mask)
{
    return (size_t)__builtin_ctzll(mask);
}

#endif

#endif
