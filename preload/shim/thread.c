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
    TABLE_SLOTS_FIRST = 128,
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

/* A slot's own block: the struct, the first arrays of its chain, its first table. */
static size_t block_bytes(void)
{
    return sizeof(struct thread) + chain_bytes(CHAIN_FRAMES_FIRST) +
           TABLE_SLOTS_FIRST * sizeof(struct record_entry);
}

static void table_place(struct thread *thread, struct record_entry *table, uint32_t slots)
{
    thread->table = table;
    thread->table_slots = slots;
    thread->table_shift = 64 - (uint32_t)__builtin_ctz(slots);
}

static void table_put(struct thread *thread, uint64_t key, struct ledger_record *record)
{
    uint32_t mask = thread->table_slots - 1;
    uint32_t i = (uint32_t)((key * 0x9e3779b97f4a7c15u) >> thread->table_shift);

    while (thread->table[i & mask].key)
        i++;
    thread->table[i & mask] = (struct record_entry){key, record};
    thread->table_used++;
}

/* Twice the room when half of it is used; false when there is none left to put one entry. */
static bool table_reserve(struct thread *thread)
{
    struct thread old = *thread;

    if ((thread->table_used + 2) * 2 <= thread->table_slots)
        return true;
    struct record_entry *table = sys_map_private(2 * old.table_slots * sizeof *table);
    if (!table)
        return thread->table_used + 2 < thread->table_slots;
    table_place(thread, table, 2 * old.table_slots);
    thread->table_used = 0;
    for (uint32_t i = 0; i < old.table_slots; i++) {
        if (old.table[i].key)
            table_put(thread, old.table[i].key, old.table[i].record);
    }
    if (old.table_slots > TABLE_SLOTS_FIRST)
        sys_unmap(old.table, old.table_slots * sizeof *table);
    return true;
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

static struct ledger_record *site_record(struct thread *thread, uint32_t site)
{
    struct ledger_record *record = thread_lookup(thread, site_key(site));

    if (record || !table_reserve(thread))
        return record;
    record = record_new(thread, site, LEDGER_HEAP);
    if (record)
        table_put(thread, site_key(site), record);
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

struct ledger_record *thread_enter_stack(struct thread *thread, uint64_t key)
{
    struct ledger_record *record = NULL;
    int saved_errno = errno;

    chain_settle(&thread->chain);
    if (lock_try(&recorder->lock, thread_self())) {
        uint32_t site = stack_intern(&thread->chain);

        record = site ? site_record(thread, site) : NULL;
        if (record && table_reserve(thread))
            table_put(thread, key, record);
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
        record = site_record(thread, site);
        lock_leave(&recorder->lock);
    }
    errno = saved_errno;
    return record ? record : thread_lose_stack(thread);
}

struct ledger_record *thread_record_of_mappings(struct thread *thread, uint32_t site)
{
    struct ledger_record *record = thread_lookup(thread, mappings_key(site));
    int saved_errno = errno;

    if (!record && lock_try(&recorder->lock, thread_self())) {
        if (table_reserve(thread) &&
            (record = record_new(thread, site, LEDGER_MAPPING)) != NULL)
            table_put(thread, mappings_key(site), record);
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
    struct thread *thread = sys_map_private(block_bytes());

    if (!thread)
        return NULL;
    char *memory = (char *)(thread + 1);
    chain_place(&thread->chain, memory, CHAIN_FRAMES_FIRST);
    table_place(thread, (void *)(memory + chain_bytes(CHAIN_FRAMES_FIRST)),
                TABLE_SLOTS_FIRST);
    thread->check_credit = options.check_stacks;
    if (slot_begin(thread)) {
        thread->busy = THREAD_READY;
        return thread;
    }
    sys_unmap(thread, block_bytes());
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
