/* SPDX-License-Identifier: MIT
 *
 * format/trailer_layout.h - the word behind a block, for those who write it and who look for it.
 *
 * Shape    At the end of the usable block: record:21 | slack:6 | grown:1 | when:16 | check:20.
 *          See shim/trailer.h. Whoever knows the key can tell blocks in the memory of a process.
 * Units    As shim/trailer.h.
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     One multiplication.
 * Source   none
 */
#ifndef TARE_FORMAT_TRAILER_LAYOUT_H
#define TARE_FORMAT_TRAILER_LAYOUT_H

#include <stdint.h>

enum {
    TRAILER_BYTES = 8,
    TRAILER_FAR = 63,
    TRAILER_CHECK_BITS = 20,
    TRAILER_WHEN_BITS = 16,
    TRAILER_GROWN_SHIFT = TRAILER_CHECK_BITS + TRAILER_WHEN_BITS,
    TRAILER_SLACK_SHIFT = TRAILER_GROWN_SHIFT + 1,
    TRAILER_RECORD_SHIFT = TRAILER_SLACK_SHIFT + 6,

    TIME_MANTISSA_BITS = 11,
    TIME_EXPONENT_MAX = 31,
};

static inline uint64_t time_of(uint32_t packed)
{
    uint64_t mantissa = packed & ((1u << TIME_MANTISSA_BITS) - 1);

    return mantissa << (packed >> TIME_MANTISSA_BITS);
}

static inline uint64_t trailer_check(uint64_t key, const void *block, uint64_t word,
                                     uint64_t slack)
{
    uint64_t mixed = (uint64_t)block ^ key ^ (word >> TRAILER_CHECK_BITS) << 4;

    /* the upper bits of a product depend on all bits of its factor */
    return ((mixed ^ slack << 50) * 0x9e3779b97f4a7c15u) >> (64 - TRAILER_CHECK_BITS);
}

#endif
