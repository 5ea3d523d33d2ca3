/* SPDX-License-Identifier: MIT
 *
 * Beginning and end of a ring.
 */
#include <tare/ring.h>

#include <errno.h>

#include "modules/debug.h"
#include "modules/ring_core.h"

enum { MAX_EVENT_BYTES = 1 << 20, ALIGNMENT = 64 };

static size_t bytes_of(size_t event_bytes, uint32_t capacity, bool many_writers)
{
    size_t bytes;

    if (event_bytes == 0 || event_bytes % 8 || event_bytes > MAX_EVENT_BYTES ||
        capacity < 2)
        return 0;
    if (__builtin_mul_overflow(event_bytes + (many_writers ? sizeof(uint32_t) : 0),
                               (size_t)capacity, &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct tare_ring), &bytes))
        return 0;
    return bytes;
}

size_t tare_ring_bytes(const struct tare_ring_options *options)
{
    return bytes_of(options->event_bytes, options->capacity, options->many_writers);
}

/* What the mark of each slot is when nobody writes: that of the round in which it is used next. */
static uint32_t quiet_mark(const struct tare_ring *ring, uint32_t at)
{
    struct tare__ring_place next = tare__ring_place(ring, ring->next);

    return 2 * (uint32_t)(next.round + (at < next.at));
}

static uint64_t limit_of(const struct tare_ring *ring)
{
    if (ring->shape.kind & TARE__RING_MANY)
        return 0;
    return ring->shape.kind & TARE__RING_LOSSLESS ? ring->low + ring->shape.capacity
                                                  : UINT64_MAX;
}

static void begin(struct tare_ring *ring, const struct tare_ring_options *options)
{
    *ring = (struct tare_ring){
        .next = options->first_id,
        .writing = options->first_id,
        .inverse = UINT64_MAX / options->capacity,
        .shape = {.event_bytes = (uint32_t)options->event_bytes,
                  .capacity = options->capacity,
                  .kind = (options->is_lossless ? TARE__RING_LOSSLESS : 0) |
                          (options->many_writers ? TARE__RING_MANY : 0)},
        .magic = TARE__RING_MAGIC,
        .low = options->first_id,
        .begin = options->first_id,
    };
    ring->known = ring->shape;
    ring->limit = limit_of(ring);
    ring->origin = ring->next - tare__ring_place(ring, ring->next).at;
    for (uint32_t at = 0; options->many_writers && at < ring->shape.capacity; at++)
        *tare__ring_mark(ring, at) = quiet_mark(ring, at);
}

int tare_ring_init(struct tare_ring **ring, void *memory, size_t bytes,
                   const struct tare_ring_options *options)
{
    size_t needed = tare_ring_bytes(options);

    /* Ids never come near the last one there is. */
    if (!needed || bytes < needed || (uintptr_t)memory % 8 || options->first_id >> 63)
        return -EINVAL;
    begin(memory, options);
    *ring = memory;
    TARE_AUDIT(tare__ring_valid(*ring));
    return 0;
}

int tare_ring_create(struct tare_ring **ring, const struct tare_ring_options *options)
{
    struct tare_mem *mem = options->mem ? options->mem : tare_mem_default();
    size_t bytes = tare_ring_bytes(options);

    if (!bytes || options->first_id >> 63)
        return -EINVAL;
    void *memory = tare_mem_alloc(mem, bytes, ALIGNMENT);
    if (!memory)
        return -ENOMEM;
    begin(memory, options);
    *ring = memory;
    (*ring)->mem = mem;
    TARE_AUDIT(tare__ring_valid(*ring));
    return 0;
}

void tare_ring_destroy(struct tare_ring **ring)
{
    struct tare_ring *gone = *ring;

    *ring = NULL;
    if (!gone)
        return;
    TARE_AUDIT(tare__ring_valid(gone));
    tare_mem_free(gone->mem, gone,
                  bytes_of(gone->shape.event_bytes, gone->shape.capacity,
                           gone->shape.kind & TARE__RING_MANY),
                  ALIGNMENT);
}

/* Whatever its writer was doing. */
static bool header_valid(const struct tare_ring *ring)
{
    bool is_many = ring->shape.kind & TARE__RING_MANY;

    return ring->magic == TARE__RING_MAGIC &&
           memcmp(&ring->shape, &ring->known, sizeof ring->shape) == 0 &&
           ring->shape.kind <= 3 &&
           bytes_of(ring->shape.event_bytes, ring->shape.capacity, false) &&
           ring->inverse == UINT64_MAX / ring->shape.capacity &&
           ring->begin <= ring->next && ring->low <= ring->next && !(ring->next >> 63) &&
           !(ring->writing >> 63) &&
           (is_many || ring->shape.kind & TARE__RING_LOSSLESS ||
            ring->writing >= ring->next) &&
           (!(ring->shape.kind & TARE__RING_LOSSLESS) ||
            ring->next - ring->low <= ring->shape.capacity);
}

bool tare__ring_valid(const struct tare_ring *ring)
{
    if (!header_valid(ring))
        return false;
    if (!(ring->shape.kind & TARE__RING_MANY))
        return (ring->shape.kind & TARE__RING_LOSSLESS || ring->writing == ring->next) &&
               ring->origin == ring->next - ring->next % ring->shape.capacity;
    for (uint32_t at = 0; at < ring->shape.capacity; at++)
        if (*tare__ring_mark(ring, at) != quiet_mark(ring, at))
            return false;
    return true;
}

/* What the writer began to write stands where the oldest events were. */
static void end_writing(struct tare_ring *ring)
{
    if (!(ring->shape.kind & TARE__RING_LOSSLESS) && ring->writing > ring->next &&
        ring->writing - ring->begin > ring->shape.capacity) {
        uint64_t spared = ring->writing - ring->shape.capacity;

        ring->begin = spared < ring->next ? spared : ring->next;
    }
    ring->writing = ring->next;
    ring->origin = ring->next - tare__ring_place(ring, ring->next).at;
}

int tare_ring_open(struct tare_ring **ring, void *memory, size_t bytes)
{
    struct tare_ring *found = memory;

    if ((uintptr_t)memory % 8)
        return -EINVAL;
    if (bytes < sizeof *found || !header_valid(found) ||
        bytes < bytes_of(found->shape.event_bytes, found->shape.capacity,
                         found->shape.kind & TARE__RING_MANY) ||
        (found->shape.kind & TARE__RING_MANY && !tare__ring_valid(found)))
        return -EBADMSG;
    if (!(found->shape.kind & TARE__RING_MANY))
        end_writing(found);
    found->limit = limit_of(found);
    found->mem = NULL;
    *ring = found;
    TARE_AUDIT(tare__ring_valid(*ring));
    return 0;
}
