/* SPDX-License-Identifier: MIT
 *
 * tare/vec_integer.h - arrays and vectors of integers: searched, counted, compared.
 *
 * Shape    Plain functions of arrays; TARE_VEC_DEFINE_INTEGER makes them a vector's.
 * Units    Elements.
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     16 bytes at a time: some 64 bytes a cycle or two where they are cached.
 * Source   none
 */
#ifndef TARE_VEC_INTEGER_H
#define TARE_VEC_INTEGER_H

#include <tare/vec.h>

TARE_BEGIN

/* The index of the first item that is `value`; count when there is none. */
TARE_API size_t tare_find_u8(const uint8_t *items, size_t count, uint8_t value);
TARE_API size_t tare_find_u16(const uint16_t *items, size_t count, uint16_t value);
TARE_API size_t tare_find_u32(const uint32_t *items, size_t count, uint32_t value);
TARE_API size_t tare_find_u64(const uint64_t *items, size_t count, uint64_t value);

/* How many items are `value`. */
TARE_API size_t tare_count_u8(const uint8_t *items, size_t count, uint8_t value);
TARE_API size_t tare_count_u16(const uint16_t *items, size_t count, uint16_t value);
TARE_API size_t tare_count_u32(const uint32_t *items, size_t count, uint32_t value);
TARE_API size_t tare_count_u64(const uint64_t *items, size_t count, uint64_t value);

TARE_END

/* TARE_VEC_DEFINE_INTEGER(NAME, TYPE) makes these of the vectors of TARE_VEC_DEFINE(NAME, TYPE),
 * where TYPE is an integer, an enumeration or a bool:
 *   size_t NAME_find(vec, value)      The first index; length when there is none.
 *   size_t NAME_count(vec, value)
 *   bool NAME_equal(a, b)             As long, with the same elements. */
#define TARE_VEC_DEFINE_INTEGER(NAME, TYPE)                                               \
    TARE__ASSERT(sizeof(TYPE) == 1 || sizeof(TYPE) == 2 || sizeof(TYPE) == 4 ||           \
                     sizeof(TYPE) == 8,                                                   \
                 #NAME ": integers have 8 to 64 bits");                                   \
    TARE__ASSERT((TYPE)1 / 2 == 0, #NAME ": elements are not integers");                  \
    TARE__VEC_BY_WIDTH(NAME, TYPE, find)                                                  \
    TARE__VEC_BY_WIDTH(NAME, TYPE, count)                                                 \
    TARE_NODISCARD TARE_INLINE bool NAME##_equal(const struct NAME *a,                    \
                                                 const struct NAME *b)                    \
    {                                                                                     \
        return a->length == b->length &&                                                  \
               (!a->length || memcmp(a->items, b->items, a->length * sizeof(TYPE)) == 0); \
    }                                                                                     \
    TARE__END

/* Signed and unsigned are one to aliasing; enumerations are one with the integer behind them. */
#define TARE__VEC_BY_WIDTH(NAME, TYPE, WHAT)                                              \
    TARE_NODISCARD TARE_INLINE size_t NAME##_##WHAT(const struct NAME *vec, TYPE value)   \
    {                                                                                     \
        const void *items = vec->items;                                                   \
                                                                                          \
        if (sizeof(TYPE) == 1)                                                            \
            return tare_##WHAT##_u8((const uint8_t *)items, vec->length, (uint8_t)value); \
        if (sizeof(TYPE) == 2)                                                            \
            return tare_##WHAT##_u16((const uint16_t *)items, vec->length,                \
                                     (uint16_t)value);                                    \
        if (sizeof(TYPE) == 4)                                                            \
            return tare_##WHAT##_u32((const uint32_t *)items, vec->length,                \
                                     (uint32_t)value);                                    \
        return tare_##WHAT##_u64((const uint64_t *)items, vec->length, (uint64_t)value);  \
    }

#endif
