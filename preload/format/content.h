/* SPDX-License-Identifier: MIT
 *
 * format/content.h - what a block holds: a fingerprint, whether it is text, how its end looks.
 *
 * Shape    pieces of a block, in order -> hash
 *              up to CONTENT_WHOLE bytes: all of it
 *              more: [head]...[piece]...[piece]...[tail], CONTENT_WHOLE bytes in all
 * Units    Bytes.
 * Owner    none
 * Threads  thread-safe, async-signal-safe.
 * Errors   none
 * Cost     About a nanosecond for 16 bytes.
 * Source   none
 */
#ifndef TARE_FORMAT_CONTENT_H
#define TARE_FORMAT_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONTENT_WHOLE = 256,
    CONTENT_PIECES = 4,
    CONTENT_PIECE = 64,
    CONTENT_TEXT_LEAST = 4
};

/* Where the pieces of a block begin that is too long to be read as a whole. */
void content_pieces(size_t block_bytes, size_t at[CONTENT_PIECES]);

/* Of a whole block, or of the pieces of a longer one, put one behind the other. */
uint64_t content_hash(const void *data, size_t bytes, size_t block_bytes);

/* Printable up to a NUL or the end: ASCII, or UTF-8 by its form. Asks the first bytes only, where
 * there are more than CONTENT_WHOLE. */
bool content_is_text(const void *data, size_t bytes);

/* How many of the last bytes are `byte`. */
size_t content_tail(const void *data, size_t bytes, uint8_t byte);

/* Blocks that are filled when they are allocated: those up to FILL_ALWAYS_BYTES, and a sample of
 * those up to FILL_MAX_BYTES. Told by the address and the trailer's time alone. */
enum { FILL_ALWAYS_BYTES = 1024, FILL_MAX_BYTES = 65536 };
static inline bool content_is_filled(uint64_t address, uint32_t when, size_t bytes)
{
    uint64_t mixed = (address >> 4 ^ (uint64_t)when << 44) * 0x9e3779b97f4a7c15u;

    return bytes <= FILL_ALWAYS_BYTES || (bytes <= FILL_MAX_BYTES && mixed >> 62 == 0);
}

#endif
