/* SPDX-License-Identifier: MIT */
#include "shim/events.h"

#include <signal.h>

#include "shim/events_slow.h"
#include "shim/in_front.h"
#include "shim/recorder.h"
#include "shim/stacks.h"

enum { FORKS_LOOKED_BACK = 8 };

/* A signal handler left an event of ours by longjmp: the frame that set `busy` is gone, because
 * it lies below this one. On an alternate stack the two cannot be compared. */
static bool busy_is_stale(const struct thread *thread, const void *here)
{
    stack_t stack;
    int saved_errno = errno;

    if (thread->busy < THREAD_FRAMES || (uintptr_t)here <= thread->busy)
        return false;
    bool known = sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_ONSTACK);
    errno = saved_errno;
    return known;
}

bool event_may_record(void)
{
    return thread_current->busy != THREAD_MUTE && recorder_start();
}

struct thread *event_enter(const void *here)
{
    struct thread *thread = thread_current;

    if (thread->busy == THREAD_NEW) {
        thread = thread_acquire();
    } else if (busy_is_stale(thread, here)) {
        chain_forget(&thread->chain);
        thread->same_stack = NULL;
    } else if (thread->busy != THREAD_READY) {
        thread = NULL; /* ended, or interrupted by this signal handler */
    }
    if (thread)
        thread_enter(thread);
    else if (!(thread = thread_share()))
        recorder_lost_event();
    return thread;
}

void event_leave(struct thread *thread)
{
    if (thread == recorder->shared) {
        thread->same_stack = NULL;
        thread->latest_block = NULL;
        thread_unshare(thread);
    } else {
        thread_leave(thread);
    }
}

/* For a thread that has no slot to remember it in. */
static bool is_in_ledger(const struct trailer *trailer)
{
    uint32_t extents = __atomic_load_n(&recorder->ledger.header->extents, __ATOMIC_ACQUIRE);

    return trailer->record <
           extents * (LEDGER_EXTENT_BYTES / (uint32_t)sizeof(struct ledger_record));
}

/* Nobody calls these past the one in front of us but that one itself. */
static bool is_passed_on(const struct request *request)
{
    return (request->kind == REQUEST_MALLOC && request->alignment == REQUEST_BY_NAME) ||
           (request->kind == REQUEST_CALLOC && in_front_has_calloc());
}

/* Always with room for a trailer, which stays unwritten when the event is lost. */
void *allocate_slowly(struct request request, const struct call_frame *at)
{
    if (UNLIKELY(next_state == NEXT_BYPASSED) && is_passed_on(&request))
        recorder_is_reached();
    bool recording = event_may_record();
    void *block = request_block(&request, TRAILER_BYTES);
    struct thread *thread;

    if (!block || !recording || !(thread = event_enter(__builtin_frame_address(0))))
        return block;
    record_allocation(thread, block, request.bytes, false, at);
    thread->latest_block = block;
    event_leave(thread);
    return block;
}

void release_slowly(void *block)
{
    bool recording = event_may_record();
    const struct allocator *allocator = allocator_of(block);
    struct trailer trailer;
    struct thread *thread;

    if (recording) {
        size_t usable = usable_bytes(allocator, block);

        if (!trailer_read(&trailer, block, usable) || !is_in_ledger(&trailer)) {
            counter_add_shared(untracked_counter(block, usable), 1);
        } else if ((thread = event_enter(__builtin_frame_address(0)))) {
            trailer_spoil(&trailer);
            record_free(thread, block, &trailer, false);
            event_leave(thread);
        }
    }
    allocator->free(block);
}

/* From one allocator to another; `old_bytes` are known to be readable. */
static void *move(const struct allocator *from, void *block, size_t old_bytes, size_t bytes)
{
    void *moved = next.malloc(bytes + TRAILER_BYTES);

    if (moved) {
        memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
        from->free(block);
    }
    return moved;
}

void *reallocate_slowly(void *block, size_t bytes, const struct call_frame *at)
{
    bool recording = event_may_record(), ours = false;
    const struct allocator *allocator = allocator_of(block);
    uint64_t *untracked = NULL;
    struct trailer trailer;
    struct thread *thread;
    void *moved;

    if (!recording && allocator == &next)
        return next.realloc(block, bytes + TRAILER_BYTES);
    size_t usable = usable_bytes(allocator, block);
    if (recording) {
        ours = trailer_read(&trailer, block, usable) && is_in_ledger(&trailer);
        untracked = ours ? NULL : untracked_counter(block, usable);
    }
    if (allocator == &next)
        moved = next.realloc(block, bytes + TRAILER_BYTES);
    else
        moved = move(allocator, block, ours ? trailer.bytes : usable, bytes);
    if (!moved || !recording || !(thread = event_enter(__builtin_frame_address(0))))
        return moved;
    if (ours)
        record_free(thread, block, &trailer, true);
    else
        counter_add_shared(untracked, 1);
    struct ledger_record *record = record_allocation(thread, moved, bytes, true, at);
    if (ours && options.sites)
        evidence_of_growth(thread, record, moved != block, trailer.bytes);
    thread->latest_block = NULL;
    event_leave(thread);
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

uint64_t *untracked_counter(void *block, size_t usable)
{
    struct ledger_header *header = recorder->ledger.header;
    struct trailer trailer;

    for (uint32_t back = 1; back <= FORKS_LOOKED_BACK; back++) {
        uint64_t key;

        if (!recorder_key_before(back, &key))
            break;
        if (trailer_read_keyed(&trailer, block, usable, key))
            return &header->inherited_frees;
    }
    return &header->untracked_frees;
}

void event_look(struct old_block *old, void *block)
{
    *old = (struct old_block){.block = block, .is_recorded = event_may_record()};
    if (!block)
        return;
    old->usable = usable_bytes(&next, block);
    old->is_ours = old->is_recorded && trailer_read(&old->trailer, block, old->usable) &&
                   is_in_ledger(&old->trailer);
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

void event_moved(const struct old_block *old, void *block, size_t bytes,
                 const struct call_frame *at)
{
    struct thread *thread;

    if (!old->is_recorded || !(thread = event_enter(__builtin_frame_address(0))))
        return;
    if (old->is_ours)
        record_free(thread, old->block, &old->trailer, true);
    else if (old->block)
        counter_add_shared(&recorder->ledger.header->untracked_frees, 1);
    struct ledger_record *record = record_allocation(thread, block, bytes, true, at);
    if (old->is_ours && options.sites)
        evidence_of_growth(thread, record, block != old->block, old->trailer.bytes);
    thread->latest_block = NULL;
    event_leave(thread);
}

void event_came(void *block, size_t bytes, const struct call_frame *at)
{
    struct thread *thread;

    if (!event_may_record() || !(thread = event_enter(__builtin_frame_address(0))))
        return;
    record_allocation(thread, block, bytes, false, at);
    thread->latest_block = block;
    event_leave(thread);
}

void event_goes(void *block)
{
    struct old_block old;
    struct thread *thread;

    event_look(&old, block);
    if (old.is_ours && (thread = event_enter(__builtin_frame_address(0)))) {
        trailer_spoil(&old.trailer);
        record_free(thread, block, &old.trailer, false);
        event_leave(thread);
    } else if (old.is_recorded && !old.is_ours) {
        counter_add_shared(untracked_counter(block, old.usable), 1);
    }
}
