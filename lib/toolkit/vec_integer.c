/* SPDX-License-Identifier: MIT
 *
 * The compiler's own vectors: it makes SSE2 of them, NEON, or whatever the machine has. Loops with a
 * way out, and sums of another width than what is compared, it does not turn into vectors by itself.
 */
#include <tare/vec_integer.h>

#include <string.h>

enum { LANE_BLOCKS = 100 /* for which a lane of 8 bits can count */ };

typedef uint8_t lanes8 __attribute__((vector_size(16)));
typedef uint16_t lanes16 __attribute__((vector_size(16)));
typedef uint32_t lanes32 __attribute__((vector_size(16)));
typedef uint64_t lanes64 __attribute__((vector_size(16)));

/* Lanes that are all ones where an item is `value`, and 0 elsewhere. */
#define DEFINE_EQUAL(BITS)                                                      \
    static inline lanes##BITS equal##BITS(const void *items, lanes##BITS value) \
    {                                                                           \
        lanes##BITS lanes;                                                      \
                                                                                \
        memcpy(&lanes, items, sizeof lanes);                                    \
        return (lanes##BITS)(lanes == value);                                   \
    }

DEFINE_EQUAL(8)
DEFINE_EQUAL(16)
DEFINE_EQUAL(32)

/* SSE2 compares 32 bits at most. The upper half of a lane stays 0. */
static inline lanes64 equal64(const void *items, lanes64 value)
{
    lanes64 halves = (lanes64)equal32(items, (lanes32)value);

    return halves & halves >> 32;
}

/* So many vectors are compared before one looks. */
#define DEFINE_FIND(BITS, VECTORS)                                                   \
    size_t tare_find_u##BITS(const uint##BITS##_t *items, size_t count,              \
                             uint##BITS##_t value)                                   \
    {                                                                                \
        enum { LANES = 128 / BITS, ITEMS = (VECTORS)*LANES };                        \
        lanes##BITS every = value - (lanes##BITS){0};                                \
        size_t i = 0;                                                                \
                                                                                     \
        for (; count - i >= ITEMS; i += ITEMS) {                                     \
            lanes##BITS found = {0};                                                 \
                                                                                     \
            _Pragma("GCC unroll 8") for (size_t at = i; at < i + ITEMS; at += LANES) \
                found |= equal##BITS(items + at, every);                             \
            if (((lanes64)found)[0] | ((lanes64)found)[1])                           \
                break;                                                               \
        }                                                                            \
        while (i < count && items[i] != value)                                       \
            i++;                                                                     \
        return i;                                                                    \
    }

size_t tare_find_u8(const uint8_t *items, size_t count, uint8_t value)
{
    const uint8_t *found = count ? memchr(items, value, count) : NULL;

    return found ? (size_t)(found - items) : count;
}

DEFINE_FIND(16, 4)
DEFINE_FIND(32, 4)
DEFINE_FIND(64, 8)

/* A lane is taken from where its item is `value`: by all ones, or by the lower half of them. */
#define DEFINE_COUNT(BITS, SUM)                                                \
    size_t tare_count_u##BITS(const uint##BITS##_t *items, size_t count,       \
                              uint##BITS##_t value)                            \
    {                                                                          \
        enum { LANES = 128 / BITS, ITEMS = 4 * LANES };                        \
        lanes##BITS every = value - (lanes##BITS){0};                          \
        size_t i = 0, counted = 0;                                             \
                                                                               \
        while (count - i >= ITEMS) {                                           \
            size_t blocks = (count - i) / ITEMS;                               \
            SUM even = {0}, odd = {0};                                         \
                                                                               \
            for (blocks = blocks < LANE_BLOCKS ? blocks : LANE_BLOCKS; blocks; \
                 blocks--, i += ITEMS) {                                       \
                even -= (SUM)equal##BITS(items + i, every);                    \
                odd -= (SUM)equal##BITS(items + i + LANES, every);             \
                even -= (SUM)equal##BITS(items + i + 2 * LANES, every);        \
                odd -= (SUM)equal##BITS(items + i + 3 * LANES, every);         \
            }                                                                  \
            for (size_t lane = 0; lane < sizeof even / sizeof even[0]; lane++) \
                counted += (size_t)even[lane] + odd[lane];                     \
        }                                                                      \
        for (; i < count; i++)                                                 \
            counted += items[i] == value;                                      \
        return counted;                                                        \
    }

DEFINE_COUNT(8, lanes8)
DEFINE_COUNT(16, lanes16)
DEFINE_COUNT(32, lanes32)
DEFINE_COUNT(64, lanes32)
