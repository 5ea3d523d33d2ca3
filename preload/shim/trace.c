/* SPDX-License-Identifier: MIT */
#include "shim/trace.h"

#include <errno.h>
#include <string.h>

#include "format/varint.h"
#include "shim/account.h"
#include "shim/recorder.h"
#include "shim/trailer.h"

enum { TIME_STEP = 4 /* less is not told */ };

/* Half of the ledger is for what the trace's numbers stand for. Under the lock. */
static bool has_room(void)
{
    const struct ledger *ledger = &recorder->ledger;
    uint64_t bytes = ((uint64_t)recorder->trace_blocks + 1) * LEDGER_EXTENT_BYTES;

    return bytes <= options.trace_bytes && bytes <= ledger->bytes / 2;
}

static uint32_t new_block(void)
{
    uint32_t offset =
        has_room() ? ledger_new(&recorder->ledger, LEDGER_TRACE, LEDGER_EXTENT_BYTES) : 0;

    if (offset)
        recorder->trace_blocks++;
    else
        __atomic_store_n(&recorder->trace_ended, true, __ATOMIC_RELAXED);
    return offset;
}

static COLD bool open_block(struct thread *thread)
{
    struct trace_writer *writer = thread->trace;
    int saved_errno = errno;
    uint32_t offset = 0;

    if (lock_try(&recorder->lock, thread_self())) {
        offset = new_block();
        lock_leave(&recorder->lock);
    }
    errno = saved_errno;
    if (!offset)
        return false;
    struct trace_block *block = ledger_at(&recorder->ledger, offset);
    uint32_t begun = TRACE_GOES_ON;
    if (writer->afresh) {
        writer->model = (struct trace_model){.allocations = writer->model.allocations};
        writer->afresh = false;
        begun = TRACE_AFRESH;
    }
    block->slot = thread->slot;
    block->allocations = writer->model.allocations;
    __atomic_store_n(&block->begun, begun, __ATOMIC_RELEASE);
    writer->at = (uint8_t *)(block + 1);
    writer->end = (uint8_t *)block + LEDGER_EXTENT_BYTES;
    return true;
}

/* An event ends: its first byte makes it one. */
INLINE void commit(struct trace_writer *writer, uint8_t what, uint8_t *end)
{
    __atomic_store_n(writer->at, what, __ATOMIC_RELEASE);
    COMPILER_BARRIER();
    writer->at = end;
}

/* The clock has been read: that goes for all threads. Of two that do so at once the earlier one may
 * win, until the next does. */
static void set_clock(const struct thread *thread)
{
    uint64_t now =
        (thread->now_ns - account_header(thread)->start_monotonic_ns) >> TRACE_TIME_SHIFT;

    if (now > counter_read(&recorder->trace_now))
        counter_set(&recorder->trace_now, now);
}

static __attribute__((noinline)) void tell_time(struct trace_writer *writer, uint64_t now)
{
    uint8_t *end = varint_put(writer->at + 1, now - writer->model.time);
    writer->model.time = now;
    commit(writer, TRACE_TIME, end);
}

/* Room for the time and an event; false, and one is lost, when there is none. */
INLINE bool make_room(struct thread *thread)
{
    struct trace_writer *writer = thread->trace;

    if (UNLIKELY(!thread_has_slot(thread))) /* to a fork */
        return false;
    if (UNLIKELY(
            __atomic_load_n(&recorder->trace_ended, __ATOMIC_RELAXED) ||
            (writer->end - writer->at < 2 * TRACE_EVENT_MOST && !open_block(thread)))) {
        counter_add(&thread->identity->lost_trace, 1);
        return false;
    }
    if (UNLIKELY(thread->clock_credit == CLOCK_EVENTS))
        set_clock(thread);
    uint64_t now = counter_read(&recorder->trace_now);
    if (UNLIKELY(now >= writer->model.time + TIME_STEP))
        tell_time(writer, now);
    return true;
}

void trace_allocation(struct thread *thread, const struct ledger_record *record,
                      void *block, size_t usable, size_t bytes, uint8_t how)
{
    char *place = trailer_id_place(block, usable, bytes);
    uint64_t id = 0;

    if (!make_room(thread)) {
        memcpy(place, &id, sizeof id);
        return;
    }
    struct trace_writer *writer = thread->trace;
    struct trace_model *model = &writer->model;
    uint32_t number = thread_record_number(thread, record), index = trace_shape_of(number);
    struct trace_shape *shape = &model->shapes[index], *last = &model->shapes[model->last];
    uint8_t what = TRACE_ALLOCATION, *to = writer->at + 1;
    if (UNLIKELY(shape->record != number)) {
        what |= TRACE_SITE_NEW;
        to = varint_put(to, number);
        *shape = (struct trace_shape){.record = number};
        last->next = (uint16_t)index;
    } else if (last->next != index) {
        what |= TRACE_SITE_KNOWN | (uint8_t)(index >> 8 << TRACE_SHAPE_SHIFT);
        *to++ = (uint8_t)index;
        last->next = (uint16_t)index;
    }
    if (shape->bytes != bytes) {
        what |= TRACE_SIZE;
        to = varint_put(to, bytes);
        shape->bytes = bytes;
    }
    if (UNLIKELY(shape->how != how)) {
        what |= TRACE_HOW;
        *to++ = how;
        shape->how = how;
    }
    model->last = (uint16_t)index;
    id = (uint64_t)thread->slot << 32 | ++model->allocations;
    memcpy(place, &id, sizeof id);
    commit(writer, what, to);
}

/* The fewest bytes that name the block of that number, of this slot. */
INLINE uint8_t *name_block(struct trace_model *model, uint32_t number, uint8_t *to,
                           uint8_t *what)
{
    uint32_t age = model->allocations - number;
    int64_t step = (int64_t)number - model->freed;

    model->freed = number;
    if (age < TRACE_NEAR - TRACE_YOUNG) {
        *what |= (uint8_t)((TRACE_YOUNG + age) << TRACE_KIND_BITS);
        return to;
    }
    if (step >= -TRACE_NEAR_REACH && step < TRACE_NEAR_REACH) {
        *what |= (uint8_t)((TRACE_NEAR + TRACE_NEAR_REACH + step) << TRACE_KIND_BITS);
        return to;
    }
    if (zigzag(step) < age) {
        *what |= TRACE_FROM_FREED << TRACE_KIND_BITS;
        return varint_put(to, zigzag(step));
    }
    *what |= TRACE_AGE << TRACE_KIND_BITS;
    return varint_put(to, age);
}

void trace_free(struct thread *thread, uint64_t id, bool moves)
{
    uint32_t slot = (uint32_t)(id >> 32), number = (uint32_t)id;
    uint8_t what = moves ? TRACE_MOVE : TRACE_FREE;

    if (UNLIKELY(!number)) {
        if (thread_has_slot(thread))
            counter_add(&thread->identity->lost_trace, 1);
        return;
    }
    if (!make_room(thread))
        return;
    struct trace_writer *writer = thread->trace;
    struct trace_model *model = &writer->model;
    uint8_t *to = writer->at + 1;
    if (LIKELY(slot == thread->slot)) {
        to = name_block(model, number, to, &what);
    } else {
        to = varint_put(to, slot);
        to = varint_put(to, zigzag((int64_t)number - model->other_freed));
        model->other_freed = number;
    }
    commit(writer, what, to);
}

void trace_left(struct thread *thread)
{
    if (!thread->trace)
        return;
    thread->trace->afresh = true;
    thread->trace->at = thread->trace->end = NULL;
}

uint64_t trace_id_at(const char *place)
{
    uint64_t id;

    memcpy(&id, place, sizeof id);
    return id;
}
