/* SPDX-License-Identifier: MIT
 *
 * bench/buffer_ways.h - buffer pools and malloc, each doing the same with buffers of one size.
 *
 * Shape    way -> one function a pattern, which takes and gives back `count` buffers
 * Units    bytes
 * Owner    Pools keep what they keep from run to run, as in a program.
 * Threads  A pattern's function: thread-safe.
 * Errors   A way that is not here says what is missing. No memory ends the program.
 * Cost     What is measured; a store to the first byte of a buffer and one to the last.
 * Source   none
 */
#ifndef TARE_BENCH_BUFFER_WAYS_H
#define TARE_BENCH_BUFFER_WAYS_H

#include <stddef.h>

enum { BUFFER_WINDOW = 64, BUFFER_HANDLE_BYTES = 64 };

enum buffer_pattern {
    BUFFER_PAIR,        /* taken, and given back at once */
    BUFFER_WINDOW_FIFO, /* BUFFER_WINDOW in use, the oldest given back for each new one */
    BUFFER_BURST,       /* BUFFER_WINDOW taken, then all given back */
    BUFFER_PATTERNS
};

struct buffer_way {
    const char *name;
    const char *missing; /* a package; NULL: it is here */
    void (*run[BUFFER_PATTERNS])(size_t bytes, size_t count);
    /* All of `count` are in use at a time, and all of each is written to. Each has
     * BUFFER_HANDLE_BYTES in `buffers`. */
    void (*take_all)(size_t bytes, size_t count, void *buffers);
    void (*free_all)(size_t bytes, size_t count, void *buffers);
};

/* The pool as it is by default; one that keeps the smallest too; malloc and mimalloc; and two where
 * all of a buffer is wiped when it is given back. */
enum buffer_way_id {
    BUFFER_POOL,
    BUFFER_POOL_OF_ALL,
    BUFFER_MALLOC,
    BUFFER_MIMALLOC,
    BUFFER_POOL_SECURE,
    BUFFER_MALLOC_WIPED,
    BUFFER_WAYS
};

extern struct buffer_way buffer_ways[BUFFER_WAYS];

/* What ways need before they run. */
void buffer_ways_prepare(void);

#endif
