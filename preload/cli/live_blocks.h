/* SPDX-License-Identifier: MIT
 *
 * cli/live_blocks.h - finds the live blocks of a process in its memory, by their trailers.
 *
 * Shape    range -> windows -> each 16th address: a size in front, as glibc keeps it, and the
 *          trailer where that size says that the block ends
 * Units    Bytes, addresses of the process.
 * Owner    The content given is only there during the call.
 * Threads  Single owner.
 * Errors   Another word passes for a trailer once in a million of such that pass for a size; the
 *          caller looks whether its record is one. Freed blocks have a spoiled trailer.
 * Cost     About a nanosecond for each 16 bytes of memory that is there.
 * Source   shim/trailer.h
 */
#ifndef TARE_CLI_LIVE_BLOCKS_H
#define TARE_CLI_LIVE_BLOCKS_H

#include "cli/target_memory.h"

struct live_block {
    uint64_t address;
    uint64_t bytes;
    uint32_t record, when;  /* as in its trailer */
    const uint8_t *content; /* NULL: it is not here as a whole */
};

/* False: that was none, and the next address may be one; true: it goes on behind the block. */
typedef bool live_block_fn(void *context, const struct live_block *block);

/* False: it was given up, as CLOCK_MONOTONIC has passed `until_ns`. */
bool live_blocks_find(const struct target_memory *memory, uint64_t key, uint64_t until_ns,
                      live_block_fn *found, void *context);

#endif
