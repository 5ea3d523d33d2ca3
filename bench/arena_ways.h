/* SPDX-License-Identifier: MIT
 *
 * bench/arena_ways.h - the arena and its peers, each doing the same.
 *
 * Shape    way -> one function a case, which does a round of it
 * Units    A round is ARENA_OBJECTS objects, ARENA_STRINGS strings, or one scratch of some objects.
 * Owner    Ways keep their memory from round to round, as a program would.
 * Threads  Single owner.
 * Errors   A way that is not here says what is missing. No memory ends the program.
 * Cost     What is measured, a store into each object, and the loop.
 * Source   none
 */
#ifndef TARE_BENCH_ARENA_WAYS_H
#define TARE_BENCH_ARENA_WAYS_H

#include <stddef.h>

enum { ARENA_OBJECTS = 10000, ARENA_STRINGS = 2000, ARENA_SCRATCH_OBJECTS = 8 };

enum arena_case { CASE_OBJECTS, CASE_STRINGS, CASE_PRINTF, CASE_SCRATCH, ARENA_CASES };

struct arena_way {
    const char *name;
    const char *missing; /* a package; NULL: it is here */
    /* NULL: it has no such thing. */
    void (*run[ARENA_CASES])(void);
    /* Bytes that all objects of a round hold, once asked for; 0: not known. */
    size_t held_bytes;
};

/* Ours first. */
enum { ARENA_WAYS = 8 };
extern struct arena_way *const arena_ways[ARENA_WAYS];

/* What is asked for. */
extern size_t arena_object_bytes[ARENA_OBJECTS];
extern char arena_strings[ARENA_STRINGS][64];

/* Sizes and strings, and what ways need before they run. */
void arena_ways_prepare(void);

/* Of what the arena holds, as much as it has touched: the end of a large chunk takes no memory. */
extern size_t arena_touched_bytes;

/* Each round looks here when all its objects are there: the way that is asked what they hold. */
extern struct arena_way *arena_asked_way;

/* What malloc has given out since arena_heap_begin. */
void arena_heap_begin(void);
size_t arena_heap_bytes(void);

/* The loops, the same for each way. ALLOC makes an object of `bytes`, COPY a string of `string`, PRINT
 * one of `i` and `string`. */
#define ARENA_RUN_OBJECTS(ALLOC, HELD, END)          \
    do {                                             \
        for (size_t i = 0; i < ARENA_OBJECTS; i++) { \
            size_t bytes = arena_object_bytes[i];    \
            char *object = (ALLOC);                  \
            *object = 1;                             \
            measure_keep(object);                    \
        }                                            \
        if (arena_asked_way)                         \
            arena_asked_way->held_bytes = (HELD);    \
        END;                                         \
    } while (0)
#define ARENA_RUN_STRINGS(COPY, END)                 \
    do {                                             \
        for (size_t i = 0; i < ARENA_STRINGS; i++) { \
            const char *string = arena_strings[i];   \
            measure_keep(COPY);                      \
        }                                            \
        END;                                         \
    } while (0)
#define ARENA_RUN_SCRATCH(ALLOC)                             \
    do {                                                     \
        for (size_t i = 0; i < ARENA_SCRATCH_OBJECTS; i++) { \
            size_t bytes = arena_object_bytes[i];            \
            char *object = (ALLOC);                          \
            *object = 1;                                     \
            measure_keep(object);                            \
        }                                                    \
    } while (0)

/* Peers that may be absent when this is built. */
extern struct arena_way arena_way_apr, arena_way_talloc;

#endif
