/* SPDX-License-Identifier: MIT
 *
 * tare/map_group_neon.h - tare/map_group.h with NEON.
 *
 * Shape    four bits a place, of which the lowest is used: what narrowing gives
 * Units    as there
 * Owner    none
 * Threads  externally synchronised
 * Errors   none
 * Cost     as there
 * Source   none
 */
#ifndef TARE_MAP_GROUP_NEON_H
#define TARE_MAP_GROUP_NEON_H

#include <tare/map_group.h>

#ifdef TARE__MAP_WITH_NEON

#include <arm_neon.h>

typedef uint64_t tare__map_mask;

#define TARE__MAP_ALL_PLACES 0x0011111111111111u

TARE_ALWAYS_INLINE tare__map_mask tare__map_match_byte(const struct tare__map_group *group,
                                                       uint8_t byte)
{
    uint8x16_t equal = vceqq_u8(vld1q_u8((const uint8_t *)group), vdupq_n_u8(byte));
    uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(equal), 4);

    return vget_lane_u64(vreinterpret_u64_u8(narrow), 0) & TARE__MAP_ALL_PLACES;
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
    static const uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 0, 0};
    uint8x16_t tags = vld1q_u8((const uint8_t *)group);
    uint8x16_t used = vandq_u8(vtstq_u8(tags, tags), vld1q_u8(bits));

    return vaddv_u8(vget_low_u8(used)) | (uint32_t)vaddv_u8(vget_high_u8(used)) << 8;
}

TARE_ALWAYS_INLINE void tare__map_drop_tag(struct tare__map_group *group, size_t place)
{
    group->tags[place] = 0;
}

TARE_ALWAYS_INLINE size_t tare__map_lowest(tare__map_mask mask)
{
    return (size_t)__builtin_ctzll(mask) / 4;
}

#endif

#endif
