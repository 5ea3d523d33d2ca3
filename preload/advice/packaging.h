/* SPDX-License-Identifier: MIT
 *
 * advice/packaging.h - what blocks and libtare's structures take of memory.
 *
 * Shape    none
 * Units    Bytes.
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     O(1), or O(log).
 * Source   glibc's malloc: a size of 8 bytes before each block, blocks of 16 bytes and at least 32;
 *          the headers of libtare, section Cost.
 */
#ifndef TARE_ADVICE_PACKAGING_H
#define TARE_ADVICE_PACKAGING_H

#include <stdbool.h>

/* Memory, and how often it is asked for. */
struct weight {
    double bytes, calls;
};

double packaging_block_bytes(double bytes, bool is_mimalloc);

/* What libtare takes for `count` objects of so many bytes each, on average. */
struct weight packaging_pool(double count, double bytes);
struct weight packaging_arena(double count, double bytes);
struct weight packaging_intern(double count, double bytes);
struct weight packaging_map(double count, double bytes);

#endif
