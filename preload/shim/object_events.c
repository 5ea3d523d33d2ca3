/* SPDX-License-Identifier: MIT */
#include "shim/object_events.h"

#include <errno.h>

#include "shim/events_slow.h"
#include "shim/objects.h"
#include "shim/sections.h"

enum { TAKEN_AT_ONCE = 32 }; /* a small stack has room for them */

/* No address of the target's is greater. */
#define ADDRESS_END ((uint64_t)1 << 63)

static void lose_objects(const struct thread *thread, uint64_t count)
{
    if (count)
        counter_add_shared(&account_header(thread)->lost_objects, count);
}

/* The clock is read as often as for blocks. */
static void pass_time(struct thread *thread)
{
    if (--thread->clock_credit < 0)
        thread_tick(thread);
}

/* Objects are no part of the process's live bytes and its peak; what a record of them held at that
 * moment is kept as for any other. */
static void count_object(struct thread *thread, struct ledger_record *record,
                         const struct object *object)
{
    account_epoch(account_header(thread), record);
    counter_add(&record->allocations, 1);
    counter_add(&record->bytes, object->bytes);
    if (options.sites)
        evidence_allocation(thread, record, object->bytes);
    section_object_came(thread, object->bytes);
    thread->latest_object = (const void *)(uintptr_t)object->start;
}

/* Another slot may have counted its coming. */
static void count_end(struct thread *thread, const struct object *object)
{
    struct ledger_record *record =
        (void *)(thread->base + (size_t)object->record * sizeof *record);
    bool is_own = record->slot == thread->slot;
    bool is_latest = thread->latest_object == (const void *)(uintptr_t)object->start;

    if (!is_own) {
        record = thread_record_of_class(thread, record->site, LEDGER_OBJECT);
        if (!record) {
            lose_objects(thread, 1);
            return;
        }
        counter_add(&record->remote_frees, 1);
    }
    if (is_latest)
        thread->latest_object = NULL;
    evidence_of_turn(record);
    account_epoch(account_header(thread), record);
    counter_add(&record->frees, 1);
    counter_add(&record->freed_bytes, object->bytes);
    counter_add(&record->temporary, is_latest && is_own);
    section_object_went(thread);
    if (!options.sites)
        return;
    uint64_t when = time_of((uint32_t)object->when);
    evidence_free(thread, record, thread->now_units > when ? thread->now_units - when : 0);
}

static void come(struct thread *thread, uintptr_t start, size_t bytes,
                 const struct call_frame *at)
{
    pass_time(thread);
    const struct ledger_record *stack = thread_record(thread, at);
    struct ledger_record *record =
        thread_record_of_class(thread, stack->site, LEDGER_OBJECT);
    struct object old, object = {
                           .start = start,
                           .bytes = bytes < OBJECT_BYTES_MAX ? bytes : OBJECT_BYTES_MAX,
                           .when = thread->now_code,
                       };
    enum objects_answer answer = OBJECTS_LOST;

    if (record) {
        object.record = thread_record_number(thread, record);
        answer = objects_put(&object, &old);
    }
    if (answer == OBJECTS_ONE) /* its end was not told, or lost */
        count_end(thread, &old);
    if (answer == OBJECTS_LOST)
        lose_objects(thread, 1);
    else
        count_object(thread, record, &object);
}

void object_came(uintptr_t start, size_t bytes, const struct call_frame *at)
{
    int saved_errno = errno;
    struct thread *thread;

    if (!start || !event_may_record() ||
        !(thread = event_enter(__builtin_frame_address(0))))
        return;
    come(thread, start, bytes, at);
    event_leave(thread);
    errno = saved_errno;
}

void object_went(uintptr_t start)
{
    int saved_errno = errno;
    struct object taken;
    struct thread *thread;

    if (!start || !event_may_record() ||
        !(thread = event_enter(__builtin_frame_address(0))))
        return;
    pass_time(thread);
    enum objects_answer answer = objects_take(start, &taken);
    if (answer == OBJECTS_ONE)
        count_end(thread, &taken);
    lose_objects(thread, answer == OBJECTS_LOST);
    event_leave(thread);
    errno = saved_errno;
}

void objects_went(uintptr_t start, size_t bytes)
{
    struct objects_range range = {.start = start};
    struct object taken[TAKEN_AT_ONCE];
    int saved_errno = errno;
    struct thread *thread;
    uint32_t count;

    range.end = range.start + bytes;
    if (range.end < range.start || range.end > ADDRESS_END)
        range.end = ADDRESS_END;
    if (!bytes || !event_may_record() ||
        !(thread = event_enter(__builtin_frame_address(0))))
        return;
    while ((count = objects_take_some(&range, taken, TAKEN_AT_ONCE))) {
        pass_time(thread);
        for (uint32_t i = 0; i < count; i++)
            count_end(thread, &taken[i]);
    }
    lose_objects(thread, range.lost);
    event_leave(thread);
    errno = saved_errno;
}
