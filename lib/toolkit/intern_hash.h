/* SPDX-License-Identifier: MIT
 *
 * toolkit/intern_hash.h - the hash of a string, and comparing strings.
 *
 * Shape    string, keys -> 64 bits: products of 64 by 64 bits, folded
 *          Strings of up to 7 bytes are one word, those of up to 32 four, whatever their length: few
 *          branches, as the lengths of strings cannot be predicted.
 * Units    bytes
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     Up to 7 bytes two multiplications, up to 32 four, then one more for each 16.
 * Source   none
 *
 * Each factor is a part of the string under a key of its own, and so is its length: with keys that
 * nobody knows, nobody can choose strings for a product of 0, nor for equal ones. Not for
 * cryptography.
 */
#ifndef TARE_TOOLKIT_INTERN_HASH_H
#define TARE_TOOLKIT_INTERN_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tare/api.h>

enum {
    INTERN_SHORT_BYTES = 7,
    INTERN_MIDDLE_BYTES = 32,
    /* One key for each length up to INTERN_SHORT_BYTES, then: */
    INTERN_KEY_SHORT = INTERN_SHORT_BYTES + 1,
    INTERN_KEY_LENGTH,
    INTERN_KEY_FIRST,
    INTERN_KEY_LAST,
    INTERN_KEY_END,
    INTERN_KEYS,
};

TARE_INLINE uint64_t hash_load8(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

TARE_INLINE uint64_t hash_load4(const char *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

TARE_INLINE uint64_t hash_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Products of strings that differ in a letter are spread unevenly; those of products are not. */
TARE_INLINE uint64_t hash_end(const uint64_t keys[INTERN_KEYS], uint64_t state)
{
    return hash_fold(state, keys[INTERN_KEY_END]);
}

/* All of up to 7 bytes, some of them twice. */
TARE_INLINE uint64_t hash_short_word(const char *start, size_t bytes)
{
    if (bytes >= 4)
        return hash_load4(start) << 32 | hash_load4(start + bytes - 4);
    if (!bytes)
        return 0;
    return (uint64_t)(unsigned char)start[0] << 16 |
           (uint64_t)(unsigned char)start[bytes / 2] << 8 | (unsigned char)start[bytes - 1];
}

/* All of 8 to 32 bytes, likewise. */
struct hash_words {
    uint64_t first, second, third, last;
};

TARE_INLINE struct hash_words hash_words_of(const char *start, size_t bytes)
{
    size_t second = bytes < 16 ? bytes - 8 : 8, third = bytes < 16 ? 0 : bytes - 16;

    return (struct hash_words){hash_load8(start), hash_load8(start + second),
                               hash_load8(start + third), hash_load8(start + bytes - 8)};
}

TARE_INLINE uint64_t intern_hash_short(const uint64_t keys[INTERN_KEYS], uint64_t word,
                                       size_t bytes)
{
    return hash_end(keys, hash_fold(word ^ keys[bytes], keys[INTERN_KEY_SHORT]));
}

TARE_INLINE uint64_t intern_hash_middle(const uint64_t keys[INTERN_KEYS],
                                        struct hash_words words, size_t bytes)
{
    uint64_t state = bytes * keys[INTERN_KEY_LENGTH];

    state = hash_fold(words.first ^ keys[INTERN_KEY_FIRST], words.second ^ state);
    return hash_end(keys,
                    hash_fold(words.third ^ keys[INTERN_KEY_LAST], words.last ^ state));
}

/* Of any length. */
TARE_INLINE uint64_t intern_hash(const uint64_t keys[INTERN_KEYS], const char *start,
                                 size_t bytes)
{
    uint64_t state = bytes * keys[INTERN_KEY_LENGTH];

    if (bytes <= INTERN_SHORT_BYTES)
        return intern_hash_short(keys, hash_short_word(start, bytes), bytes);
    if (bytes <= INTERN_MIDDLE_BYTES)
        return intern_hash_middle(keys, hash_words_of(start, bytes), bytes);
    for (; bytes > 16; bytes -= 16, start += 16)
        state = hash_fold(hash_load8(start) ^ keys[INTERN_KEY_FIRST],
                          hash_load8(start + 8) ^ state);
    start -= 16 - bytes; /* the last 16 */
    return hash_end(keys, hash_fold(hash_load8(start) ^ keys[INTERN_KEY_LAST],
                                    hash_load8(start + 8) ^ state));
}

TARE_INLINE uint32_t intern_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

/* Of 8 to 32 bytes each. */
TARE_INLINE bool intern_is_same(const char *one, const char *other, size_t bytes)
{
    struct hash_words a = hash_words_of(one, bytes), b = hash_words_of(other, bytes);

    return !((a.first ^ b.first) | (a.second ^ b.second) | (a.third ^ b.third) |
             (a.last ^ b.last));
}

#endif
