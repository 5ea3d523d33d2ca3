/* SPDX-License-Identifier: MIT
 *
 * The decorators of tare/mem.h. A counter's numbers are each added to atomically; room under the
 * limit is taken before the block is, and given back if there is none, so that no two threads
 * exceed it together.
 */
#include <tare/mem.h>

#include "base/debug.h"

/* Add to what is live; false when that would exceed the limit. */
static bool take_room(struct tare_mem_counter *counter, size_t bytes)
{
    size_t live = __atomic_add_fetch(&counter->live_bytes, bytes, __ATOMIC_RELAXED);

    if (counter->limit_bytes && (live > counter->limit_bytes || live < bytes)) {
        __atomic_sub_fetch(&counter->live_bytes, bytes, __ATOMIC_RELAXED);
        return false;
    }
    return true;
}

static void give_room(struct tare_mem_counter *counter, size_t bytes)
{
    size_t before = __atomic_fetch_sub(&counter->live_bytes, bytes, __ATOMIC_RELAXED);

    TARE_ASSERT(before >= bytes);
    (void)before;
}

static void note_peak(struct tare_mem_counter *counter)
{
    size_t live = __atomic_load_n(&counter->live_bytes, __ATOMIC_RELAXED);
    size_t peak = __atomic_load_n(&counter->peak_bytes, __ATOMIC_RELAXED);

    while (live > peak &&
           !__atomic_compare_exchange_n(&counter->peak_bytes, &peak, live, true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

static void count(uint64_t *number)
{
    __atomic_add_fetch(number, 1, __ATOMIC_RELAXED);
}

static void count_served(struct tare_mem_counter *counter, const void *block,
                         size_t new_bytes)
{
    if (!block) {
        count(&counter->allocations);
        __atomic_add_fetch(&counter->live_blocks, 1, __ATOMIC_RELAXED);
    } else if (!new_bytes) {
        count(&counter->frees);
        __atomic_sub_fetch(&counter->live_blocks, 1, __ATOMIC_RELAXED);
    } else {
        count(&counter->resizes);
    }
}

static void *counter_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                            size_t new_bytes, size_t alignment)
{
    struct tare_mem_counter *counter = (struct tare_mem_counter *)(void *)mem;
    size_t more = new_bytes > old_bytes ? new_bytes - old_bytes : 0;

    if (more && !take_room(counter, more)) {
        count(&counter->refused);
        return NULL;
    }
    void *moved =
        counter->from->resize(counter->from, block, old_bytes, new_bytes, alignment);
    if (new_bytes && !moved) {
        give_room(counter, more);
        count(&counter->refused);
        return NULL;
    }
    if (more)
        note_peak(counter);
    else
        give_room(counter, old_bytes - new_bytes);
    count_served(counter, block, new_bytes);
    return moved;
}

void tare_mem_counter_init(struct tare_mem_counter *counter, struct tare_mem *from,
                           size_t limit_bytes)
{
    *counter = (struct tare_mem_counter){
        .mem = {counter_resize, "counter"},
        .from = from ? from : tare_mem_default(),
        .limit_bytes = limit_bytes,
    };
}

struct tare_mem_counter tare_mem_counted(const struct tare_mem_counter *counter)
{
    struct tare_mem_counter copy = {.mem = counter->mem, .from = counter->from};

    copy.limit_bytes = counter->limit_bytes;
    copy.live_bytes = __atomic_load_n(&counter->live_bytes, __ATOMIC_RELAXED);
    copy.peak_bytes = __atomic_load_n(&counter->peak_bytes, __ATOMIC_RELAXED);
    copy.live_blocks = __atomic_load_n(&counter->live_blocks, __ATOMIC_RELAXED);
    copy.allocations = __atomic_load_n(&counter->allocations, __ATOMIC_RELAXED);
    copy.resizes = __atomic_load_n(&counter->resizes, __ATOMIC_RELAXED);
    copy.frees = __atomic_load_n(&counter->frees, __ATOMIC_RELAXED);
    copy.refused = __atomic_load_n(&counter->refused, __ATOMIC_RELAXED);
    return copy;
}

static void *failer_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                           size_t new_bytes, size_t alignment)
{
    struct tare_mem_failer *failer = (struct tare_mem_failer *)(void *)mem;

    if (new_bytes > old_bytes) {
        uint64_t request = __atomic_add_fetch(&failer->requests, 1, __ATOMIC_RELAXED);

        if (failer->fail_at && (request == failer->fail_at ||
                                (request > failer->fail_at && failer->fail_on))) {
            __atomic_store_n(&failer->has_failed, true, __ATOMIC_RELAXED);
            return NULL;
        }
    }
    return tare_mem_resize(&failer->counter.mem, block, old_bytes, new_bytes, alignment);
}

void tare_mem_failer_init(struct tare_mem_failer *failer, struct tare_mem *from,
                          uint64_t fail_at)
{
    *failer =
        (struct tare_mem_failer){.mem = {failer_resize, "failer"}, .fail_at = fail_at};
    tare_mem_counter_init(&failer->counter, from, 0);
}
