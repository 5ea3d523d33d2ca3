/* SPDX-License-Identifier: MIT */
#include "shim/mappings.h"

#include <errno.h>
#include <string.h>

#include "shim/events_slow.h"
#include "shim/recorder.h"
#include "shim/sys.h"

enum { PATIENCE = 1024, PATIENCE_MIN = 4 };

struct range {
    uint64_t start, end;
    uint32_t site;
    uint32_t mapping; /* its number */
};

struct table {
    struct lock lock;
    uint32_t count, mappings;
    struct range ranges[MAPPINGS_MAX];
};

/* A fork's child finds it zeroed. */
static struct table *table;

/* Unlike stacks, mappings can be waited for a while: they are system calls themselves. Less is
 * waited for a lock that did not come free. */
static bool lock(struct lock *lock, const void *me)
{
    uint32_t failures = __atomic_load_n(&lock->failures, __ATOMIC_RELAXED);
    uint32_t patience = failures < 8 ? (uint32_t)PATIENCE >> failures : PATIENCE_MIN;

    for (uint32_t i = 0; i < patience; i++) {
        uintptr_t holder = 0;

        if (__atomic_compare_exchange_n(&lock->holder, &holder, (uintptr_t)me, false,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
        if (holder == (uintptr_t)me)
            return false; /* interrupted by the handler that asks */
        syscall(SYS_sched_yield);
    }
    __atomic_store_n(&lock->failures, failures + 1, __ATOMIC_RELAXED);
    return false;
}

static bool enter(void)
{
    struct table *now = __atomic_load_n(&table, __ATOMIC_ACQUIRE);

    if (!now) {
        struct table *made = sys_map_private(sizeof *made);

        if (made && __atomic_compare_exchange_n(&table, &now, made, false, __ATOMIC_ACQ_REL,
                                                __ATOMIC_ACQUIRE))
            now = made;
        else if (made)
            sys_unmap(made, sizeof *made);
    }
    return now && lock(&now->lock, thread_self());
}

/* The first range that ends behind `address`. */
static uint32_t find(uint64_t address)
{
    uint32_t low = 0, high = table->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (table->ranges[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool insert(uint32_t i, struct range range)
{
    if (table->count == MAPPINGS_MAX)
        return false;
    memmove(&table->ranges[i + 1], &table->ranges[i],
            (table->count - i) * sizeof(struct range));
    table->ranges[i] = range;
    table->count++;
    return true;
}

static void erase(uint32_t i)
{
    table->count--;
    memmove(&table->ranges[i], &table->ranges[i + 1],
            (table->count - i) * sizeof(struct range));
}

/* The parts of one mapping need not lie side by side: another may fill a gap between them. */
static bool is_left(uint32_t mapping)
{
    for (uint32_t i = 0; i < table->count; i++) {
        if (table->ranges[i].mapping == mapping)
            return true;
    }
    return false;
}

bool mappings_add(uint64_t start, uint64_t bytes, uint32_t site)
{
    if (!enter())
        return false;
    bool added =
        insert(find(start), (struct range){start, start + bytes, site, ++table->mappings});
    lock_leave(&table->lock);
    return added;
}

enum mappings_answer mappings_take(uint64_t start, uint64_t end, struct mapping_part *part)
{
    if (!__atomic_load_n(&table, __ATOMIC_ACQUIRE))
        return MAPPINGS_NONE;
    if (!enter())
        return MAPPINGS_LOST;
    uint32_t i = find(start);
    struct range *range = &table->ranges[i];
    bool found = i < table->count && range->start < end;
    if (found) {
        struct range right = *range;
        uint64_t from = range->start > start ? range->start : start;
        uint64_t to = range->end < end ? range->end : end;

        right.start = to;
        *part = (struct mapping_part){.bytes = to - from, .site = range->site};
        if (range->start < from) {
            range->end = from;
            /* without room, the part behind is no longer counted either */
            if (right.start < right.end && !insert(i + 1, right))
                part->bytes += right.end - right.start;
        } else if (right.start < right.end) {
            *range = right;
        } else {
            uint32_t mapping = range->mapping;

            erase(i);
            part->is_last = !is_left(mapping);
        }
    }
    lock_leave(&table->lock);
    return found ? MAPPINGS_PART : MAPPINGS_NONE;
}

bool mappings_have(const void *start)
{
    uint64_t address = (uint64_t)(uintptr_t)start;

    if (!__atomic_load_n(&table, __ATOMIC_ACQUIRE) || !enter())
        return false;
    uint32_t i = find(address);
    bool have = i < table->count && table->ranges[i].start <= address;
    lock_leave(&table->lock);
    return have;
}

bool mappings_held(struct region *region)
{
    struct table *now = __atomic_load_n(&table, __ATOMIC_ACQUIRE);

    *region = (struct region){now, sizeof *now};
    return now && lock_is_mine(&now->lock, thread_self());
}

void mappings_forget(void)
{
    if (table) {
        table->count = 0;
        table->lock = (struct lock){0};
    }
}

static void lost_mapping(void)
{
    RECORDER_COUNT(lost_mappings);
}

static uint64_t whole_pages(uint64_t bytes)
{
    uint64_t page = LEDGER_PAGE_BYTES;

    return (bytes + page - 1) & ~(page - 1);
}

/* Mappings are no part of the process's live bytes and its peak; what a record of them held at
 * that moment is kept as for any other. */
static void count_mapping(struct thread *thread, struct ledger_record *record,
                          uint64_t bytes)
{
    account_epoch(account_header(thread), record);
    counter_add(&record->allocations, 1);
    counter_add(&record->bytes, bytes);
    if (options.sites)
        evidence_allocation(thread, record, bytes);
}

static void count_unmapping(const struct thread *thread, struct ledger_record *record,
                            const struct mapping_part *part)
{
    evidence_of_turn(record);
    account_epoch(account_header(thread), record);
    counter_add(&record->frees, part->is_last);
    counter_add(&record->freed_bytes, part->bytes);
}

void mapping_came(const void *start, uint64_t bytes, const struct call_frame *at)
{
    int saved_errno = errno;
    struct thread *thread;

    bytes = whole_pages(bytes);
    mapping_goes(start, bytes); /* where an end was lost, there is something old */
    if (event_may_record() && (thread = event_enter(__builtin_frame_address(0)))) {
        struct ledger_record *stack = thread_record(thread, at);
        struct ledger_record *record =
            thread_record_of_class(thread, stack->site, LEDGER_MAPPING);

        if (record && mappings_add((uint64_t)(uintptr_t)start, bytes, record->site))
            count_mapping(thread, record, bytes);
        else
            lost_mapping();
        event_leave(thread);
    }
    errno = saved_errno;
}

void mapping_goes(const void *start, uint64_t bytes)
{
    uint64_t from = (uint64_t)(uintptr_t)start, to = from + whole_pages(bytes);
    enum mappings_answer answer = MAPPINGS_NONE;
    uint64_t key = trailer_key;
    int saved_errno = errno;
    struct mapping_part part;

    if (to < from || !event_may_record())
        return;
    while ((answer = mappings_take(from, to, &part)) == MAPPINGS_PART) {
        struct thread *thread = event_enter(__builtin_frame_address(0));
        /* else a child was forked meanwhile: the part is none of its */
        bool is_ours = thread && key == trailer_key;
        struct ledger_record *record =
            is_ours ? thread_record_of_class(thread, part.site, LEDGER_MAPPING) : NULL;

        if (record)
            count_unmapping(thread, record, &part);
        if (thread)
            event_leave(thread);
        if (!record)
            lost_mapping();
    }
    if (answer == MAPPINGS_LOST)
        lost_mapping();
    errno = saved_errno;
}
