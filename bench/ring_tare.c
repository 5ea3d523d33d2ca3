/* SPDX-License-Identifier: MIT */
#include "bench/ring_ways.h"

#include <tare/queue.h>
#include <tare/ring.h>

TARE_RING_DEFINE(events, struct ring_event);

static struct tare_ring *ring;
static struct tare_ring_reader reader;
static struct tare_queue *queue;

static void begin_ring(struct tare_ring_options options)
{
    options.event_bytes = sizeof(struct ring_event);
    options.capacity = RING_CAPACITY;
    if (tare_ring_create(&ring, &options))
        abort();
    reader = tare_ring_reader_from(ring, 0);
}

static void begin_lossless(void)
{
    begin_ring((struct tare_ring_options){.is_lossless = true});
}

static void begin_overwriting(void)
{
    begin_ring((struct tare_ring_options){.is_lossless = false});
}

static void end_ring(void)
{
    tare_ring_destroy(&ring);
}

static void begin_queue(void)
{
    if (tare_queue_create(&queue, sizeof(struct ring_event), RING_CAPACITY, NULL))
        abort();
}

static void end_queue(void)
{
    tare_queue_destroy(&queue);
}

RING_INLINE size_t push_one(const struct ring_event *in, size_t count)
{
    return count && events_push(ring, in) != TARE_RING_REFUSED;
}

RING_INLINE size_t push_batch(const struct ring_event *in, size_t count)
{
    uint64_t first;

    return events_push_batch(ring, in, count, &first);
}

RING_INLINE size_t take(struct ring_event *out, size_t count)
{
    return events_take(&reader, out, count);
}

RING_INLINE size_t read_some(struct ring_event *out, size_t count)
{
    return events_read(&reader, out, count);
}

RING_INLINE size_t push_queue(const struct ring_event *in, size_t count)
{
    return tare_queue_push(queue, in, count);
}

RING_INLINE size_t pop_queue(struct ring_event *out, size_t count)
{
    return tare_queue_pop(queue, out, count);
}

RING_LOOPS(one, push_one, take, 1)
RING_LOOPS(batched, push_batch, take, RING_BATCH)
RING_LOOPS(many, push_queue, pop_queue, 1)
RING_LOOPS(many_batched, push_queue, pop_queue, RING_BATCH)
RING_LOOPS(overwriting, push_one, read_some, 1)

const struct ring_way ring_tare[RING_WAYS] = {
    [RING_ONE] = RING_WAY("tare", one, begin_lossless, end_ring),
    [RING_BATCHED] = RING_WAY("tare", batched, begin_lossless, end_ring),
    [RING_MANY] = RING_WAY("tare", many, begin_queue, end_queue),
    [RING_MANY_BATCHED] = RING_WAY("tare", many_batched, begin_queue, end_queue),
    [RING_OVERWRITING] = RING_WAY("tare", overwriting, begin_overwriting, end_ring),
};
