/* SPDX-License-Identifier: MIT
 *
 * cli/compress_guess.h - how small a fast compressor would make some bytes.
 *
 * Shape    bytes -> literals and matches of four bytes or more, as LZ4's blocks have them, counted
 * Units    Bytes.
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     Some nanoseconds a byte.
 * Source   lz4, doc/lz4_Block_format.md
 */
#ifndef TARE_CLI_COMPRESS_GUESS_H
#define TARE_CLI_COMPRESS_GUESS_H

#include <stddef.h>
#include <stdint.h>

/* Never more than `bytes`, which are 65535 at most. */
size_t compress_guess(const uint8_t *data, size_t bytes);

#endif
