/* SPDX-License-Identifier: MIT */
#include "shim/events.h"

#include "shim/advice.h"
#include "shim/events_slow.h"
#include "shim/in_front.h"
#include "shim/recorder.h"
#include "shim/sections.h"
#include "shim/stacks.h"
#include "shim/trace.h"

enum { FORKS_LOOKED_BACK = 8 };

bool event_may_record(void)
{
    return thread_current->busy != THREAD_MUTE && recorder_start();
}

/* The calling thread's own slot; NULL if it has ended, or was interrupted in an event by the signal
 * handler that asks. */
static struct thread *own_slot(const void *here)
{
    struct thread *thread = thread_current;

    if (thread->busy == THREAD_NEW)
        return thread_acquire();
    if (thread_is_ready(thread))
        return thread;
    if (!thread_is_left(thread, here))
        return NULL;
    chain_forget(&thread->chain);
    thread->same_stack = NULL;
    trace_left(thread);
    return thread;
}

struct thread *event_enter(const void *here)
{
    struct thread *thread;

    if (!recorder_start()) /* a child forked since the caller asked may not have begun */
        return NULL;
    if (!(thread = own_slot(here)) && !(thread = thread_share())) {
        recorder_lost_event();
        return NULL;
    }
    thread_enter(thread);
    if (LIKELY(thread_has_slot(thread)))
        return thread;
    thread_lose_slot(thread);
    return NULL;
}

void event_leave(struct thread *thread)
{
    if (thread == recorder->shared) {
        thread->same_stack = NULL;
        thread->latest_block = thread->latest_object = NULL;
        thread_unshare(thread);
    } else {
        thread_leave_slowly(thread);
    }
}

/* The slot may have been lost to a fork meanwhile: then there is no record. */
static void trace_came(struct thread *thread, const struct ledger_record *record,
                       void *block, size_t bytes, uint8_t how)
{
    if (thread->trace && record)
        trace_allocation(thread, record, block, usable_bytes(&next, block), bytes, how);
}

static uint8_t how_of(const struct request *request)
{
    switch (request->kind) {
    case REQUEST_MALLOC:
        return TRACE_BY_MALLOC;
    case REQUEST_CALLOC:
        return TRACE_BY_CALLOC;
    default:
        return (uint8_t)(TRACE_ALIGNED + 63 - __builtin_clzll(request->alignment | 1));
    }
}

/* Before it is freed. */
static uint64_t traced_id(void *block, size_t usable, const struct trailer *trailer)
{
    return options.trace_bytes
               ? trace_id_at(trailer_id_place(block, usable, trailer->bytes))
               : 0;
}

/* For a thread that has no slot to remember it in. */
static bool is_in_ledger(const struct trailer *trailer)
{
    return trailer->record < ledger_records_end(&recorder->ledger);
}

/* Nobody calls these past the one in front of us but that one itself. */
static bool is_passed_on(const struct request *request)
{
    return (request->kind == REQUEST_MALLOC && request->alignment == REQUEST_BY_NAME) ||
           (request->kind == REQUEST_CALLOC && in_front_has_calloc());
}

static void advise_came(struct thread *thread, const struct ledger_record *record,
                        void *block, size_t bytes, enum advice_bytes are)
{
    advice_came(thread, record,
                &(struct advice_block){
                    .at = block,
                    .bytes = bytes,
                    .usable = usable_bytes(&next, block),
                    .are = are,
                });
}

/* Always with room for a trailer, which stays unwritten when the event is lost. */
void *allocate_slowly(struct request request, const struct call_frame *at)
{
    if (UNLIKELY(next_state == NEXT_BYPASSED) && is_passed_on(&request))
        recorder_is_reached();
    bool recording = event_may_record();
    void *block = request_block(&request, trailer_room);
    struct thread *thread;

    if (!block || !recording || !(thread = event_enter(__builtin_frame_address(0))))
        return block;
    const struct ledger_record *record =
        record_allocation(thread, block, request.bytes, false, at);
    if (record && thread->deaths)
        advise_came(thread, record, block, request.bytes,
                    request.kind == REQUEST_CALLOC ? ADVICE_BYTES_ZERO : ADVICE_BYTES_FREE);
    trace_came(thread, record, block, request.bytes, how_of(&request));
    section_came(thread, request.bytes);
    thread->latest_block = block;
    event_leave(thread);
    return block;
}

void release_slowly(void *block, const struct call_frame *at)
{
    event_goes(block,
               at); /* may begin the recording, and with that say whose block it is */
    allocator_of(block)->free(block);
}

static void look_at(struct old_block *old, void *block, bool recording)
{
    *old = (struct old_block){.block = block, .is_recorded = recording, .key = trailer_key};
    if (!block)
        return;
    old->usable = usable_bytes(allocator_of(block), block);
    old->is_ours = recording && trailer_read(&old->trailer, block, old->usable) &&
                   is_in_ledger(&old->trailer);
    if (old->is_ours)
        old->id = traced_id(block, old->usable, &old->trailer);
    if (recording && !old->is_ours)
        old->untracked = untracked_kind(block, old->usable);
}

/* From one allocator to another; `old_bytes` are known to be readable. */
static void *move(const struct allocator *from, void *block, size_t old_bytes, size_t bytes)
{
    void *moved = next.malloc(bytes + trailer_room);

    if (moved) {
        memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
        from->free(block);
    }
    return moved;
}

void *reallocate_slowly(void *block, size_t bytes, const struct call_frame *at)
{
    bool recording = event_may_record(); /* first, as above */
    const struct allocator *allocator = allocator_of(block);
    struct old_block old;
    void *moved;

    if (!recording && allocator == &next)
        return next.realloc(block, bytes + trailer_room);
    look_at(&old, block, recording);
    old.leaves_rest = true;
    if (options.advise && old.is_ours)
        trailer_spoil(
            &old.trailer); /* else who looks from outside finds a block where none is */
    if (allocator == &next)
        moved = next.realloc(block, bytes + trailer_room);
    else
        moved = move(allocator, block, old.is_ours ? old.trailer.bytes : old.usable, bytes);
    if (moved)
        event_moved(&old, moved, bytes, at);
    else if (options.advise && old.is_ours)
        trailer_restore(&old.trailer);
    return moved;
}

bool block_is_quiet(void *block)
{
    const struct allocator *allocator = allocator_of(block);
    struct trailer trailer;

    if (!recorder_is_on() ||
        !trailer_read(&trailer, block, usable_bytes(allocator, block)) ||
        !is_in_ledger(&trailer))
        return false;
    const struct ledger_record *record = ledger_at(
        &recorder->ledger, trailer.record * (uint32_t)sizeof(struct ledger_record));
    return stack_is_quiet(record->site);
}

enum untracked untracked_kind(void *block, size_t usable)
{
    struct trailer trailer;

    for (uint32_t back = 1; back <= FORKS_LOOKED_BACK; back++) {
        uint64_t key;

        if (!recorder_key_before(back, &key))
            break;
        if (trailer_read_keyed(&trailer, block, usable, key))
            return UNTRACKED_INHERITED;
    }
    return UNTRACKED_FOREIGN;
}

void untracked_count(enum untracked kind)
{
    if (!recorder_is_on()) /* a child that has not begun */
        recorder_lost_event();
    else if (kind == UNTRACKED_INHERITED)
        RECORDER_COUNT(inherited_frees);
    else
        RECORDER_COUNT(untracked_frees);
}

void event_look(struct old_block *old, void *block)
{
    look_at(old, block, event_may_record());
}

void event_clear_hidden(const struct old_block *old, void *block)
{
    size_t usable = usable_bytes(&next, block);

    if (!old->is_ours)
        return;
    size_t end = old->usable < usable ? old->usable : usable;
    size_t start = old->usable - trailer_hidden_bytes(&old->trailer, old->usable);
    if (start < end)
        memset((char *)block + start, 0, end - start);
}

/* In the event: the old block is gone. Is it a record of this process that says so? A child may have
 * been forked, and have begun, since it was looked at. */
static bool old_block_goes(struct thread *thread, const struct old_block *old)
{
    if (old->is_ours && old->key == trailer_key) {
        const struct ledger_record *record =
            record_free(thread, old->block, &old->trailer, true);
        if (thread->deaths)
            advice_went(thread, record, old->block, &old->trailer, true, NULL);
        if (thread->trace)
            trace_free(thread, old->id, true);
        section_went(thread, old->trailer.bytes);
        return true;
    }
    if (old->block)
        untracked_count(old->is_ours ? UNTRACKED_INHERITED : old->untracked);
    return false;
}

/* Of a block that was not ours nobody knows how much is kept. */
static void advise_moved(struct thread *thread, const struct ledger_record *record,
                         const struct old_block *old, void *block, size_t bytes, bool ours)
{
    size_t hidden = ours ? trailer_hidden_bytes(&old->trailer, old->usable) : 0;

    advice_came(
        thread, record,
        &(struct advice_block){
            .at = block,
            .bytes = bytes,
            .usable = usable_bytes(&next, block),
            .are = ours && old->leaves_rest ? ADVICE_BYTES_KEPT : ADVICE_BYTES_UNKNOWN,
            .kept = old->usable - hidden,
        });
}

void event_moved(const struct old_block *old, void *block, size_t bytes,
                 const struct call_frame *at)
{
    struct thread *thread;

    if (!old->is_recorded || !(thread = event_enter(__builtin_frame_address(0))))
        return;
    bool grows = old_block_goes(thread, old);
    struct ledger_record *record = record_allocation(thread, block, bytes, true, at);
    if (grows && options.sites)
        evidence_of_growth(thread, record, block != old->block, old->trailer.bytes);
    if (record && thread->deaths)
        advise_moved(thread, record, old, block, bytes, grows);
    trace_came(thread, record, block, bytes, TRACE_BY_REALLOC);
    section_came(thread, bytes);
    thread->latest_block = NULL;
    event_leave(thread);
}

void event_came(void *block, size_t bytes, const struct call_frame *at)
{
    struct thread *thread;

    if (!event_may_record() || !(thread = event_enter(__builtin_frame_address(0))))
        return;
    const struct ledger_record *record = record_allocation(thread, block, bytes, false, at);
    if (record && thread->deaths)
        advise_came(thread, record, block, bytes, ADVICE_BYTES_UNKNOWN);
    trace_came(thread, record, block, bytes, TRACE_BY_MALLOC);
    section_came(thread, bytes);
    thread->latest_block = block;
    event_leave(thread);
}

void event_goes(void *block, const struct call_frame *at)
{
    struct trailer trailer;
    struct thread *thread;

    if (!block || !event_may_record() ||
        !(thread = event_enter(__builtin_frame_address(0))))
        return;
    size_t usable = usable_bytes(allocator_of(block), block);
    if (trailer_read(&trailer, block, usable) && is_in_ledger(&trailer)) {
        uint64_t id = traced_id(block, usable, &trailer);
        trailer_spoil(&trailer);
        const struct ledger_record *record = record_free(thread, block, &trailer, false);
        if (thread->deaths)
            advice_went(thread, record, block, &trailer, false, at);
        if (thread->trace)
            trace_free(thread, id, false);
        section_went(thread, trailer.bytes);
    } else {
        untracked_count(untracked_kind(block, usable));
    }
    event_leave(thread);
}
