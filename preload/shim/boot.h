/* SPDX-License-Identifier: MIT
 *
 * shim/boot.h - blocks for who allocates before the allocator behind us is known.
 *
 * Shape    chunks, newest first; in each, blocks from the front. Nothing is ever given back.
 *              block: [size word, as glibc lays it out][bytes]
 * Units    bytes
 * Owner    The program image: a fork's child has them too.
 * Threads  thread-safe, async-signal-safe.
 * Errors   boot_allocate: NULL, ENOMEM.
 * Cost     An atomic addition. boot_owns: a compare for each chunk; there are none in a program
 *          that allocates nothing so early, which is nearly all.
 * Source   none
 */
#ifndef TARE_SHIM_BOOT_H
#define TARE_SHIM_BOOT_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed bytes; `alignment` is a power of two. */
void *boot_allocate(size_t alignment, size_t bytes);

bool boot_owns(const void *block);

/* Bytes of a block of boot_allocate's. */
size_t boot_usable(void *block);

/* Was there ever one? */
bool boot_was_used(void);

#endif
