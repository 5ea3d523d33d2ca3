/* SPDX-License-Identifier: MIT
 *
 * shim/events.h - an allocation or a free, from the hook to the record.
 *
 * Shape    hook -> the next allocator -> event -> record and trailer.
 * Units    bytes
 * Owner    The target owns its blocks.
 * Threads  thread-safe; async-signal-safe as far as the next allocator is.
 * Errors   As the function that the target called; what cannot be recorded is counted as lost.
 * Cost     allocation: a walk, a probe, account.h's arithmetic. free: the trailer's record.
 * Source   none
 */
#ifndef TARE_SHIM_EVENTS_H
#define TARE_SHIM_EVENTS_H

#include <errno.h>

#include "shim/account.h"
#include "shim/evidence.h"
#include "shim/next.h"
#include "shim/trailer.h"

/* What the target asked for. */
struct request {
    enum { REQUEST_MALLOC, REQUEST_CALLOC, REQUEST_ALIGNED } kind;
    size_t alignment; /* REQUEST_MALLOC: REQUEST_BY_NAME, or 0 */
    size_t bytes;
};

/* The function called is malloc itself: nobody has it in front of ours but to pass on. */
enum { REQUEST_BY_NAME = 1 };

/* More than this no allocator gives; up to it, the trailer can be added. */
#define REQUEST_BYTES_MAX ((size_t)PTRDIFF_MAX - 65536)

/* The fast path is closed: find out why, and record the event elsewhere or not at all. */
COLD void *allocate_slowly(struct request request, const struct call_frame *at);
COLD void release_slowly(void *block, const struct call_frame *at);
COLD void *reallocate_slowly(void *block, size_t bytes, const struct call_frame *at);

/* A block without a trailer of this process. */
enum untracked { UNTRACKED_FOREIGN, UNTRACKED_INHERITED };
COLD enum untracked untracked_kind(void *block, size_t usable);

/* It is freed. */
COLD void untracked_count(enum untracked kind);

/* Did ld.so allocate it for a starting thread? Then freeing it unloads nothing. */
COLD bool block_is_quiet(void *block);

INLINE void *request_block(const struct request *request, size_t extra_bytes)
{
    switch (request->kind) {
    case REQUEST_MALLOC:
        return next.malloc(request->bytes + extra_bytes);
    case REQUEST_CALLOC:
        return next.calloc(1, request->bytes + extra_bytes);
    default:
        return next.memalign(request->alignment, request->bytes + extra_bytes);
    }
}

/* A block of `next` has come to be; `grown`: by realloc. Its record; NULL if there is none. */
INLINE struct ledger_record *record_allocation(struct thread *thread, void *block,
                                               size_t bytes, bool grown,
                                               const struct call_frame *at)
{
    struct ledger_record *record = thread_record(thread, at);

    if (UNLIKELY(--thread->clock_credit < 0) && !thread_tick(thread))
        return NULL;
    account_allocation(thread, record, bytes);
    if (LIKELY(options.sites))
        evidence_allocation(thread, record, bytes);
    trailer_write(block, usable_bytes(&next, block), bytes,
                  thread_record_number(thread, record), thread->now_code, grown);
    return record;
}

/* A trailer read true; is it one? In the event: when the slot was lost to a fork before, it is
 * none. */
INLINE bool trailer_is_ours(struct thread *thread, const struct trailer *trailer)
{
    return LIKELY(trailer->record < thread->records_end) ||
           thread_sees_record(thread, trailer->record);
}

/* The block that `trailer` tells of is gone; `moves`: into another, by realloc. The record that
 * counts it. */
INLINE struct ledger_record *record_free(struct thread *thread, const void *block,
                                         const struct trailer *trailer, bool moves)
{
    struct ledger_record *record =
        (void *)(thread->base + (size_t)trailer->record * sizeof *record);
    bool own = LIKELY(record->slot == thread->slot), latest = thread->latest_block == block;

    if (!own) {
        record = thread_record_of_site(thread, record->site);
        counter_add(&record->remote_frees, 1);
    }
    if (UNLIKELY(--thread->clock_credit < 0))
        thread_tick(thread);
    if (latest)
        thread->latest_block = NULL;
    evidence_of_turn(record);
    account_free(thread, record, trailer->bytes, latest && own && !moves);
    if (UNLIKELY(!options.sites))
        return record;
    uint64_t when = time_of(trailer->when);
    evidence_free(thread, record, thread->now_units > when ? thread->now_units - when : 0);
    if (UNLIKELY(trailer->grown) && !moves)
        evidence_of_chain(thread, record, trailer->bytes);
    return record;
}

INLINE void *allocate(struct request request, const struct call_frame *at)
{
    struct thread *thread = thread_get();

    if (UNLIKELY(request.bytes > REQUEST_BYTES_MAX)) {
        errno = ENOMEM;
        return NULL;
    }
    void *block;
    if (UNLIKELY(thread->busy != THREAD_READY)) {
        block = allocate_slowly(request, at);
        COMPILER_BARRIER(); /* no tail call: `at` is in this frame */
        return block;
    }
    block = request_block(&request, TRAILER_BYTES);
    if (UNLIKELY(!block))
        return NULL;
    thread_enter(thread);
    record_allocation(thread, block, request.bytes, false, at);
    thread->latest_block = block;
    thread_leave(thread);
    return block;
}

INLINE void release(void *block)
{
    struct thread *thread = thread_get();
    struct trailer trailer;

    if (UNLIKELY(thread->busy != THREAD_READY)) {
        release_slowly(block, CALL_FRAME());
        COMPILER_BARRIER(); /* as above */
        return;
    }
    const struct allocator *allocator = allocator_of(block);
    size_t usable = usable_bytes(allocator, block);
    thread_enter(thread);
    if (LIKELY(trailer_read(&trailer, block, usable) &&
               trailer_is_ours(thread, &trailer))) {
        trailer_spoil(&trailer);
        record_free(thread, block, &trailer, false);
    } else {
        untracked_count(untracked_kind(block, usable));
    }
    thread_leave(thread);
    allocator->free(block);
}

INLINE void *reallocate(void *block, size_t bytes, const struct call_frame *at)
{
    struct thread *thread = thread_get();
    struct trailer trailer;

    if (UNLIKELY(bytes > REQUEST_BYTES_MAX)) {
        errno = ENOMEM;
        return NULL;
    }
    if (UNLIKELY(thread->busy != THREAD_READY || allocator_of(block) != &next)) {
        block = reallocate_slowly(block, bytes, at);
        COMPILER_BARRIER(); /* as above */
        return block;
    }
    /* Looked at before the call, accounted after it: a failure leaves the old block as it is. */
    size_t usable = usable_bytes(&next, block);
    bool reads = trailer_read(&trailer, block, usable);
    enum untracked kind = LIKELY(reads) ? UNTRACKED_FOREIGN : untracked_kind(block, usable);
    void *moved = next.realloc(block, bytes + TRAILER_BYTES);
    if (UNLIKELY(!moved))
        return NULL;
    thread_enter(thread);
    bool ours = LIKELY(reads) && trailer_is_ours(thread, &trailer);
    size_t old_bytes = 0;
    if (LIKELY(ours)) {
        old_bytes = trailer.bytes;
        record_free(thread, block, &trailer, true);
    } else {
        untracked_count(kind);
    }
    struct ledger_record *record = record_allocation(thread, moved, bytes, true, at);
    if (LIKELY(ours && options.sites))
        evidence_of_growth(thread, record, moved != block, old_bytes);
    thread->latest_block = NULL; /* what realloc gives is never a temporary allocation */
    thread_leave(thread);
    return moved;
}

#endif
