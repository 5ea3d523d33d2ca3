/* SPDX-License-Identifier: MIT */
#include "cli/compress_guess.h"

#include <string.h>

enum { SLOTS = 4096, SLOT_SHIFT = 20, MATCH_LEAST = 4, TOKEN = 3, LONG_FROM = 15 };

static uint32_t four(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

/* Of a length that a token's four bits do not hold. */
static size_t length_bytes(size_t length)
{
    return length < LONG_FROM ? 0 : (length - LONG_FROM) / 255 + 1;
}

static size_t match_bytes(const uint8_t *data, size_t one, size_t other, size_t end)
{
    size_t bytes = 0;

    while (other + bytes < end && data[one + bytes] == data[other + bytes])
        bytes++;
    return bytes;
}

size_t compress_guess(const uint8_t *data, size_t bytes)
{
    uint16_t places[SLOTS] = {0}; /* + 1 */
    size_t made = 1, literals = 0;

    for (size_t at = 0; at < bytes;) {
        size_t match = 0;

        if (at + MATCH_LEAST <= bytes) {
            uint16_t *place = &places[four(data + at) * 2654435761u >> SLOT_SHIFT];

            if (*place)
                match = match_bytes(data, *place - 1u, at, bytes);
            *place = (uint16_t)(at + 1);
        }
        if (match < MATCH_LEAST) {
            literals++;
            at++;
            continue;
        }
        made +=
            TOKEN + literals + length_bytes(literals) + length_bytes(match - MATCH_LEAST);
        literals = 0;
        at += match;
    }
    made += literals + length_bytes(literals);
    return made < bytes ? made : bytes;
}
