/* SPDX-License-Identifier: MIT
 *
 * bench/ring_ways.h - rings and queues of events of 32 bytes, each doing the same.
 *
 * Shape    way -> begin, end
 *              fill     push into the full ring, one thread; who cannot overwrite takes the oldest
 *                       out first
 *              produce, consume     all events from one thread to another, who looks at each word
 * Units    Events.
 * Owner    A way has one ring at a time, between begin and end.
 * Threads  One produces, one consumes.
 * Errors   No memory ends the program. Ways that were absent when this was built have no name.
 * Cost     What is measured.
 * Source   none
 */
#ifndef TARE_BENCH_RING_WAYS_H
#define TARE_BENCH_RING_WAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/measure.h"

enum { RING_CAPACITY = 4096, RING_BATCH = 32 };

struct ring_event {
    uint64_t id, words[3];
};

struct ring_way {
    const char *name;
    void (*begin)(void);
    void (*end)(void);
    void (*fill)(uint64_t events);
    void (*produce)(uint64_t events);
    /* How many came whole; *lost: those that did not come. */
    uint64_t (*consume)(uint64_t events, uint64_t *lost);
};

extern const struct ring_way ring_tare[], ring_ck[], ring_rte[];

/* Where they stand in these. */
enum { RING_ONE, RING_BATCHED, RING_MANY, RING_MANY_BATCHED, RING_OVERWRITING, RING_WAYS };

#define RING_INLINE static inline __attribute__((always_inline))

RING_INLINE struct ring_event ring_event_of(uint64_t id)
{
    return (struct ring_event){id, {id + 1, ~id, id ^ 0x5555}};
}

RING_INLINE bool ring_event_holds(const struct ring_event *event)
{
    uint64_t id = event->id;

    return event->words[0] == id + 1 && event->words[1] == ~id &&
           event->words[2] == (id ^ 0x5555);
}

RING_INLINE void ring_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* PUSH(events, count) and POP(events, count) give how many they did. */
#define RING_LOOPS(NAME, PUSH, POP, BATCH)                          \
    static void NAME##_produce(uint64_t events)                     \
    {                                                               \
        struct ring_event batch[BATCH];                             \
                                                                    \
        for (uint64_t id = 0; id < events; id += BATCH) {           \
            for (size_t i = 0; i < BATCH; i++)                      \
                batch[i] = ring_event_of(id + i);                   \
            for (size_t done = 0; done < BATCH;) {                  \
                size_t pushed = PUSH(batch + done, BATCH - done);   \
                                                                    \
                done += pushed;                                     \
                if (!pushed)                                        \
                    ring_pause();                                   \
            }                                                       \
        }                                                           \
    }                                                               \
    static uint64_t NAME##_consume(uint64_t events, uint64_t *lost) \
    {                                                               \
        struct ring_event batch[BATCH];                             \
        uint64_t next = 0, whole = 0;                               \
                                                                    \
        *lost = 0;                                                  \
        while (next < events) {                                     \
            size_t count = POP(batch, BATCH);                       \
                                                                    \
            for (size_t i = 0; i < count; i++) {                    \
                *lost += batch[i].id - next;                        \
                next = batch[i].id + 1;                             \
                whole += ring_event_holds(&batch[i]);               \
            }                                                       \
            if (!count)                                             \
                ring_pause();                                       \
        }                                                           \
        return whole;                                               \
    }                                                               \
    static void NAME##_fill(uint64_t events)                        \
    {                                                               \
        struct ring_event batch[BATCH], out[BATCH];                 \
                                                                    \
        for (size_t i = 0; i < BATCH; i++)                          \
            batch[i] = ring_event_of(i);                            \
        for (uint64_t id = 0; id < events; id += BATCH) {           \
            for (size_t i = 0; i < BATCH; i++)                      \
                batch[i].id = id + i;                               \
            for (size_t done = 0; done < BATCH;) {                  \
                size_t pushed = PUSH(batch + done, BATCH - done);   \
                                                                    \
                done += pushed;                                     \
                if (!pushed)                                        \
                    pushed = POP(out, BATCH);                       \
            }                                                       \
        }                                                           \
        measure_keep(out);                                          \
    }

#define RING_WAY(TEXT, NAME, BEGIN, END)                               \
    {                                                                  \
        TEXT, BEGIN, END, NAME##_fill, NAME##_produce, NAME##_consume, \
    }

#endif
