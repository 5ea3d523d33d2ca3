/* SPDX-License-Identifier: MIT */
#include "shim/sections.h"

#include <errno.h>

#include "shim/events_slow.h"
#include "shim/recorder.h"
#include "shim/sys.h"

/* The calling thread's slot, marked; NULL if it is in an event, or has none. */
static struct thread *enter(void)
{
    struct thread *thread = thread_mark();

    if (!thread || thread_has_slot(thread))
        return thread;
    thread_lose_slot(thread);
    return NULL;
}

/* The innermost one ends. What it counted, the one around it has counted too. */
static void close_innermost(struct thread *thread)
{
    const struct tare_section_counts *inner = section_counts(thread);

    thread->section_count--;
    struct tare_section_counts *outer = section_counts(thread);
    if (!outer)
        return;
    int64_t most =
        (int64_t)(outer->bytes - outer->freed_bytes) + (int64_t)inner->peak_bytes;
    if (most > (int64_t)outer->peak_bytes)
        outer->peak_bytes = (uint64_t)most;
    outer->allocations += inner->allocations;
    outer->bytes += inner->bytes;
    outer->frees += inner->frees;
    outer->freed_bytes += inner->freed_bytes;
    outer->objects += inner->objects;
    outer->object_bytes += inner->object_bytes;
    outer->freed_objects += inner->freed_objects;
}

/* Which one it is, from 1 on; 0: it is not open here. */
static uint32_t find(const struct thread *thread, const struct tare_section *section)
{
    uint32_t i = thread->section_count;

    while (i && thread->sections[i - 1].section != section)
        i--;
    return i;
}

static bool open_section(struct thread *thread, struct tare_section *section)
{
    uint32_t again = find(thread, section);

    while (again && thread->section_count >= again) /* it was left, and begins anew */
        close_innermost(thread);
    if (!thread->sections)
        thread->sections = sys_map_private(SECTIONS_MAX * sizeof *thread->sections);
    if (!thread->sections || thread->section_count == SECTIONS_MAX)
        return false;
    thread->sections[thread->section_count++] = (struct open_section){.section = section};
    return true;
}

bool section_begin(struct tare_section *section)
{
    int saved_errno = errno;
    struct thread *thread = NULL;

    if (event_may_record() && (thread_get()->busy != THREAD_NEW || thread_acquire()))
        thread = enter();
    bool is_open = thread && open_section(thread, section);
    thread_unmark(thread);
    errno = saved_errno;
    return is_open;
}

void section_end(struct tare_section *section)
{
    struct thread *thread = enter();
    uint32_t number = thread ? find(thread, section) : 0;

    if (number) {
        while (thread->section_count > number)
            close_innermost(thread);
        section->counts = *section_counts(thread);
        close_innermost(thread);
    }
    thread_unmark(thread);
}

/* By slot. */
struct slot_sum {
    struct tare_section_thread sum;
    bool is_idle;
};

static void add(struct tare_section_thread *to, const struct tare_section_thread *more)
{
    to->allocations += more->allocations;
    to->bytes += more->bytes;
    to->frees += more->frees;
    to->freed_bytes += more->freed_bytes;
}

static void add_records(struct slot_sum *slots, uint32_t count,
                        const struct ledger_record *records)
{
    for (size_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *records; i++) {
        const struct ledger_record *record = &records[i];

        if (!__atomic_load_n(&record->site, __ATOMIC_ACQUIRE) ||
            record->class != LEDGER_HEAP || record->slot >= count)
            continue;
        const struct tare_section_thread counts = {
            .allocations = counter_read(&record->allocations),
            .bytes = counter_read(&record->bytes),
            .frees = counter_read(&record->frees),
            .freed_bytes = counter_read(&record->freed_bytes),
        };
        add(&slots[record->slot].sum, &counts);
    }
}

static void note_threads(struct slot_sum *slots, uint32_t count,
                         const struct ledger_thread *threads)
{
    for (size_t i = 0; i < LEDGER_EXTENT_BYTES / sizeof *threads; i++) {
        uint32_t slot = threads[i].slot;

        if (slot && slot < count)
            slots[slot].sum.thread = __atomic_load_n(&threads[i].tid, __ATOMIC_RELAXED);
    }
}

static void read_ledger(struct slot_sum *slots, uint32_t count)
{
    const struct ledger *ledger = &recorder->ledger;
    const uint8_t *kinds = ledger_at(ledger, LEDGER_HEADER_BYTES);
    uint32_t extents = __atomic_load_n(&ledger->extents, __ATOMIC_ACQUIRE);

    for (uint32_t i = LEDGER_FIRST_EXTENT; i < extents; i++) {
        const void *extent = ledger_at(ledger, i * LEDGER_EXTENT_BYTES);

        if (kinds[i] == LEDGER_RECORDS)
            add_records(slots, count, extent);
        else if (kinds[i] == LEDGER_THREADS)
            note_threads(slots, count, extent);
    }
    if (!lock_try(&recorder->lock, thread_self()))
        return;
    for (const struct thread *at = recorder->idle_threads; at; at = at->next_idle)
        slots[at->slot].is_idle = at->slot < count;
    lock_leave(&recorder->lock);
}

/* Those that no thread has now, last and together. */
static size_t give_out(const struct slot_sum *slots, uint32_t count,
                       struct tare_section_thread *threads, size_t room)
{
    struct tare_section_thread ended = {0};
    size_t given = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct tare_section_thread *sum = &slots[i].sum;

        if (!sum->thread || slots[i].is_idle)
            add(&ended, sum);
        else if ((sum->allocations || sum->frees) && given++ < room)
            threads[given - 1] = *sum;
    }
    if ((ended.allocations || ended.frees) && given++ < room)
        threads[given - 1] = ended;
    return given;
}

size_t section_threads(struct tare_section_thread *threads, size_t room)
{
    int saved_errno = errno;
    size_t given = 0;

    if (!event_may_record())
        return 0;
    struct thread *marked = thread_mark();
    uint32_t count = __atomic_load_n(&recorder->thread_slots, __ATOMIC_RELAXED);
    struct slot_sum *slots = sys_map_private(count * sizeof *slots);
    if (slots) {
        read_ledger(slots, count);
        given = give_out(slots, count, threads, room);
        sys_unmap(slots, count * sizeof *slots);
    }
    thread_unmark(marked);
    errno = saved_errno;
    return given;
}
