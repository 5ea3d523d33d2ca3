/* SPDX-License-Identifier: MIT
 *
 * bench/cache_ratio.h - what the cache hits of traces, beside LRU and ARC.
 *
 * Shape    rows and targets into results; a table
 * Units    percent of requests
 * Owner    none
 * Threads  Single owner.
 * Errors   One without memory ends the program.
 * Cost     Some ten seconds.
 * Source   none
 */
#ifndef TARE_BENCH_CACHE_RATIO_H
#define TARE_BENCH_CACHE_RATIO_H

#include "bench/results.h"

void cache_ratio_run(struct results *results);

#endif
