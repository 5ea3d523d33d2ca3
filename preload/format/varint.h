/* SPDX-License-Identifier: MIT
 *
 * format/varint.h - numbers of few bytes when they are small: LEB128, and zigzag for signs.
 *
 * Shape    seven bits a byte, least first; the top bit says that more follow
 * Units    Bytes.
 * Owner    none
 * Threads  thread-safe.
 * Errors   A number that is cut, or longer than VARINT_BYTES, reads as NULL.
 * Cost     O(bytes).
 * Source   DWARF 5, section 7.6 (LEB128); protocol buffers (zigzag).
 */
#ifndef TARE_FORMAT_VARINT_H
#define TARE_FORMAT_VARINT_H

#include <stddef.h>
#include <stdint.h>

enum { VARINT_BYTES = 10 };

/* `to` has room for VARINT_BYTES; returns behind the last one written. */
static inline uint8_t *varint_put(uint8_t *to, uint64_t value)
{
    while (value >= 0x80) {
        *to++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *to++ = (uint8_t)value;
    return to;
}

static inline const uint8_t *varint_get(const uint8_t *from, const uint8_t *end,
                                        uint64_t *value)
{
    uint64_t got = 0;

    for (uint32_t shift = 0; from < end && shift < 7 * VARINT_BYTES; shift += 7) {
        uint8_t byte = *from++;

        got |= (uint64_t)(byte & 0x7f) << (shift < 64 ? shift : 0);
        if (!(byte & 0x80)) {
            *value = got;
            return from;
        }
    }
    return NULL;
}

static inline uint64_t zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t unzigzag(uint64_t value)
{
    return (int64_t)((value >> 1) ^ (0 - (value & 1)));
}

#endif
