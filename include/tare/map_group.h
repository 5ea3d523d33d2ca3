/* SPDX-License-Identifier: MIT
 *
 * tare/map_group.h - fourteen tags at once: what the lookups of a map are made of.
 *
 * Shape    group, 16 bytes: 14 tags, one an entry (0: none), and four counters of 4 bits.
 *          A counter says how many entries of its class have this group on their way: those that
 *          found it full and went on to another. A lookup goes on only where its class did.
 *          A back-end has  tare__map_mask                  a set of places in a group
 *                          tare__map_match(group, hash)    those with the hash's tag
 *                          tare__map_is_passed(group, hash)  by one of the hash's class?
 *                          tare__map_free(group)           those without a tag
 *                          tare__map_lowest(mask)          the first of them, 0 to 13
 *                          tare__map_used(group)           those with a tag: 14 bits
 *                          tare__map_drop_tag(group, place)  without one from now on
 *          and all of them find the same.
 * Units    places in a group
 * Owner    none
 * Threads  externally synchronised
 * Errors   none
 * Cost     a few instructions
 * Source   none
 */
#ifndef TARE_MAP_GROUP_H
#define TARE_MAP_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/api.h>
#include <tare/map_hash.h>

enum { TARE__MAP_PLACES = 14, TARE__MAP_PASSED_MAX = 15, TARE__MAP_STEPS = 32 };

struct tare__map_group {
    uint8_t tags[TARE__MAP_PLACES];
    uint16_t passed;
} __attribute__((aligned(16)));

/* The lowest byte of a hash, but not 0. */
TARE_ALWAYS_INLINE uint8_t tare__map_tag(uint64_t hash)
{
    uint8_t tag = (uint8_t)hash;

    return (uint8_t)(tag + !tag);
}

/* Where the counter of the hash's class begins: the two lowest bits say which. */
TARE_ALWAYS_INLINE unsigned tare__map_class_bit(uint64_t hash)
{
    return (unsigned)(hash & 3) * 4;
}

/* TARE_MAP_PLAIN asks for the plain back-end where there is a better one. */
#if defined __SSE2__ && !defined TARE_MAP_PLAIN
#define TARE__MAP_WITH_SSE2
#include <tare/map_group_sse2.h>
#elif defined __ARM_NEON && defined __aarch64__ && !defined TARE_MAP_PLAIN
#define TARE__MAP_WITH_NEON
#include <tare/map_group_neon.h>
#else
#define TARE__MAP_WITH_PLAIN
#include <tare/map_group_plain.h>
#endif

/* What the lower 32 bits of a hash are used for: all of them for the group, which grows with them; the
 * lowest byte for the tag and the class. Narrow, so that a map which keeps hashes keeps few bytes. */
TARE_ALWAYS_INLINE size_t tare__map_home(uint64_t hash, size_t group_count)
{
    return (size_t)((uint64_t)(uint32_t)hash * group_count >> 32);
}

/* The group after `at` on the way of an entry that has tried `tried` groups, 1 or more. Further and
 * further away, so that full groups do not make their neighbours full; then one by one, so that
 * none is left out. */
TARE_ALWAYS_INLINE size_t tare__map_step(size_t at, size_t tried, size_t group_count)
{
    at += tried <= TARE__MAP_STEPS ? tried : 1;
    return at < group_count ? at : at % group_count;
}

#endif
