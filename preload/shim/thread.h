/* SPDX-License-Identifier: MIT
 *
 * shim/thread.h - what one thread needs to record its events without asking anyone.
 *
 * Shape    A slot: identity in the ledger, the latest stack, and the tables that lead from a
 *          path or a site to this slot's record of it. Slots outlive threads: the next thread
 *          takes over the slot of one that ended, with all its records.
 * Units    none
 * Owner    The thread, from its first event to its last key destructor; between two threads the
 *          recorder's idle list. The shared slot belongs to who holds recorder->shared_lock.
 * Threads  single owner. Others only read the records, in the ledger.
 * Errors   thread_acquire: NULL when there is no room; thread_record never fails: it falls back
 *          to the slot's record of unrecorded stacks and counts a lost stack.
 * Cost     thread_record: one probe for a stack met before.
 * Source   none
 */
#ifndef TARE_SHIM_THREAD_H
#define TARE_SHIM_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/ledger.h"
#include "shim/chain.h"
#include "shim/modules.h"
#include "shim/options.h"
#include "shim/record_table.h"

/* Values of `busy` that are no frame address. */
enum {
    THREAD_NEW = 0, /* no slot yet; also what a fork makes of the parent's */
    THREAD_READY = 1,
    THREAD_MUTE =
        2, /* inside the recorder's own start: its allocations are not the target's */
    THREAD_ENDED = 3, /* the slot is given back */
    /* as THREAD_READY, but sections, advice or a trace take its events too: the slow paths do */
    THREAD_MEASURED = 4,
    THREAD_FRAMES = 4096,

    CLOCK_EVENTS = 64, /* so many events of a thread go by one reading of the clock */
};

struct trace_writer;

struct thread {
    /* THREAD_READY, or why the fast path is closed: another value above, or the address of the
     * frame that records an event (a signal handler that allocates finds it). */
    uintptr_t busy;
    char *base;                       /* of the ledger */
    struct ledger_record *same_stack; /* of the latest walk; NULL: look it up */
    const void *latest_block;         /* allocated last by this thread, while not freed */
    int64_t pending_bytes;            /* live bytes not yet told to the header */
    bool is_first;                    /* the header's first line is this thread's */
    uint16_t slot;
    int32_t clock_credit;  /* events until the clock is read again */
    uint32_t now_code;     /* time_code of the latest reading */
    uint64_t now_units;    /* since the process began, likewise */
    uint64_t now_ns;       /* CLOCK_MONOTONIC, likewise */
    uint32_t records_end;  /* where the ledger's used part ended when last looked at */
    uint32_t check_credit; /* stacks until one is compared with libunwind's */
    struct ledger_record *plain; /* counts what has no recorded stack */
    struct record_table records;
    struct chain chain;
    struct ledger_thread *identity;
    struct thread *next_idle;
    const void *latest_object;     /* as latest_block */
    struct open_section *sections; /* of shim/sections.h; NULL: there has been none */
    uint32_t section_count;        /* that are open */
    struct death_order *deaths;    /* NULL: no advice is taken */
    struct trace_writer *trace;    /* NULL: events are not traced */
};

/* This thread's slot, or a stand-in that closes the fast path. */
extern __thread struct thread *thread_current __attribute__((tls_model("initial-exec")));

extern struct thread thread_new, thread_mute, thread_ended;

/* The slot behind thread_mute, while that is the current one. */
extern __thread struct thread *thread_muted __attribute__((tls_model("initial-exec")));

/* While a program is being relocated, thread-local data is still zero, and the resolver of an
 * indirect function may allocate. */
INLINE struct thread *thread_get(void)
{
    struct thread *thread = thread_current;

    if (UNLIKELY(!thread))
        thread = thread_current = &thread_new;
    return thread;
}

/* An event begins and ends. */
INLINE void thread_enter(struct thread *thread)
{
    thread->busy = (uintptr_t)__builtin_frame_address(0);
    COMPILER_BARRIER();
}

INLINE void thread_leave(struct thread *thread)
{
    COMPILER_BARRIER();
    thread->busy = THREAD_READY;
}

/* An event of the slow paths ends. */
INLINE void thread_leave_slowly(struct thread *thread)
{
    COMPILER_BARRIER();
    bool is_measured = thread->section_count || thread->deaths || thread->trace;
    thread->busy = is_measured ? THREAD_MEASURED : THREAD_READY;
}

/* Is the slot there for an event? */
INLINE bool thread_is_ready(const struct thread *thread)
{
    return thread->busy == THREAD_READY || thread->busy == THREAD_MEASURED;
}

/* For a look at the ledger outside of an event: if a signal handler forks meanwhile, its child has
 * one to look at, too. NULL where the thread is in an event anyway, or has no slot. */
INLINE struct thread *thread_mark(void)
{
    struct thread *thread = thread_get();

    if (!thread_is_ready(thread))
        return NULL;
    thread_enter(thread);
    return thread;
}

INLINE void thread_unmark(struct thread *thread)
{
    if (thread)
        thread_leave_slowly(thread);
}

/* Between these two, what the thread allocates is not the target's. The first one's result is the
 * second one's argument. */
struct thread *thread_mute_begin(void);
void thread_mute_end(struct thread *thread);

/* The frame that entered the slot is gone, left by longjmp from a signal handler: it lies below
 * `here`. On an alternate stack the two cannot be compared, and the answer is no. */
bool thread_is_left(const struct thread *thread, const void *here);

/* In a fork's child the parent's slots are zeros. */
INLINE bool thread_has_slot(const struct thread *thread)
{
    return thread->base != NULL;
}

/* The slot is the parent's: the event cannot be recorded, and the thread needs a slot. */
COLD void thread_lose_slot(struct thread *thread);

/* Bytes of the mapping that begins with a slot. */
size_t thread_block_bytes(void);

/* An address that no other thread has: who holds a lock. */
INLINE const void *thread_self(void)
{
    return &thread_current;
}

/* Give the calling thread a slot; NULL when that is not possible. */
struct thread *thread_acquire(void);

/* Make the shared slot; NULL when there is no room. Under the recorder's lock. */
struct thread *thread_make_shared(void);

/* The shared slot, locked; NULL when it cannot be had. */
struct thread *thread_share(void);
void thread_unshare(struct thread *thread);

/* Once a program: see to it that slots are given back when threads end. */
void thread_init(void);

/* The walk has left a path that this slot has no record for: enter it. */
COLD struct ledger_record *thread_enter_stack(struct thread *thread, uint64_t path);

/* This slot's record of a site that another slot recorded first. */
COLD struct ledger_record *thread_enter_site(struct thread *thread, uint32_t site);

INLINE uint32_t thread_record_number(const struct thread *thread,
                                     const struct ledger_record *record)
{
    return (uint32_t)((uintptr_t)((const char *)record - thread->base) / sizeof *record);
}

/* Room for evidence: lines of zeros that the slot's records may name; 0 when there is none. */
COLD uint32_t thread_new_lines(enum ledger_kind kind, uint32_t lines);

/* Is it within the ledger's used part after all? */
COLD bool thread_sees_record(struct thread *thread, uint32_t record);

/* Read the clock. False when the slot was lost to a fork: then it was zeroed, and every event that
 * had begun before comes by here. */
COLD bool thread_tick(struct thread *thread);

/* The stack could not be walked. */
COLD struct ledger_record *thread_lose_stack(struct thread *thread);

/* Compare the walk from `at` with libunwind's (shim/check_stacks.c). */
COLD void check_stack(struct thread *thread, const struct call_frame *at);

/* This slot's record for the stack that starts at `at`. */
INLINE struct ledger_record *thread_record(struct thread *thread,
                                           const struct call_frame *at)
{
    if (LIKELY(options.sites_unchecked) && thread->same_stack &&
        chain_is_same(&thread->chain, at))
        return thread->same_stack;
    if (!options.sites)
        return thread->plain;
    bool by_loader = UNLIKELY(code_is_loader(at->ip));
    if (by_loader)
        code_maybe_loaded();
    enum chain_result result = chain_walk(&thread->chain, at);
    if (UNLIKELY(options.check_stacks) && --thread->check_credit == 0)
        check_stack(thread, at);
    if (LIKELY(result == CHAIN_SAME) && thread->same_stack)
        return thread->same_stack;
    if (UNLIKELY(result == CHAIN_FAILED))
        return thread_lose_stack(thread);
    uint64_t path = chain_path(&thread->chain, options.stack_depth);
    uint32_t known = record_of_path(&thread->records, path);
    struct ledger_record *record;
    if (LIKELY(known)) {
        record = record_at(&thread->records, known);
    } else {
        record = thread_enter_stack(thread, path);
        if (record == thread->plain)
            return record; /* lost: the next one is to be counted so, too, or to find room */
    }
    thread->same_stack =
        by_loader ? NULL : record; /* its next call is to be noticed, too */
    return record;
}

/* This slot's record of a site's mappings or objects, which nothing else counts in. */
struct ledger_record *thread_record_of_class(struct thread *thread, uint32_t site,
                                             enum ledger_class class);

INLINE struct ledger_record *thread_record_of_site(struct thread *thread, uint32_t site)
{
    uint32_t known = record_of_site(&thread->records, site, LEDGER_HEAP);

    return LIKELY(known) ? record_at(&thread->records, known)
                         : thread_enter_site(thread, site);
}

#endif
