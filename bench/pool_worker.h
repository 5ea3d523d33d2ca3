/* SPDX-License-Identifier: MIT
 *
 * bench/pool_worker.h - one way to get objects and give them back, in a process of its own.
 *
 * Shape    pool_worker.c (main, threads, clock) -> the struct pool_way of pool_worker_WAY.c,
 *          whose loops pool_loops.h makes with the way's alloc and free inlined.
 * Units    Objects of OBJECT_BYTES, which the build sets.
 * Owner    Each thread owns its window; the flow belongs to its two threads.
 * Threads  Loops: one producer, one consumer for the flow; a window has a single owner.
 * Errors   A way that runs out of objects ends its process.
 * Cost     what is measured
 * Source   none
 */
#ifndef TARE_BENCH_POOL_WORKER_H
#define TARE_BENCH_POOL_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    POOL_WINDOW = 10000, /* objects that a queue, or a set, holds */
    POOL_BATCH = 64,     /* that are held at a time, last-in first-out */
    POOL_BURST = 32,     /* that are freed, or handed over, together */
    POOL_ORDER = POOL_WINDOW / POOL_BURST * POOL_BURST,
    POOL_RING = 4096, /* between two threads */
};

/* The objects of a queue or of a set. */
struct pool_window {
    void *objects[POOL_WINDOW];
    uint32_t at;    /* the queue's head and tail; or the place in pool_order */
    uint32_t shift; /* of the order's slots: another one in each pass */
};

/* Slots of a window, in no order; none twice. */
extern uint16_t pool_order[POOL_ORDER];

/* Objects on their way from one thread to another. */
struct pool_flow {
    __attribute__((aligned(128))) uint64_t head; /* the producer's */
    __attribute__((aligned(128))) uint64_t tail; /* the consumer's */
    bool has_ended;
    uint64_t read; /* what the consumer found in them */
    __attribute__((aligned(128))) void *ring[POOL_RING];
};

/* Each loop goes through `count` objects. */
struct pool_way {
    bool (*begin)(void);          /* once in the process; false: it is not to be had here */
    bool (*make)(size_t objects); /* a pool for so many at a time */
    void (*enter)(void);          /* in each thread, before its first object */
    void (*lifo)(struct pool_window *window, uint64_t count);
    void (*batch)(struct pool_window *window, uint64_t count);
    void (*fifo)(struct pool_window *window, uint64_t count);
    void (*random)(struct pool_window *window, uint64_t count);
    void (*produce)(struct pool_flow *flow, uint64_t count);
    void (*consume)(struct pool_flow *flow);      /* what there is, until the flow ends */
    void (*consume_read)(struct pool_flow *flow); /* and read the objects first */
    void (*fill)(void **objects, uint64_t count); /* and write to all of each */
};

/* The one that the program is linked with. */
extern const struct pool_way pool_way;

#endif
