/* SPDX-License-Identifier: MIT
 *
 * bench/cache_models.h - what simple caches would have hit.
 *
 * Shape    trace, capacity -> parts that hit
 * Units    entries; parts of 1
 * Owner    none
 * Threads  Single owner.
 * Errors   One without memory ends the program.
 * Cost     none that is measured
 * Source   Megiddo and Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache", FAST 2003.
 */
#ifndef TARE_BENCH_CACHE_MODELS_H
#define TARE_BENCH_CACHE_MODELS_H

#include "bench/cache_traces.h"

double model_lru(const struct trace *trace, uint32_t capacity);
double model_arc(const struct trace *trace, uint32_t capacity);

#endif
