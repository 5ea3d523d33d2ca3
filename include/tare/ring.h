/* SPDX-License-Identifier: MIT
 *
 * tare/ring.h - the latest events, in a place of fixed size.
 *
 * Shape    [header, 128 bytes][event][event]...[event]          of many writers: [marks, 4 bytes each]
 *          No pointers in it: memory of the caller's, of a file, or that processes share.
 *              next -> the next event's id                      event id stands at id % capacity
 *          Full, it rotates: the oldest event makes room. A lossless ring refuses instead, until
 *          somebody has read the oldest ones and released them.
 * Units    Events; of one size, a multiple of 8 bytes. Ids count events, from 0 or first_id up.
 * Owner    Who gives the memory owns it; a ring from create is its caller's.
 * Threads  One writer, or with many_writers any number; readers are never waited for and write
 *          nothing, but for release. A reader is single owner. init, open and destroy are alone
 *          with the ring. Many writers must not be stopped for ever amid an event, nor share a ring
 *          between processes.
 * Errors   init, create, open: -EINVAL, -ENOMEM, -EBADMSG. push: TARE_RING_REFUSED when a lossless
 *          ring is full. A failed call changes nothing.
 * Cost     push: the copy and four more stores; with many writers an atomic addition and an exchange.
 *          A reader that looks at each event alone takes the writer's cache line each time: read
 *          and push in batches.
 * Source   Boehm, "Can seqlocks get along with programming language memory models?", 2012.
 *
 *     TARE_RING_DEFINE(calls, struct call);
 *     struct tare_ring_options options = {.event_bytes = sizeof(struct call), .capacity = 1000};
 *     struct tare_ring *ring;
 *
 *     if (tare_ring_create(&ring, &options) == 0)
 *         id = calls_push(ring, &(struct call){...});
 *
 *     struct tare_ring_reader reader = tare_ring_reader_from(ring, tare_ring_first(ring));
 *     while ((count = calls_read(&reader, batch, 64)) > 0)
 *         ...                                 events of ids reader.cursor - count to reader.cursor
 *     reader.lost                             passed by, and no longer there: exactly so many
 *
 * A queue of one producer and one consumer is a lossless ring that is read with tare_ring_take; for
 * more of them there is tare/queue.h. An event's kind is best a handle of tare/intern.h.
 */
#ifndef TARE_RING_H
#define TARE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tare/mem.h>

TARE_BEGIN

/* No event has this id. */
#define TARE_RING_REFUSED UINT64_MAX

struct tare_ring_options {
    size_t event_bytes;   /* a multiple of 8 */
    uint32_t capacity;    /* in events, 2 or more; no power of two is needed */
    bool is_lossless;     /* refuses when full */
    bool many_writers;    /* 4 bytes more an event */
    uint64_t first_id;    /* of the first event, after others elsewhere */
    struct tare_mem *mem; /* for create; NULL: the default */
};

struct tare__ring_shape {
    uint32_t event_bytes, capacity, kind;
};

/* Its members are the library's. The first half is one writer's line of the cache, the second that of
 * readers, of whom one may release, and of many writers: each has the shape. */
struct tare_ring {
    uint64_t next;    /* ids below it are taken; with one writer they are whole */
    uint64_t writing; /* one writer, overwriting: beyond next while it writes */
    uint64_t limit;   /* an id from which on a push must look closer */
    uint64_t magic;
    struct tare__ring_shape shape;
    uint32_t unused;
    uint64_t origin; /* one writer: what was the id of the first slot's event, or will be */
    uint64_t spare;

    uint64_t low; /* lossless: ids below it are gone */
    uint64_t begin;
    uint64_t inverse; /* of capacity: 2^64 / capacity */
    struct tare__ring_shape known;
    uint32_t unused_too;
    struct tare_mem *mem; /* of create */
    uint64_t spare_too[2];
};

/* Bytes of memory for such a ring; 0: there can be none. */
TARE_API size_t tare_ring_bytes(const struct tare_ring_options *options);

/* An empty ring in `memory`, aligned to 8 bytes or better 64: the ring's address is that of its
 * memory. -EINVAL: less than tare_ring_bytes, or none can be. */
TARE_API TARE_NODISCARD int tare_ring_init(struct tare_ring **ring, void *memory,
                                           size_t bytes,
                                           const struct tare_ring_options *options);

/* A ring that is there, as init and its writer left it, or a copy: of another process's, of one that
 * is no more, of a file. -EBADMSG: it is none, or damaged. What a writer that ended amid an event
 * has spoiled is gone, and the ring goes on; of many writers it counts as damage. */
TARE_API TARE_NODISCARD int tare_ring_open(struct tare_ring **ring, void *memory,
                                           size_t bytes);

/* An empty ring in memory of its own; -EINVAL, -ENOMEM. */
TARE_API TARE_NODISCARD int tare_ring_create(struct tare_ring **ring,
                                             const struct tare_ring_options *options);

/* Only what create made; *ring is NULL then. NULL is nothing. */
TARE_API void tare_ring_destroy(struct tare_ring **ring);

/* Data-race free in the words of C: each word of an event is an atomic one. ThreadSanitizer knows
 * no fences, and there the words themselves give the order. */
#if defined(__SANITIZE_THREAD__)
#define TARE__RING_STORE __ATOMIC_RELEASE
#define TARE__RING_LOAD __ATOMIC_ACQUIRE
#define TARE__RING_FENCE(order) ((void)0)
#else
#define TARE__RING_STORE __ATOMIC_RELAXED
#define TARE__RING_LOAD __ATOMIC_RELAXED
#define TARE__RING_FENCE(order) __atomic_thread_fence(order)
#endif

TARE_ALWAYS_INLINE void tare__ring_store_word(void *slot, const void *event, size_t at)
{
    uint64_t word;

    memcpy(&word, (const char *)event + at, 8);
    __atomic_store_n((uint64_t *)(void *)((char *)slot + at), word, TARE__RING_STORE);
}

/* Four words at a time; where `bytes` is a constant the compiler leaves no branch. */
TARE_ALWAYS_INLINE void tare__ring_store(void *slot, const void *event, size_t bytes)
{
    size_t at = 0;

    for (; at + 32 <= bytes; at += 32) {
        tare__ring_store_word(slot, event, at);
        tare__ring_store_word(slot, event, at + 8);
        tare__ring_store_word(slot, event, at + 16);
        tare__ring_store_word(slot, event, at + 24);
    }
    if (bytes & 16) {
        tare__ring_store_word(slot, event, at);
        tare__ring_store_word(slot, event, at + 8);
        at += 16;
    }
    if (bytes & 8)
        tare__ring_store_word(slot, event, at);
}

/* Slow path of a push: many writers, or a lossless ring that may be full. */
TARE_API uint64_t tare__ring_push(struct tare_ring *ring, const void *event);

TARE_ALWAYS_INLINE uint64_t tare__ring_push_one(struct tare_ring *ring, const void *event,
                                                size_t bytes)
{
    uint64_t id = __atomic_load_n(&ring->next, __ATOMIC_RELAXED);

    if (TARE_UNLIKELY(id >= ring->limit))
        return tare__ring_push(ring, event);
    uint64_t at = id - ring->origin;

    /* Why a reader sees no torn event is said in lib/modules/ring_read.c. */
    __atomic_store_n(&ring->writing, id + 1, __ATOMIC_RELAXED);
    TARE__RING_FENCE(__ATOMIC_RELEASE);
    tare__ring_store((char *)(ring + 1) + at * bytes, event, bytes);
    if (TARE_UNLIKELY(at + 1 == ring->shape.capacity))
        ring->origin = id + 1;
    __atomic_store_n(&ring->next, id + 1, __ATOMIC_RELEASE);
    return id;
}

/* Add an event: its id, or TARE_RING_REFUSED. */
TARE_INLINE uint64_t tare_ring_push(struct tare_ring *ring, const void *event)
{
    return tare__ring_push_one(ring, event, ring->shape.event_bytes);
}

/* Did the event of this id, as push gave it, take the place of an older one: does the ring rotate? */
TARE_INLINE bool tare_ring_rotates(const struct tare_ring *ring, uint64_t id)
{
    return id - ring->begin >= ring->known.capacity;
}

/* Add `count` events that are one behind the other, and show them to readers at once. Gives how many
 * there was room for, the first ones; *first_id is the first one's. */
TARE_API size_t tare_ring_push_batch(struct tare_ring *ring, const void *events,
                                     size_t count, uint64_t *first_id);

/* The id of the next event. */
TARE_INLINE uint64_t tare_ring_next(const struct tare_ring *ring)
{
    return __atomic_load_n(&ring->next, __ATOMIC_ACQUIRE);
}

/* The id of the oldest event that is there; that of the next one: there is none. */
TARE_API uint64_t tare_ring_first(const struct tare_ring *ring);

/* Of a lossless ring: events below `id` are safe elsewhere, and gone from here: nobody reads them or
 * is amid it. At most the id of the next event; one that was released already is nothing. By one
 * thread at a time. */
TARE_API void tare_ring_release(struct tare_ring *ring, uint64_t id);

/* The mark that release set: what to store with the events, and to give as first_id or to a reader
 * after a restart. */
TARE_INLINE uint64_t tare_ring_low(const struct tare_ring *ring)
{
    return __atomic_load_n(&ring->low, __ATOMIC_ACQUIRE);
}

enum tare_ring_state {
    TARE_RING_VALID,
    TARE_RING_AT_RISK, /* among the oldest eighth */
    TARE_RING_GONE,
    TARE_RING_AHEAD /* not written yet */
};

/* How an event is, for readers that keep ids. */
TARE_API enum tare_ring_state tare_ring_look(const struct tare_ring *ring, uint64_t id);

/* A copy of one event; false: it is gone, or not there yet. */
TARE_API TARE_NODISCARD bool tare_ring_get(const struct tare_ring *ring, uint64_t id,
                                           void *event);

struct tare_ring_reader {
    struct tare_ring *ring;
    uint64_t cursor; /* the id that it reads next */
    uint64_t lost;   /* events that it never read and that are gone */
    uint64_t next;   /* of the ring, as last seen by take */
};

/* A reader from `id` on, or from the next event if that comes before. Events of these that are gone
 * already count as lost. */
TARE_INLINE struct tare_ring_reader tare_ring_reader_from(struct tare_ring *ring,
                                                          uint64_t id)
{
    uint64_t next = tare_ring_next(ring), cursor = id < next ? id : next;
    struct tare_ring_reader reader = {ring, cursor, 0, cursor};

    return reader;
}

/* Copies of at most `count` events, of ids that follow each other; how many. 0: there are no newer
 * ones that are whole. Each event below reader->cursor was given by read once, or is in lost. */
TARE_API size_t tare_ring_read(struct tare_ring_reader *reader, void *events, size_t count);

/* Of a lossless ring whose only reader this is: read and release. Nothing is ever lost. */
TARE_API size_t tare_ring_take(struct tare_ring_reader *reader, void *events, size_t count);

/* TARE_RING_DEFINE(NAME, TYPE) makes, for rings whose event_bytes is sizeof(TYPE):
 *     uint64_t NAME_push(struct tare_ring *ring, const TYPE *event);
 *     size_t NAME_push_batch(struct tare_ring *ring, const TYPE *events, size_t count, uint64_t *first_id);
 *     bool NAME_get(const struct tare_ring *ring, uint64_t id, TYPE *event);
 *     size_t NAME_read(struct tare_ring_reader *reader, TYPE *events, size_t count);
 *     size_t NAME_take(struct tare_ring_reader *reader, TYPE *events, size_t count); */
#define TARE_RING_DEFINE(NAME, TYPE)                                                      \
    TARE__ASSERT(sizeof(TYPE) % 8 == 0, "an event is a multiple of 8 bytes");             \
    TARE_INLINE uint64_t NAME##_push(struct tare_ring *ring, const TYPE *event)           \
    {                                                                                     \
        return tare__ring_push_one(ring, event, sizeof(*event));                          \
    }                                                                                     \
    TARE_INLINE size_t NAME##_push_batch(struct tare_ring *ring, const TYPE *events,      \
                                         size_t count, uint64_t *first_id)                \
    {                                                                                     \
        return tare_ring_push_batch(ring, events, count, first_id);                       \
    }                                                                                     \
    TARE_NODISCARD TARE_INLINE bool NAME##_get(const struct tare_ring *ring, uint64_t id, \
                                               TYPE *event)                               \
    {                                                                                     \
        return tare_ring_get(ring, id, event);                                            \
    }                                                                                     \
    TARE_INLINE size_t NAME##_read(struct tare_ring_reader *reader, TYPE *events,         \
                                   size_t count)                                          \
    {                                                                                     \
        return tare_ring_read(reader, events, count);                                     \
    }                                                                                     \
    TARE_INLINE size_t NAME##_take(struct tare_ring_reader *reader, TYPE *events,         \
                                   size_t count)                                          \
    {                                                                                     \
        return tare_ring_take(reader, events, count);                                     \
    }                                                                                     \
    TARE__END

TARE_END

#endif
