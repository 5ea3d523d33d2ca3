/* SPDX-License-Identifier: MIT
 *
 * bench/pool_loops.h - the cases, with one way's alloc and free inlined in them.
 *
 * Shape    POOL_WAY(begin, make, enter, alloc, free) defines the loops, and the struct pool_way.
 *          alloc and free are constants in each loop, so that the compiler calls them directly.
 * Units    OBJECT_BYTES: of an object.
 * Owner    as in pool_worker.h
 * Threads  as in pool_worker.h
 * Errors   none
 * Cost     a counter, a store to the object, and what the case needs to remember objects
 * Source   none
 */
#ifndef TARE_BENCH_POOL_LOOPS_H
#define TARE_BENCH_POOL_LOOPS_H

#include <string.h>

#include "bench/measure.h"
#include "bench/pool_worker.h"

#define POOL_INLINE static inline __attribute__((always_inline))

#ifndef OBJECT_BYTES
#define OBJECT_BYTES 64
#endif

typedef void *(*pool_alloc_fn)(void);
typedef void (*pool_free_fn)(void *object);

/* What is in memory is there, and read anew: as if functions were called in between. */
POOL_INLINE void pool_forget(void)
{
    __asm__ volatile("" : : : "memory");
}

POOL_INLINE void pool_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* An object whose first word is written. */
POOL_INLINE void *pool_new(pool_alloc_fn alloc, uint64_t word)
{
    void *object = alloc();

    *(uint64_t *)object = word;
    measure_keep(object);
    return object;
}

POOL_INLINE void pool_loop_lifo(pool_alloc_fn alloc, pool_free_fn release, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        release(pool_new(alloc, i));
        pool_forget();
    }
}

POOL_INLINE void pool_loop_batch(pool_alloc_fn alloc, pool_free_fn release,
                                 struct pool_window *window, uint64_t count)
{
    for (uint64_t done = 0; done < count; done += POOL_BATCH) {
        for (unsigned i = 0; i < POOL_BATCH; i++)
            window->objects[i] = pool_new(alloc, i);
        for (unsigned i = POOL_BATCH; i-- > 0;) {
            release(window->objects[i]);
            pool_forget();
        }
    }
}

/* A queue's head is where its tail is: in a ring that is always full. */
POOL_INLINE void pool_loop_fifo(pool_alloc_fn alloc, pool_free_fn release,
                                struct pool_window *window, uint64_t count)
{
    uint32_t at = window->at;

    for (uint64_t i = 0; i < count; i++) {
        void *newest = pool_new(alloc, i), *oldest = window->objects[at];

        window->objects[at] = newest;
        if (oldest)
            release(oldest);
        pool_forget();
        if (++at == POOL_WINDOW)
            at = 0;
    }
    window->at = at;
}

POOL_INLINE void **pool_slot(struct pool_window *window, uint32_t at)
{
    uint32_t slot = pool_order[at] + window->shift;

    return &window->objects[slot < POOL_WINDOW ? slot : slot - POOL_WINDOW];
}

POOL_INLINE void pool_loop_random(pool_alloc_fn alloc, pool_free_fn release,
                                  struct pool_window *window, uint64_t count)
{
    for (uint64_t done = 0; done < count; done += POOL_BURST) {
        uint32_t at = window->at;

        for (uint32_t i = 0; i < POOL_BURST; i++) {
            release(*pool_slot(window, at + i));
            pool_forget();
        }
        for (uint32_t i = 0; i < POOL_BURST; i++)
            *pool_slot(window, at + i) = pool_new(alloc, i);
        window->at = at + POOL_BURST;
        if (window->at == POOL_ORDER) {
            window->at = 0;
            window->shift = (window->shift + 3001) % POOL_WINDOW;
        }
    }
}

POOL_INLINE void pool_loop_produce(pool_alloc_fn alloc, struct pool_flow *flow,
                                   uint64_t count)
{
    uint64_t head = flow->head, end = head + count;

    while (head < end) {
        while (head + POOL_BURST - __atomic_load_n(&flow->tail, __ATOMIC_ACQUIRE) >
               POOL_RING)
            pool_pause();
        for (unsigned i = 0; i < POOL_BURST; i++)
            flow->ring[(head + i) % POOL_RING] = pool_new(alloc, head + i);
        head += POOL_BURST;
        __atomic_store_n(&flow->head, head, __ATOMIC_RELEASE);
    }
}

POOL_INLINE void pool_loop_consume(pool_free_fn release, struct pool_flow *flow, bool reads)
{
    uint64_t tail = flow->tail, sum = 0;

    for (;;) {
        bool has_ended = __atomic_load_n(&flow->has_ended, __ATOMIC_ACQUIRE);
        uint64_t head = __atomic_load_n(&flow->head, __ATOMIC_ACQUIRE);

        if (head == tail && has_ended)
            break;
        if (head == tail)
            pool_pause();
        for (; tail < head; tail++) {
            void *object = flow->ring[tail % POOL_RING];

            if (reads)
                sum += *(uint64_t *)object;
            release(object);
            pool_forget();
        }
        __atomic_store_n(&flow->tail, tail, __ATOMIC_RELEASE);
    }
    flow->read = sum;
}

POOL_INLINE void pool_loop_fill(pool_alloc_fn alloc, void **objects, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        objects[i] = memset(alloc(), 1, OBJECT_BYTES);
}

#define POOL_WAY(BEGIN, MAKE, ENTER, ALLOC, FREE)                                    \
    static void way_lifo(struct pool_window *window, uint64_t count)                 \
    {                                                                                \
        (void)window;                                                                \
        pool_loop_lifo(ALLOC, FREE, count);                                          \
    }                                                                                \
    static void way_batch(struct pool_window *window, uint64_t count)                \
    {                                                                                \
        pool_loop_batch(ALLOC, FREE, window, count);                                 \
    }                                                                                \
    static void way_fifo(struct pool_window *window, uint64_t count)                 \
    {                                                                                \
        pool_loop_fifo(ALLOC, FREE, window, count);                                  \
    }                                                                                \
    static void way_random(struct pool_window *window, uint64_t count)               \
    {                                                                                \
        pool_loop_random(ALLOC, FREE, window, count);                                \
    }                                                                                \
    static void way_produce(struct pool_flow *flow, uint64_t count)                  \
    {                                                                                \
        pool_loop_produce(ALLOC, flow, count);                                       \
    }                                                                                \
    static void way_consume(struct pool_flow *flow)                                  \
    {                                                                                \
        pool_loop_consume(FREE, flow, false);                                        \
    }                                                                                \
    static void way_consume_read(struct pool_flow *flow)                             \
    {                                                                                \
        pool_loop_consume(FREE, flow, true);                                         \
    }                                                                                \
    static void way_fill(void **objects, uint64_t count)                             \
    {                                                                                \
        pool_loop_fill(ALLOC, objects, count);                                       \
    }                                                                                \
    const struct pool_way pool_way = {                                               \
        BEGIN,      MAKE,        ENTER,       way_lifo,         way_batch, way_fifo, \
        way_random, way_produce, way_consume, way_consume_read, way_fill}

/* For a way that has nothing to do then. */
POOL_INLINE bool pool_ready(void)
{
    return true;
}

POOL_INLINE bool pool_made(size_t objects)
{
    (void)objects;
    return true;
}

POOL_INLINE void pool_entered(void)
{
}

#endif
