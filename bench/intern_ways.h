/* SPDX-License-Identifier: MIT
 *
 * bench/intern_ways.h - interning and its peers, each doing the same; what they are given.
 *
 * Shape    way -> fill, and look up what is there
 * Units    strings
 * Owner    A way keeps its table until the process ends.
 * Threads  fill: single owner. look_up: thread-safe where the way says so.
 * Errors   A way that is not here says what is missing. No memory ends the program.
 * Cost     What is measured, and the loop.
 * Source   none
 */
#ifndef TARE_BENCH_INTERN_WAYS_H
#define TARE_BENCH_INTERN_WAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/intern.h>

#ifdef __cplusplus
extern "C" {
#endif

struct intern_way {
    const char *name;
    const char *missing; /* a package; NULL: it is here */
    bool is_of_thread;   /* of one only */
    bool is_other_use;   /* its table is that of the way before it */
    void (*look_up)(const struct tare_text *texts, size_t count);
};

/* Ours first. */
enum { INTERN_WAYS = 9 };
extern const struct intern_way *const intern_ways[INTERN_WAYS];

extern const struct intern_way intern_way_tare, intern_way_tare_batch, intern_way_uthash;
extern const struct intern_way intern_way_chunk, intern_way_quark, intern_way_chunk_mutex;
extern const struct intern_way intern_way_absl, intern_way_absl_mutex,
    intern_way_absl_rwlock;

/* Strings to look up, each with NUL behind it, and the distinct ones of them. */
struct intern_input {
    const char *name;
    struct tare_text *texts, *distinct;
    size_t count, distinct_count;
    double mean_bytes; /* of a distinct one */
    char from[160];    /* where they are from, for people */
};

/* A million of 12 to 28 bytes; the i-th as often as 1/i^0.99. */
void intern_input_zipf(struct intern_input *input);

/* The identifiers of source files on this machine, as they stand there. */
void intern_input_identifiers(struct intern_input *input);

/* EACH does something with `text`. */
#define INTERN_LOOP(EACH)                             \
    do {                                              \
        for (size_t i = 0; i < count; i++) {          \
            const struct tare_text *text = texts + i; \
            EACH;                                     \
        }                                             \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
