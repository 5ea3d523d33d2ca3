/* SPDX-License-Identifier: MIT
 *
 * Ids count items, of pushes and of pops alike; item id stands in slot id % capacity. A slot's turn is
 *     id               free: for the push that takes id
 *     id + 1           full: for the pop that takes id
 *     id + capacity    free again, for the push of the next round
 * Who moved `tail` or `head` over an id by an exchange has it alone; the turn said before that the
 * slot was ready, and only the owner of the id changes it from there. The release of a turn pairs
 * with the acquire of who finds his own there: so the item is read after it was written, and written
 * over after it was read. `tail` and `head` order nothing.
 */
#include <tare/queue.h>

#include <errno.h>
#include <string.h>

#include "modules/debug.h"

enum { LINE = 64, MAX_ITEM_BYTES = 1 << 20 };

struct tare_queue {
    _Alignas(LINE) uint64_t tail;
    _Alignas(LINE) uint64_t head;
    _Alignas(LINE) size_t item_bytes;
    size_t bytes;  /* of all of this */
    uint64_t mask; /* capacity - 1 */
    struct tare_mem *mem;
};

static uint64_t *turn_of(const struct tare_queue *queue, uint64_t id)
{
    char *slots = (char *)(uintptr_t)(queue + 1);

    return (uint64_t *)(void *)(slots + (id & queue->mask) * (queue->item_bytes + 8));
}

int tare_queue_create(struct tare_queue **queue, size_t item_bytes, uint32_t capacity,
                      struct tare_mem *mem)
{
    struct tare_queue *made;
    size_t slots = 2, bytes;

    if (item_bytes == 0 || item_bytes % 8 || item_bytes > MAX_ITEM_BYTES || capacity == 0)
        return -EINVAL;
    while (slots < capacity)
        slots *= 2;
    if (__builtin_mul_overflow(slots, item_bytes + 8, &bytes) ||
        __builtin_add_overflow(bytes, sizeof *made, &bytes))
        return -ENOMEM;
    mem = mem ? mem : tare_mem_default();
    made = tare_mem_alloc(mem, bytes, LINE);
    if (!made)
        return -ENOMEM;
    *made = (struct tare_queue){
        .item_bytes = item_bytes, .bytes = bytes, .mask = slots - 1, .mem = mem};
    for (uint64_t id = 0; id < slots; id++)
        *turn_of(made, id) = id;
    *queue = made;
    return 0;
}

/* The validator: nobody is at work, and each slot's turn is that of its next owner. */
static __attribute__((unused)) bool is_valid(const struct tare_queue *queue)
{
    for (uint64_t id = queue->head; id != queue->head + queue->mask + 1; id++)
        if (*turn_of(queue, id) != id + (id < queue->tail))
            return false;
    return queue->tail - queue->head <= queue->mask + 1;
}

void tare_queue_destroy(struct tare_queue **queue)
{
    if (*queue) {
        TARE_AUDIT(is_valid(*queue));
        tare_mem_free((*queue)->mem, *queue, (*queue)->bytes, LINE);
    }
    *queue = NULL;
}

/* Take up to `count` ids from `end` on whose slots have the turn id + ready; the first one is *id. */
static size_t claim(struct tare_queue *queue, uint64_t *end, unsigned ready, size_t count,
                    uint64_t *id)
{
    *id = __atomic_load_n(end, __ATOMIC_RELAXED);
    while (count) {
        size_t taken = 0;

        while (taken < count && __atomic_load_n(turn_of(queue, *id + taken),
                                                __ATOMIC_ACQUIRE) == *id + taken + ready)
            taken++;
        if (taken == 0) {
            uint64_t now = __atomic_load_n(end, __ATOMIC_RELAXED);

            if (now == *id)
                return 0;
            *id = now;
        } else if (__atomic_compare_exchange_n(end, id, *id + taken, true, __ATOMIC_RELAXED,
                                               __ATOMIC_RELAXED)) {
            return taken;
        }
    }
    return 0;
}

size_t tare_queue_push(struct tare_queue *queue, const void *items, size_t count)
{
    size_t bytes = queue->item_bytes;
    uint64_t id;
    size_t taken = claim(queue, &queue->tail, 0, count, &id);

    for (size_t i = 0; i < taken; i++) {
        uint64_t *turn = turn_of(queue, id + i);

        memcpy(turn + 1, (const char *)items + i * bytes, bytes);
        __atomic_store_n(turn, id + i + 1, __ATOMIC_RELEASE);
    }
    return taken;
}

size_t tare_queue_pop(struct tare_queue *queue, void *items, size_t count)
{
    size_t bytes = queue->item_bytes;
    uint64_t id;
    size_t taken = claim(queue, &queue->head, 1, count, &id);

    for (size_t i = 0; i < taken; i++) {
        uint64_t *turn = turn_of(queue, id + i);

        memcpy((char *)items + i * bytes, turn + 1, bytes);
        __atomic_store_n(turn, id + i + queue->mask + 1, __ATOMIC_RELEASE);
    }
    return taken;
}

size_t tare_queue_count(const struct tare_queue *queue)
{
    /* In this order, so that it is not less than none. */
    uint64_t head = __atomic_load_n(&queue->head, __ATOMIC_ACQUIRE);
    uint64_t tail = __atomic_load_n(&queue->tail, __ATOMIC_RELAXED);
    uint64_t count = tail - head;

    return count <= queue->mask ? (size_t)count : (size_t)queue->mask + 1;
}
