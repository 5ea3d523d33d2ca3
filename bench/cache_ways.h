/* SPDX-License-Identifier: MIT
 *
 * bench/cache_ways.h - values found by key and given back, in several ways.
 *
 * Shape    way: begin(capacity), put, gets(keys, count) ..., end
 * Units    gets
 * Owner    A way owns its values.
 * Threads  gets: thread-safe; the others single owner
 * Errors   A way without memory ends the program.
 * Cost     none that is measured
 * Source   none
 */
#ifndef TARE_BENCH_CACHE_WAYS_H
#define TARE_BENCH_CACHE_WAYS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cache_way {
    const char *name;
    void (*begin)(size_t capacity);
    void (*put)(uint64_t key);
    size_t (*gets)(const uint64_t *keys, size_t count); /* the number of hits */
    void (*end)(void);
};

/* Ours, and what cache_peers.cc has under this name: an array that ends with one without a name. */
extern const struct cache_way cache_own_ways[];
#define CACHE_PEERS_SYMBOL "cache_peers"

enum { CACHE_SHARDS = 16 };

#ifdef __cplusplus
}
#endif

#endif
