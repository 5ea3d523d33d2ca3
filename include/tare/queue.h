/* SPDX-License-Identifier: MIT
 *
 * tare/queue.h - a queue of fixed size between any number of producers and consumers.
 *
 * Shape    tail -> [turn, item][turn, item]... <- head          a slot's turn says whose it is
 * Units    Items; of one size, a multiple of 8 bytes. The capacity is rounded up to a power of two.
 * Owner    The caller owns the queue; items are copied in and out.
 * Threads  thread-safe, but for create and destroy, which must be alone with the queue. One who is
 *          stopped amid a push holds up consumers of what is behind it, and likewise a pop producers.
 * Errors   create: -EINVAL, -ENOMEM. push: 0 when it is full; pop: 0 when it is empty.
 * Cost     An exchange for a batch, and of each item two loads, a store and the copy. Between one
 *          producer and one consumer a lossless tare/ring.h with tare_ring_take costs less.
 * Source   Vyukov, "Bounded MPMC queue", 2010.
 */
#ifndef TARE_QUEUE_H
#define TARE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/mem.h>

TARE_BEGIN

struct tare_queue;

/* An empty queue in memory from `mem`; NULL: the default. */
TARE_API TARE_NODISCARD int tare_queue_create(struct tare_queue **queue, size_t item_bytes,
                                              uint32_t capacity, struct tare_mem *mem);

/* What is in it goes, too; *queue is NULL then. NULL is nothing. */
TARE_API void tare_queue_destroy(struct tare_queue **queue);

/* The first ones of `count` items that are one behind the other, as many as there is room for: they
 * come out in their order, with nobody else's between them. */
TARE_API TARE_NODISCARD size_t tare_queue_push(struct tare_queue *queue, const void *items,
                                               size_t count);

/* At most `count` items, the oldest ones. */
TARE_API TARE_NODISCARD size_t tare_queue_pop(struct tare_queue *queue, void *items,
                                              size_t count);

/* Items in it, of late. */
TARE_API size_t tare_queue_count(const struct tare_queue *queue);

TARE_END

#endif
