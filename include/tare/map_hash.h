/* SPDX-License-Identifier: MIT
 *
 * tare/map_hash.h - hashes of 64 bits that begin at a seed; the same on all targets.
 *
 * Shape    tare_hash_integer    a multiplication to 128 bits, folded
 *          tare_hash_text       the same, 16 bytes at a time
 *          tare_hash_keyed      SipHash-1-3, for keys that an adversary chooses
 * Units    bytes
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     integer: some 5 cycles; text: some 10, and 2 for each 16 bytes; keyed: 5 times as much
 * Source   Aumasson and Bernstein, "SipHash", 2012. Steele and Vigna, "Computationally easy,
 *          spectrally good multipliers", 2021 (the constants).
 */
#ifndef TARE_MAP_HASH_H
#define TARE_MAP_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tare/api.h>

TARE_BEGIN

#define TARE__HASH_A 0xd1342543de82ef95u
#define TARE__HASH_B 0xaf251af3b0f025b5u

/* Upper and lower half of a product. */
struct tare__hash_product {
    uint64_t high, low;
};

TARE_ALWAYS_INLINE struct tare__hash_product tare__hash_multiply(uint64_t a, uint64_t b)
{
    struct tare__hash_product product;
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide;
    wide whole = (wide)a * b;

    product.high = (uint64_t)(whole >> 64);
    product.low = (uint64_t)whole;
#else
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t middle = ah * bl + (al * bl >> 32);
    uint64_t cross = al * bh + (uint32_t)middle;

    product.high = ah * bh + (middle >> 32) + (cross >> 32);
    product.low = a * b;
#endif
    return product;
}

TARE_ALWAYS_INLINE uint64_t tare__hash_fold(uint64_t a, uint64_t b)
{
    struct tare__hash_product product = tare__hash_multiply(a, b);

    return product.high ^ product.low;
}

TARE_ALWAYS_INLINE uint64_t tare_hash_integer(uint64_t value, uint64_t seed)
{
    return tare__hash_fold(value ^ seed, TARE__HASH_A);
}

/* Little-endian, whatever the target is. */
TARE_ALWAYS_INLINE uint64_t tare__hash_word8(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

TARE_ALWAYS_INLINE uint64_t tare__hash_word4(const char *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

/* Two words that overlap hold all bytes of a text of at most 16. */
TARE_INLINE uint64_t tare_hash_text(const char *bytes, size_t length, uint64_t seed)
{
    uint64_t first = 0, last = 0, hash = seed ^ length * TARE__HASH_A;

    if (TARE_LIKELY(length >= 8)) {
        const char *end = bytes + length;

        for (; end - bytes > 16; bytes += 16)
            hash = tare__hash_fold(tare__hash_word8(bytes) ^ TARE__HASH_B,
                                   tare__hash_word8(bytes + 8) ^ hash);
        /* of a longer one too: the bytes before are there */
        first = tare__hash_word8(length > 16 ? end - 16 : bytes);
        last = tare__hash_word8(end - 8);
    } else if (length >= 4) {
        first = tare__hash_word4(bytes);
        last = tare__hash_word4(bytes + length - 4);
    } else if (length) {
        first = (uint64_t)(uint8_t)bytes[0] << 16 |
                (uint64_t)(uint8_t)bytes[length / 2] << 8 | (uint8_t)bytes[length - 1];
    }
    return tare__hash_fold(first ^ TARE__HASH_B, last ^ hash);
}

/* Are so many bytes equal? As above, words that overlap hold them, of up to 32 of which most keys are. */
TARE_ALWAYS_INLINE bool tare__hash_is_same(const char *a, const char *b, size_t length)
{
    if (TARE_UNLIKELY(length < 8 || length > 32))
        return memcmp(a, b, length) == 0;
    size_t last = length - 8, second = last < 8 ? last : 8, third = last - second;

    return ((tare__hash_word8(a) ^ tare__hash_word8(b)) |
            (tare__hash_word8(a + second) ^ tare__hash_word8(b + second)) |
            (tare__hash_word8(a + third) ^ tare__hash_word8(b + third)) |
            (tare__hash_word8(a + last) ^ tare__hash_word8(b + last))) == 0;
}

/* SipHash-1-3. */
TARE_API uint64_t tare_hash_keyed(const void *bytes, size_t length, uint64_t key0,
                                  uint64_t key1);

TARE_END

#endif
