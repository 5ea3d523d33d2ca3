/* SPDX-License-Identifier: MIT
 *
 * Readers of a ring.
 *
 * Why no event is torn. One writer: it stores `writing`, then a release fence, then words of events,
 * then `next` with release. A reader loads `next` with acquire, and so sees the words of all events
 * below it or later ones; it copies words, then an acquire fence, then loads `writing`. When any word
 * that it copied is a later one than it wanted, the writer's fence before that word pairs with the
 * reader's after it, and the reader sees `writing` as it was for that word, or later: then the event
 * is below writing - capacity, and is taken for gone. Under ThreadSanitizer words are stored with
 * release and loaded with acquire, which gives the same order without the fences.
 *
 * Lossless: nothing is written over before it was released, and nobody reads it then.
 *
 * Many writers: the same with the mark of the slot in place of both. Its release when the event is
 * whole pairs with the reader's acquire; the odd mark, the writer's fence and its words pair with
 * the words, the fence and the second load of the mark. Marks count rounds modulo 2^31: a reader
 * would have to sleep through exactly that many between two loads.
 *
 * Why losses are exact. A reader's cursor only grows, by events that it gives, each once, or by
 * events added to `lost`; it stops at one that is not whole yet, which either becomes whole or is
 * overtaken.
 */
#include <tare/ring.h>

#include "modules/debug.h"
#include "modules/ring_core.h"

static inline void copy_word(char *to, const char *slot)
{
    uint64_t word = __atomic_load_n((const uint64_t *)(const void *)slot, TARE__RING_LOAD);

    memcpy(to, &word, 8);
}

static void copy_words(char *to, const char *slot, size_t bytes)
{
    size_t i = 0;

    for (; i + 32 <= bytes; i += 32) {
        copy_word(to + i, slot + i);
        copy_word(to + i + 8, slot + i + 8);
        copy_word(to + i + 16, slot + i + 16);
        copy_word(to + i + 24, slot + i + 24);
    }
    for (; i < bytes; i += 8)
        copy_word(to + i, slot + i);
}

/* Copies of `count` events from `id` on, which are at most a ring full. */
static void copy_out(const struct tare_ring *ring, uint64_t id, char *events, size_t count)
{
    size_t bytes = ring->known.event_bytes;
    uint32_t at = tare__ring_place(ring, id).at;
    size_t run = ring->known.capacity - at;

    run = count < run ? count : run;
    if (ring->known.kind & TARE__RING_LOSSLESS) {
        memcpy(events, tare__ring_slot(ring, at), run * bytes);
        memcpy(events + run * bytes, tare__ring_slot(ring, 0), (count - run) * bytes);
    } else {
        copy_words(events, tare__ring_slot(ring, at), run * bytes);
        copy_words(events + run * bytes, tare__ring_slot(ring, 0), (count - run) * bytes);
    }
}

/* One writer: how many of the first of these copies are not what they should be. */
static size_t spoiled(const struct tare_ring *ring, uint64_t id, size_t count)
{
    if (ring->known.kind & TARE__RING_LOSSLESS)
        return 0;
    TARE__RING_FENCE(__ATOMIC_ACQUIRE);
    uint64_t writing = __atomic_load_n(&ring->writing, __ATOMIC_RELAXED);

    if (writing - id <= ring->known.capacity)
        return 0;
    uint64_t gone = writing - ring->known.capacity - id;
    return gone < count ? (size_t)gone : count;
}

enum whole { WHOLE, GONE, PENDING };

/* Many writers: a copy of one event. */
static enum whole copy_marked(const struct tare_ring *ring, uint64_t id, char *event)
{
    struct tare__ring_place place = tare__ring_place(ring, id);
    const uint32_t *slot = tare__ring_mark(ring, place.at);
    uint32_t wanted = 2 * (uint32_t)place.round + 2;
    uint32_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

    if (seen != wanted)
        return (int32_t)(seen - wanted) < 0 ? PENDING : GONE;
    copy_words(event, tare__ring_slot(ring, place.at), ring->known.event_bytes);
    TARE__RING_FENCE(__ATOMIC_ACQUIRE);
    return __atomic_load_n(slot, __ATOMIC_RELAXED) == wanted ? WHOLE : GONE;
}

/* What is gone for good is passed by; gives how many are there. */
static uint64_t catch_up(struct tare_ring_reader *reader)
{
    struct tare__ring_span span = tare__ring_span(reader->ring);

    TARE_ASSERT(reader->cursor <= span.next);
    if (reader->cursor < span.oldest) {
        reader->lost += span.oldest - reader->cursor;
        reader->cursor = span.oldest;
    }
    return span.next - reader->cursor;
}

static size_t read_alone(struct tare_ring_reader *reader, char *events, size_t count)
{
    const struct tare_ring *ring = reader->ring;

    for (;;) {
        uint64_t there = catch_up(reader);
        size_t taken = there < count ? (size_t)there : count;

        if (taken == 0)
            return 0;
        copy_out(ring, reader->cursor, events, taken);
        size_t gone = spoiled(ring, reader->cursor, taken);
        reader->cursor += taken;
        reader->lost += gone;
        if (gone < taken) {
            if (gone)
                memmove(events, events + gone * ring->known.event_bytes,
                        (taken - gone) * ring->known.event_bytes);
            return taken - gone;
        }
    }
}

static size_t read_marked(struct tare_ring_reader *reader, char *events, size_t count)
{
    uint64_t there = catch_up(reader);
    size_t taken = 0;

    while (taken < count && there) {
        enum whole whole = copy_marked(reader->ring, reader->cursor,
                                       events + taken * reader->ring->known.event_bytes);

        /* What is behind a gap would not follow what was taken; the next call passes it by. */
        if (whole == PENDING || (whole == GONE && taken))
            break;
        reader->cursor++;
        if (whole == WHOLE) {
            taken++;
            there--;
        } else {
            reader->lost++;
            there = catch_up(reader);
        }
    }
    return taken;
}

size_t tare_ring_read(struct tare_ring_reader *reader, void *events, size_t count)
{
    if (reader->ring->known.kind & TARE__RING_MANY)
        return read_marked(reader, events, count);
    return read_alone(reader, events, count);
}

/* Lossless, one writer: how many of `count` are there. What was released is passed by. */
static size_t there_to_take(struct tare_ring_reader *reader, size_t count)
{
    uint64_t low = __atomic_load_n(&reader->ring->low, __ATOMIC_RELAXED);

    if (TARE_UNLIKELY(reader->cursor < low)) {
        reader->lost += low - reader->cursor;
        reader->cursor = low;
    }
    /* Only when what was seen does not do: the line is the writer's. */
    if (reader->next < reader->cursor || reader->next - reader->cursor < count)
        reader->next = tare_ring_next(reader->ring);
    uint64_t there = reader->next - reader->cursor;
    return there < count ? (size_t)there : count;
}

/* Nothing that is not released is overwritten, so that copies need no look behind. */
size_t tare_ring_take(struct tare_ring_reader *reader, void *events, size_t count)
{
    struct tare_ring *ring = reader->ring;
    size_t taken;

    TARE_ASSERT(ring->known.kind & TARE__RING_LOSSLESS);
    if (ring->known.kind & TARE__RING_MANY) {
        taken = read_marked(reader, events, count);
    } else {
        taken = there_to_take(reader, count);
        copy_out(ring, reader->cursor, events, taken);
        reader->cursor += taken;
    }
    if (taken)
        __atomic_store_n(&ring->low, reader->cursor, __ATOMIC_RELEASE);
    return taken;
}

bool tare_ring_get(const struct tare_ring *ring, uint64_t id, void *event)
{
    struct tare__ring_span span = tare__ring_span(ring);

    if (id >= span.next || id < span.oldest)
        return false;
    if (ring->known.kind & TARE__RING_MANY)
        return copy_marked(ring, id, event) == WHOLE;
    copy_out(ring, id, event, 1);
    return spoiled(ring, id, 1) == 0;
}

uint64_t tare_ring_first(const struct tare_ring *ring)
{
    return tare__ring_span(ring).oldest;
}

enum tare_ring_state tare_ring_look(const struct tare_ring *ring, uint64_t id)
{
    struct tare__ring_span span = tare__ring_span(ring);
    uint32_t capacity = ring->known.capacity;

    if (id >= span.next)
        return TARE_RING_AHEAD;
    if (id < span.oldest)
        return TARE_RING_GONE;
    /* In a lossless ring nothing goes but by release. */
    if (ring->known.kind & TARE__RING_LOSSLESS || span.next - id <= capacity - capacity / 8)
        return TARE_RING_VALID;
    return TARE_RING_AT_RISK;
}
