/* SPDX-License-Identifier: MIT */
#include "shim/thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "shim/account.h"
#include "shim/death_order.h"
#include "shim/levels.h"
#include "shim/recorder.h"
#include "shim/stacks.h"
#include "shim/sys.h"
#include "shim/trace.h"
#include "shim/trailer.h"

enum {
/* In the last round of key destructors TSan's own view of the thread is gone. */
#ifdef __SANITIZE_THREAD__
    END_ROUNDS = PTHREAD_DESTRUCTOR_ITERATIONS - 2,
#else
    END_ROUNDS = PTHREAD_DESTRUCTOR_ITERATIONS,
#endif
};

struct thread thread_new = {.busy = THREAD_NEW};
struct thread thread_mute = {.busy = THREAD_MUTE};
struct thread thread_ended = {.busy = THREAD_ENDED};

__thread struct thread *thread_current __attribute__((tls_model("initial-exec"))) =
    &thread_new;
__thread struct thread *thread_muted __attribute__((tls_model("initial-exec")));

static pthread_key_t end_key;
static bool end_key_made;

/* A slot's own block: the struct, its first tables, the first arrays of its chain, its trace. */
struct slot_block {
    _Alignas(LEDGER_LINE_BYTES) struct thread thread;
    _Alignas(LEDGER_LINE_BYTES) char rest[];
};

size_t thread_block_bytes(void)
{
    return sizeof(struct slot_block) + record_table_bytes() +
           chain_bytes(CHAIN_FRAMES_FIRST) +
           (options.advise ? sizeof(struct death_order) : 0) +
           (options.trace_bytes ? sizeof(struct trace_writer) : 0);
}

/* A new record of `site` for this slot; NULL when the ledger is full. Under the lock. Records
 * are two lines, because the processor fetches those together and two slots' writes to one pair
 * would be in each other's way. */
static struct ledger_record *record_new(struct thread *thread, uint32_t site,
                                        enum ledger_class class)
{
    uint32_t offset =
        ledger_new(&recorder->ledger, LEDGER_RECORDS, sizeof(struct ledger_record));

    if (!offset)
        return NULL;
    struct ledger_record *record = ledger_at(&recorder->ledger, offset);
    record->slot = thread->slot;
    record->class = class;
    __atomic_store_n(&record->site, site, __ATOMIC_RELEASE);
    return record;
}

/* The name it has as it begins, which most often is its creator's; see hooks_name.c. */
static void note_name(const struct thread *thread)
{
    char name[LEDGER_NAME_BYTES] = {0};

    if (syscall(SYS_prctl, PR_GET_NAME, name) == 0)
        memcpy(thread->identity->name, name, sizeof name);
}

static struct ledger_record *site_record(struct thread *thread, uint32_t site,
                                         enum ledger_class class)
{
    struct record_table *records = &thread->records;
    uint32_t known = record_of_site(records, site, class);

    if (known || !record_table_reserve(records))
        return known ? record_at(records, known) : NULL;
    struct ledger_record *record = record_new(thread, site, class);
    if (record)
        record_table_put_site(records, thread_record_number(thread, record));
    return record;
}

uint32_t thread_new_lines(enum ledger_kind kind, uint32_t lines)
{
    int saved_errno = errno;
    uint32_t offset = 0;

    if (lock_try(&recorder->lock, thread_self())) {
        offset = ledger_new(&recorder->ledger, kind, lines * LEDGER_LINE_BYTES);
        lock_leave(&recorder->lock);
    }
    errno = saved_errno;
    return offset / LEDGER_LINE_BYTES;
}

struct thread *thread_mute_begin(void)
{
    struct thread *thread = thread_current;

    thread_muted = thread;
    COMPILER_BARRIER();
    thread_current = &thread_mute;
    return thread;
}

void thread_mute_end(struct thread *thread)
{
    /* in a child forked meanwhile the slot serves no further event */
    bool forked = recorder && recorder->interrupted;

    thread_current = forked ? &thread_new : thread;
    COMPILER_BARRIER();
    thread_muted = NULL;
}

bool thread_is_left(const struct thread *thread, const void *here)
{
    stack_t stack;
    int saved_errno = errno;

    if (thread->busy < THREAD_FRAMES || (uintptr_t)here <= thread->busy)
        return false;
    bool known = sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_ONSTACK);
    errno = saved_errno;
    return known;
}

void thread_lose_slot(struct thread *thread)
{
    if (thread_current == thread)
        thread_current = &thread_new;
    recorder_lost_event();
}

bool thread_sees_record(struct thread *thread, uint32_t record)
{
    if (UNLIKELY(!thread_has_slot(thread)))
        return false;
    thread->records_end = ledger_records_end(&recorder->ledger);
    return record < thread->records_end;
}

bool thread_tick(struct thread *thread)
{
    if (UNLIKELY(!thread_has_slot(thread))) {
        thread_lose_slot(thread);
        return false;
    }
    uint64_t start = account_header(thread)->start_monotonic_ns;
    thread->now_ns = sys_clock_ns(CLOCK_MONOTONIC);
    thread->now_units = (thread->now_ns - start) / LEDGER_LIFE_UNIT_NS;
    thread->now_code = time_code(thread->now_units);
    thread->clock_credit = CLOCK_EVENTS;
    levels_tick(thread);
    return true;
}

struct ledger_record *thread_lose_stack(struct thread *thread)
{
    thread->same_stack = NULL;
    if (UNLIKELY(!thread_has_slot(thread)))
        return NULL; /* thread_tick finds out */
    counter_add_shared(&account_header(thread)->lost_stacks, 1);
    return thread->plain;
}

struct ledger_record *thread_enter_stack(struct thread *thread, uint64_t path)
{
    struct ledger_record *record = NULL;
    int saved_errno = errno;

    chain_settle(&thread->chain);
    if (lock_try(&recorder->lock, thread_self())) {
        uint32_t site = stack_intern(&thread->chain);

        record = site ? site_record(thread, site, LEDGER_HEAP) : NULL;
        if (record && record_table_reserve(&thread->records))
            record_table_put_path(&thread->records, path,
                                  thread_record_number(thread, record));
        lock_leave(&recorder->lock);
    }
    errno = saved_errno;
    return record ? record : thread_lose_stack(thread);
}

struct ledger_record *thread_enter_site(struct thread *thread, uint32_t site)
{
    struct ledger_record *record = NULL;
    int saved_errno = errno;

    if (lock_try(&recorder->lock, thread_self())) {
        record = site_record(thread, site, LEDGER_HEAP);
        lock_leave(&recorder->lock);
    }
    errno = saved_errno;
    return record ? record : thread_lose_stack(thread);
}

struct ledger_record *thread_record_of_class(struct thread *thread, uint32_t site,
                                             enum ledger_class class)
{
    uint32_t known = record_of_site(&thread->records, site, class);
    struct ledger_record *record = known ? record_at(&thread->records, known) : NULL;
    int saved_errno = errno;

    if (!record && lock_try(&recorder->lock, thread_self())) {
        record = site_record(thread, site, class);
        lock_leave(&recorder->lock);
    }
    errno = saved_errno;
    return record;
}

/* Give a new slot an identity and its record of last resort. Under the lock. */
static bool slot_begin(struct thread *thread)
{
    uint32_t offset =
        ledger_new(&recorder->ledger, LEDGER_THREADS, sizeof(struct ledger_thread));

    if (!offset || recorder->thread_slots > UINT16_MAX)
        return false;
    thread->identity = ledger_at(&recorder->ledger, offset);
    thread->slot = (uint16_t)recorder->thread_slots;
    thread->identity->slot = thread->slot;
    thread->is_first = thread->slot == 1; /* slot 0 is the shared one */
    thread->base = recorder->ledger.base;
    thread->plain =
        record_new(thread, options.sites ? LEDGER_NO_STACK : LEDGER_ALL_SITES, LEDGER_HEAP);
    if (!thread->plain)
        return false;
    recorder->thread_slots++;
    return true;
}

static struct thread *slot_new(void)
{
    struct slot_block *block = sys_map_private(thread_block_bytes());

    if (!block)
        return NULL;
    struct thread *thread = &block->thread;
    chain_place(&thread->chain, block->rest + record_table_bytes(), CHAIN_FRAMES_FIRST);
    record_table_place(&thread->records, block->rest, recorder->ledger.base);
    thread->check_credit = options.check_stacks;
    if (options.advise)
        thread->deaths =
            (void *)(block->rest + record_table_bytes() + chain_bytes(CHAIN_FRAMES_FIRST));
    if (options.trace_bytes)
        thread->trace =
            (void *)((char *)block + thread_block_bytes() - sizeof(struct trace_writer));
    if (slot_begin(thread)) {
        thread_leave_slowly(thread);
        return thread;
    }
    sys_unmap(block, thread_block_bytes());
    return NULL;
}

struct thread *thread_make_shared(void)
{
    struct thread *thread = slot_new();

    if (thread)
        thread->busy = THREAD_MUTE; /* never anyone's current one */
    return thread;
}

struct thread *thread_acquire(void)
{
    struct thread *thread = NULL;
    int saved_errno = errno;
    uint64_t mask;

    bool blocked = sys_block_signals(&mask);
    thread_mute_begin(); /* pthread_setspecific may allocate */
    if (recorder_is_on() && lock_try(&recorder->lock, thread_self())) {
        thread = recorder->idle_threads;
        if (thread)
            recorder->idle_threads = thread->next_idle;
        else
            thread = slot_new();
        lock_leave(&recorder->lock);
    }
    if (thread) {
        thread->identity->tid = (uint32_t)syscall(SYS_gettid);
        counter_add(&thread->identity->served, 1);
        note_name(thread);
        if (end_key_made)
            pthread_setspecific(end_key, (void *)(uintptr_t)END_ROUNDS);
    }
    thread_mute_end(thread ? thread : &thread_new);
    if (blocked)
        sys_restore_signals(&mask);
    errno = saved_errno;
    return thread;
}

struct thread *thread_share(void)
{
    return recorder->shared && lock_try(&recorder->shared_lock, thread_self())
               ? recorder->shared
               : NULL;
}

void thread_unshare(struct thread *thread)
{
    account_fold(thread);
    lock_leave(&recorder->shared_lock);
}

/* Other keys' destructors allocate and free: stay until the last round of them. */
static void end_thread(void *rounds)
{
    struct thread *thread = thread_current;

    if ((uintptr_t)rounds > 1) {
        pthread_setspecific(end_key, (void *)((uintptr_t)rounds - 1));
        return;
    }
    if (!recorder_is_on() || (!thread_is_ready(thread) && thread->busy < THREAD_FRAMES))
        return;
    thread_enter(thread);
    if (!thread_has_slot(thread)) { /* in a child that a signal handler forked just now */
        thread_current = &thread_ended;
        return;
    }
    account_fold(thread);
    chain_forget(&thread->chain);
    thread->same_stack = NULL;
    thread->latest_block = thread->latest_object = NULL;
    thread->section_count = 0; /* what it left open is not the next one's */
    bool locked = lock_try(&recorder->lock, thread_self());
    thread_current = &thread_ended;
    thread_leave_slowly(thread);
    if (locked) { /* else the slot stays unused */
        thread->next_idle = recorder->idle_threads;
        recorder->idle_threads = thread;
        lock_leave(&recorder->lock);
    }
}

void thread_init(void)
{
    end_key_made = pthread_key_create(&end_key, end_thread) == 0;
}
