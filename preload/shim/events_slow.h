/* SPDX-License-Identifier: MIT
 *
 * shim/events_slow.h - an event whose block comes from elsewhere than events.h's functions.
 *
 * Shape    event_may_record -> event_enter -> record_* -> event_leave
 * Units    bytes
 * Owner    none
 * Threads  thread-safe, async-signal-safe.
 * Errors   What cannot be recorded is counted as lost.
 * Cost     A few calls more than the fast paths.
 * Source   none
 */
#ifndef TARE_SHIM_EVENTS_SLOW_H
#define TARE_SHIM_EVENTS_SLOW_H

#include "shim/events.h"

/* May this thread's events be recorded at all? Begins the recording if need be. */
bool event_may_record(void);

/* The slot for an event, entered; NULL and a lost event if there is none. `here` is the caller's
 * frame address. */
struct thread *event_enter(const void *here);
void event_leave(struct thread *thread);

/* What is to be known of a block before the allocator gets it. */
struct old_block {
    void *block;
    size_t usable;
    struct trailer trailer;
    uint64_t key; /* that the trailer was read with */
    uint64_t id;  /* in the trace; 0: it is not there */
    enum untracked untracked;
    bool is_ours, is_recorded;
    bool leaves_rest; /* what it grows by may hold anything, as after realloc */
};

void event_look(struct old_block *old, void *block);

/* What was hidden of the old block is part of `block`, whose new bytes are to be zero. */
void event_clear_hidden(const struct old_block *old, void *block);

/* It became `block` with `bytes` asked for. */
void event_moved(const struct old_block *old, void *block, size_t bytes,
                 const struct call_frame *at);

/* A block with room for a trailer has come to be, zeroed or not. */
void event_came(void *block, size_t bytes, const struct call_frame *at);

/* A block is about to go. `at`: who frees it; NULL: not known. */
void event_goes(void *block, const struct call_frame *at);

#endif
