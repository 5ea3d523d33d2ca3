/* SPDX-License-Identifier: MIT */
#include "shim/thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>

#include "shim/account.h"
#include "shim/recorder.h"
#include "shim/stacks.h"
#include "shim/sys.h"
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

static pthread_key_t end_key;
static bool end_key_made;

/* A slot's own block: the struct, its first tables, the first arrays of its chain. */
struct slot_block {
    _Alignas(LEDGER_LINE_BYTES) struct thread thread;
    _Alignas(LEDGER_LINE_BYTES) char rest[];
};

static size_t block_bytes(void)
{
    return sizeof(struct slot_block) + record_table_bytes() +
           chain_bytes(CHAIN_FRAMES_FIRST);
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

uint32_t thread_new_lines(uint32_t lines)
{
    int saved_errno = errno;
    uint32_t offset = 0;

    if (lock_try(&recorder->lock, thread_self())) {
        offset = ledger_new(&recorder->ledger, LEDGER_EVIDENCE, lines * LEDGER_LINE_BYTES);
        lock_leave(&recorder->lock);
    }
    errno = saved_errno;
    return offset / LEDGER_LINE_BYTES;
}

bool thread_sees_record(struct thread *thread, uint32_t record)
{
    uint32_t extents = __atomic_load_n(&account_header(thread)->extents, __ATOMIC_ACQUIRE);

    thread->records_end =
        extents * (LEDGER_EXTENT_BYTES / (uint32_t)sizeof(struct ledger_record));
    return record < thread->records_end;
}

void thread_tick(struct thread *thread)
{
    uint64_t start = account_header(thread)->start_monotonic_ns;

    thread->now_ns = sys_clock_ns(CLOCK_MONOTONIC);
    thread->now_units = (thread->now_ns - start) / LEDGER_LIFE_UNIT_NS;
    thread->now_code = time_code(thread->now_units);
    thread->clock_credit = CLOCK_EVENTS;
}

struct ledger_record *thread_lose_stack(struct thread *thread)
{
    thread->same_stack = NULL;
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

struct ledger_record *thread_record_of_mappings(struct thread *thread, uint32_t site)
{
    uint32_t known = record_of_site(&thread->records, site, LEDGER_MAPPING);
    struct ledger_record *record = known ? record_at(&thread->records, known) : NULL;
    int saved_errno = errno;

    if (!record && lock_try(&recorder->lock, thread_self())) {
        record = site_record(thread, site, LEDGER_MAPPING);
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
    struct slot_block *block = sys_map_private(block_bytes());

    if (!block)
        return NULL;
    struct thread *thread = &block->thread;
    chain_place(&thread->chain, block->rest + record_table_bytes(), CHAIN_FRAMES_FIRST);
    record_table_place(&thread->records, block->rest, recorder->ledger.base);
    thread->check_credit = options.check_stacks;
    if (slot_begin(thread)) {
        thread->busy = THREAD_READY;
        return thread;
    }
    sys_unmap(block, block_bytes());
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

    thread_current = &thread_mute; /* pthread_setspecific may allocate */
    if (lock_try(&recorder->lock, thread_self())) {
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
    thread_current = thread ? thread : &thread_new;
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
    if (!recorder_is_on() || (thread->busy != THREAD_READY && thread->busy < THREAD_FRAMES))
        return;
    thread_current = &thread_ended;
    account_fold(thread);
    chain_forget(&thread->chain);
    thread->same_stack = NULL;
    thread->latest_block = NULL;
    thread->busy = THREAD_READY;
    if (lock_try(&recorder->lock, thread_self())) { /* else the slot stays unused */
        thread->next_idle = recorder->idle_threads;
        recorder->idle_threads = thread;
        lock_leave(&recorder->lock);
    }
}

void thread_init(void)
{
    end_key_made = pthread_key_create(&end_key, end_thread) == 0;
}
