/* SPDX-License-Identifier: MIT */
#include "format/content.h"

#include <string.h>

static const uint64_t mix_a = 0x9e3779b97f4a7c15u, mix_b = 0xd6e8feb86659fd93u;

void content_pieces(size_t block_bytes, size_t at[CONTENT_PIECES])
{
    size_t last = block_bytes - CONTENT_PIECE;

    for (size_t i = 0; i < CONTENT_PIECES; i++)
        at[i] = last / (CONTENT_PIECES - 1) * i;
    at[CONTENT_PIECES - 1] = last;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t word(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

/* Less than 16 bytes, as two words. */
static void last_words(const uint8_t *at, size_t bytes, uint64_t words[2])
{
    uint8_t padded[16] = {0};

    if (bytes >= 8) {
        words[0] = word(at);
        words[1] = word(at + bytes - 8);
        return;
    }
    memcpy(padded, at, bytes);
    words[0] = word(padded);
    words[1] = 0;
}

uint64_t content_hash(const void *data, size_t bytes, size_t block_bytes)
{
    const uint8_t *at = data;
    uint64_t hash = block_bytes * mix_a;
    uint64_t last[2];

    for (; bytes >= 16; bytes -= 16, at += 16)
        hash = fold(word(at) ^ mix_a ^ hash, word(at + 8) ^ mix_b);
    last_words(at, bytes, last);
    hash = fold(last[0] ^ mix_a ^ hash, last[1] ^ mix_b);
    return fold(hash ^ mix_b, mix_a);
}

/* How many bytes a character has that begins with this one; 0: none does. */
static size_t character_bytes(uint8_t byte)
{
    if (byte < 0x80)
        return (byte >= 0x20 && byte < 0x7f) || (byte >= '\t' && byte <= '\r') ? 1 : 0;
    return byte >= 0xf5 ? 0 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
}

bool content_is_text(const void *data, size_t bytes)
{
    const uint8_t *text = data;
    size_t at = 0;

    if (bytes > CONTENT_WHOLE)
        bytes = CONTENT_PIECE;
    while (at < bytes && text[at]) {
        size_t more = character_bytes(text[at]);

        if (!more)
            return false;
        for (at++; --more && at < bytes; at++)
            if ((text[at] & 0xc0) != 0x80)
                return false;
    }
    return at >= CONTENT_TEXT_LEAST;
}

size_t content_tail(const void *data, size_t bytes, uint8_t byte)
{
    const uint64_t words = 0x0101010101010101u * byte;
    const uint8_t *start = data;
    size_t left = bytes;

    while (left >= 8 && word(start + left - 8) == words)
        left -= 8;
    while (left && start[left - 1] == byte)
        left--;
    return bytes - left;
}
