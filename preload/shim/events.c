/* SPDX-License-Identifier: MIT */
#include "shim/events.h"

#include <signal.h>

#include "shim/recorder.h"

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

/* May this thread's events be recorded at all? Begins the recording if need be. */
static bool may_record(void)
{
    return thread_current->busy != THREAD_MUTE && recorder_start();
}

/* The slot for an event that the fast path refused, entered; NULL and a lost event if there is
 * none. */
static struct thread *enter_slowly(const void *here)
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

static void leave_slowly(struct thread *thread)
{
    if (thread == recorder->shared) {
        thread->same_stack = NULL;
        thread->latest_block = NULL;
        thread_unshare(thread);
    } else {
        thread_leave(thread);
    }
}

/* Always with room for a trailer, which stays unwritten when the event is lost. */
void *allocate_slowly(struct request request, const struct call_frame *at)
{
    bool recording = may_record();
    void *block = request_block(&request, TRAILER_BYTES);
    struct thread *thread;

    if (!block || !recording || !(thread = enter_slowly(__builtin_frame_address(0))))
        return block;
    record_allocation(thread, block, request.bytes, at);
    thread->latest_block = block;
    leave_slowly(thread);
    return block;
}

void release_slowly(void *block)
{
    bool recording = may_record();
    const struct allocator *allocator = allocator_of(block);
    struct trailer trailer;
    struct thread *thread;

    if (recording) {
        size_t usable = usable_bytes(allocator, block);

        if (!trailer_read(&trailer, block, usable)) {
            counter_add_shared(untracked_counter(block, usable), 1);
        } else if ((thread = enter_slowly(__builtin_frame_address(0)))) {
            trailer_spoil(&trailer);
            record_free(thread, block, &trailer, true);
            leave_slowly(thread);
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
    bool recording = may_record(), ours = false;
    const struct allocator *allocator = allocator_of(block);
    uint64_t *untracked = NULL;
    struct trailer trailer;
    struct thread *thread;
    void *moved;

    if (!recording && allocator == &next)
        return next.realloc(block, bytes + TRAILER_BYTES);
    size_t usable = usable_bytes(allocator, block);
    if (recording) {
        ours = trailer_read(&trailer, block, usable);
        untracked = ours ? NULL : untracked_counter(block, usable);
    }
    if (allocator == &next)
        moved = next.realloc(block, bytes + TRAILER_BYTES);
    else
        moved = move(allocator, block, ours ? trailer.bytes : usable, bytes);
    if (!moved || !recording || !(thread = enter_slowly(__builtin_frame_address(0))))
        return moved;
    if (ours)
        record_free(thread, block, &trailer, false);
    else
        counter_add_shared(untracked, 1);
    record_allocation(thread, moved, bytes, at);
    thread->latest_block = NULL;
    leave_slowly(thread);
    return moved;
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
