/* SPDX-License-Identifier: MIT
 *
 * bench/map_worker.h - one way to have a map, in a process of its own: keys, and what is measured.
 *
 * Shape    map_WAY.c(c): a type and seven functions that are inlined here
 *              map_make(), map_drop(map)           nothing in it; all memory is gone
 *              map_room(map, count)                if the way can make room before
 *              map_put(map, key, value)            a key that is not there
 *              map_get(map, key, &value)           false: it is not there
 *              map_cut(map, key)                   false likewise
 *              map_sum(map)                        of all values, by iteration
 *          and MAP_WAY_MAIN. Compiled twice: for integers, and for text with MAP_OF_TEXT.
 * Units    nanoseconds an operation; bytes an entry
 * Owner    Keys are the worker's.
 * Threads  single owner
 * Errors   A wrong result ends the process.
 * Cost     what is measured
 * Source   none
 */
#ifndef TARE_BENCH_MAP_WORKER_H
#define TARE_BENCH_MAP_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef MAP_OF_TEXT
typedef struct map_key {
    const char *bytes;
    size_t length;
} map_key;
#else
typedef uint64_t map_key;
#endif

#define MAP_INLINE static inline __attribute__((always_inline, unused))

/* The keys and orders of a run: `count` entries, `steps` operations at least. */
struct map_keys {
    size_t count, steps;
    map_key *there, *absent, *fresh; /* count, count, steps */
    map_key *hits, *misses;          /* steps, in no order */
    map_key *gone;                   /* count: `there` in no order */
};

/* What is timed; `rounds` times over all entries, on maps made before. Gives nanoseconds. */
struct map_loops {
    double (*insert)(const struct map_keys *keys, bool makes_room);
    double (*hit)(const struct map_keys *keys);
    double (*dependent)(const struct map_keys *keys);
    double (*miss)(const struct map_keys *keys);
    double (*iterate)(const struct map_keys *keys);
    double (*mix)(const struct map_keys *keys);
    double (*erase)(const struct map_keys *keys);
    double (*bulk_hit)(const struct map_keys *keys);    /* NULL: it has none */
    double (*bulk_insert)(const struct map_keys *keys); /* likewise */
    void (*grow)(const map_key *keys, size_t from, size_t to);
};

#ifdef __cplusplus
extern "C" {
#endif
int map_worker_main(int argc, char **argv, const struct map_loops *loops);
double map_now_ns(void);
void map_expect(bool holds, const char *what);
extern volatile uint64_t map_sink;
#ifdef __cplusplus
}
#endif

#endif
