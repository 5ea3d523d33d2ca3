/* SPDX-License-Identifier: MIT
 *
 * support/random.h - numbers that look random, and are the same in each run with the same seed.
 *
 * Shape    xorshift64
 * Units    none
 * Owner    none; the seed is the caller's, any but 0.
 * Threads  a seed for each
 * Errors   none
 * Cost     1 ns
 * Source   G. Marsaglia: Xorshift RNGs. Journal of Statistical Software 8 (14), 2003.
 */
#ifndef TARE_SUPPORT_RANDOM_H
#define TARE_SUPPORT_RANDOM_H

#include <stdint.h>

static inline uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

#endif
