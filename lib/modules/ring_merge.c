/* SPDX-License-Identifier: MIT
 *
 * Each source keeps a batch of its ring's events; a heap has the sources whose batch is not empty,
 * the least of their first keys at the root.
 */
#include <tare/ring_merge.h>

#include <errno.h>

#include "modules/debug.h"

enum { BATCH = 64, ALIGNMENT = 8 };

struct source {
    struct tare_ring_reader reader;
    uint64_t key; /* of the event at `at` */
    uint32_t at, filled;
};

struct tare_ring_merge {
    struct tare_mem *mem;
    size_t bytes; /* of all of this */
    size_t event_bytes, key_offset;
    struct source *sources;
    uint32_t *heap;
    char *events; /* a batch a source */
    uint32_t count, heaped;
};

static char *event_of(const struct tare_ring_merge *merge, uint32_t number)
{
    return merge->events +
           ((size_t)number * BATCH + merge->sources[number].at) * merge->event_bytes;
}

/* The source's next event is known, and its key; false: there is none. */
static bool fill(struct tare_ring_merge *merge, uint32_t number)
{
    struct source *source = &merge->sources[number];

    if (source->at == source->filled) {
        source->at = 0;
        source->filled =
            (uint32_t)tare_ring_read(&source->reader, event_of(merge, number), BATCH);
        if (source->filled == 0)
            return false;
    }
    memcpy(&source->key, event_of(merge, number) + merge->key_offset, sizeof source->key);
    return true;
}

static bool is_before(const struct tare_ring_merge *merge, uint32_t a, uint32_t b)
{
    uint64_t key_a = merge->sources[a].key, key_b = merge->sources[b].key;

    return key_a < key_b || (key_a == key_b && a < b);
}

static void sink(struct tare_ring_merge *merge, uint32_t at)
{
    uint32_t number = merge->heap[at];

    for (uint32_t child; (child = 2 * at + 1) < merge->heaped; at = child) {
        if (child + 1 < merge->heaped &&
            is_before(merge, merge->heap[child + 1], merge->heap[child]))
            child++;
        if (!is_before(merge, merge->heap[child], number))
            break;
        merge->heap[at] = merge->heap[child];
    }
    merge->heap[at] = number;
}

/* All sources that have events, also those that had none before. */
static void build_heap(struct tare_ring_merge *merge)
{
    merge->heaped = 0;
    for (uint32_t number = 0; number < merge->count; number++)
        if (fill(merge, number))
            merge->heap[merge->heaped++] = number;
    for (uint32_t at = merge->heaped / 2; at > 0; at--)
        sink(merge, at - 1);
}

/* The validator: no source's key is before its parent's. */
static __attribute__((unused)) bool is_heap(const struct tare_ring_merge *merge)
{
    for (uint32_t at = 1; at < merge->heaped; at++)
        if (is_before(merge, merge->heap[at], merge->heap[(at - 1) / 2]))
            return false;
    return true;
}

size_t tare_ring_merge_read(struct tare_ring_merge *merge, void *events, uint32_t *rings,
                            size_t count, uint64_t until)
{
    size_t taken = 0;

    build_heap(merge);
    for (; taken < count && merge->heaped; taken++) {
        uint32_t number = merge->heap[0];

        TARE_AUDIT(is_heap(merge));
        if (merge->sources[number].key >= until)
            break;
        memcpy((char *)events + taken * merge->event_bytes, event_of(merge, number),
               merge->event_bytes);
        if (rings)
            rings[taken] = number;
        merge->sources[number].at++;
        if (!fill(merge, number))
            merge->heap[0] = merge->heap[--merge->heaped];
        if (merge->heaped)
            sink(merge, 0);
    }
    return taken;
}

static bool can_be(struct tare_ring *const *rings, size_t count, size_t key_offset)
{
    if (count == 0 || count > UINT32_MAX / 4)
        return false;
    for (size_t i = 1; i < count; i++)
        if (rings[i]->known.event_bytes != rings[0]->known.event_bytes)
            return false;
    return key_offset % 8 == 0 && key_offset < rings[0]->known.event_bytes;
}

int tare_ring_merge_create(struct tare_ring_merge **merge, struct tare_ring *const *rings,
                           size_t count, size_t key_offset, struct tare_mem *mem)
{
    struct tare_ring_merge *made;
    size_t batches, bytes;

    if (!can_be(rings, count, key_offset))
        return -EINVAL;
    if (__builtin_mul_overflow(count, (size_t)BATCH * rings[0]->known.event_bytes,
                               &batches) ||
        __builtin_add_overflow(batches, sizeof *made + count * (sizeof *made->sources + 4),
                               &bytes))
        return -ENOMEM;
    mem = mem ? mem : tare_mem_default();
    made = tare_mem_alloc(mem, bytes, ALIGNMENT);
    if (!made)
        return -ENOMEM;
    *made = (struct tare_ring_merge){.mem = mem,
                                     .bytes = bytes,
                                     .event_bytes = rings[0]->known.event_bytes,
                                     .key_offset = key_offset,
                                     .count = (uint32_t)count};
    made->sources = (struct source *)(void *)(made + 1);
    made->events = (char *)(made->sources + count);
    made->heap = (uint32_t *)(void *)(made->events + batches);
    for (size_t i = 0; i < count; i++)
        made->sources[i] = (struct source){
            .reader = tare_ring_reader_from(rings[i], tare_ring_first(rings[i]))};
    *merge = made;
    return 0;
}

void tare_ring_merge_destroy(struct tare_ring_merge **merge)
{
    if (*merge)
        tare_mem_free((*merge)->mem, *merge, (*merge)->bytes, ALIGNMENT);
    *merge = NULL;
}

uint64_t tare_ring_merge_lost_of(const struct tare_ring_merge *merge, size_t ring)
{
    return merge->sources[ring].reader.lost;
}

uint64_t tare_ring_merge_lost(const struct tare_ring_merge *merge)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < merge->count; i++)
        lost += tare_ring_merge_lost_of(merge, i);
    return lost;
}
