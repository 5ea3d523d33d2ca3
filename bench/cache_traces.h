/* SPDX-License-Identifier: MIT
 *
 * bench/cache_traces.h - requests, made up as caches are known to see them.
 *
 * Shape    trace: name, keys from 0 to key_count
 * Units    requests
 * Owner    The caller frees keys.
 * Threads  Single owner.
 * Errors   One without memory ends the program.
 * Cost     none that is measured
 * Source   none
 */
#ifndef TARE_BENCH_CACHE_TRACES_H
#define TARE_BENCH_CACHE_TRACES_H

#include <stddef.h>
#include <stdint.h>

struct trace {
    const char *name;
    uint32_t *keys;
    size_t count, key_count;
};

enum { TRACES = 8, TRACE_REQUESTS = 1000000 };

/* The trace number `which`, the same each time. */
struct trace trace_made(unsigned which);

/* Numbers from 0 to key_count, the n-th as often as 1 / n^exponent. */
uint32_t *trace_zipf(size_t key_count, double exponent, size_t count);

#endif
