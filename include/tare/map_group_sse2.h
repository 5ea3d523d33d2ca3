/* SPDX-License-Identifier: MIT
 *
 * tare/map_group_sse2.h - tare/map_group.h with SSE2.
 *
 * Shape    a bit a place
 * Units    as there
 * Owner    none
 * Threads  externally synchronised
 * Errors   none
 * Cost     as there
 * Source   none
 */
#ifndef TARE_MAP_GROUP_SSE2_H
#define TARE_MAP_GROUP_SSE2_H

#include <tare/map_group.h>

#ifdef TARE__MAP_WITH_SSE2

#include <emmintrin.h>

typedef uint32_t tare__map_mask;

/* What a byte of a hash is looked for with. */
struct tare__map_wanted {
    uint32_t tags;   /* its tag, which is not 0, four times */
    uint32_t passed; /* the bits of its class's counter */
};

extern TARE_API const struct tare__map_wanted tare__map_wanted[256];

#define TARE__MAP_ALL_PLACES 0x3fffu

TARE_ALWAYS_INLINE tare__map_mask tare__map_match_word(const struct tare__map_group *group,
                                                       uint32_t word)
{
    __m128i tags = _mm_load_si128((const __m128i *)(const void *)group);
    __m128i wanted = _mm_set1_epi32((int)word);

    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(tags, wanted)) & TARE__MAP_ALL_PLACES;
}

TARE_ALWAYS_INLINE tare__map_mask tare__map_match(const struct tare__map_group *group,
                                                  uint64_t hash)
{
    return tare__map_match_word(group, tare__map_wanted[(uint8_t)hash].tags);
}

TARE_ALWAYS_INLINE bool tare__map_is_passed(const struct tare__map_group *group,
                                            uint64_t hash)
{
    return group->passed & tare__map_wanted[(uint8_t)hash].passed;
}

TARE_ALWAYS_INLINE tare__map_mask tare__map_free(const struct tare__map_group *group)
{
    return tare__map_match_word(group, 0);
}

TARE_ALWAYS_INLINE uint32_t tare__map_used(const struct tare__map_group *group)
{
    return tare__map_free(group) ^ TARE__MAP_ALL_PLACES;
}

/* All 16 bytes are stored: a load of 16 cannot be served from a store of one that is still under way,
 * and where that has happened, lookups wait for all stores before them. */
TARE_ALWAYS_INLINE void tare__map_drop_tag(struct tare__map_group *group, size_t place)
{
    static const uint8_t one[31] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff};
    __m128i tags = _mm_load_si128((const __m128i *)(const void *)group);
    __m128i gone = _mm_loadu_si128((const __m128i *)(const void *)(one + 15 - place));

    _mm_store_si128((__m128i *)(void *)group, _mm_andnot_si128(gone, tags));
}

TARE_ALWAYS_INLINE size_t tare__map_lowest(tare__map_mask mask)
{
    size_t lowest;

    /* not __builtin_ctz, whose int is made wider again on the way to the entry */
    __asm__("rep bsfl %1, %k0" : "=r"(lowest) : "r"(mask) : "cc");
    return lowest;
}

#endif

#endif
