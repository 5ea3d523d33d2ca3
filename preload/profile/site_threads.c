/* SPDX-License-Identifier: MIT */
#include "profile/site_threads.h"

#include "profile/process_counters.h"

#include <errno.h>
#include <stdlib.h>

static const struct thread *thread_of(const struct process *process, uint32_t slot)
{
    uint32_t low = 0;
    uint32_t high = process->thread_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (process->threads[middle].slot < slot)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < process->thread_count && process->threads[low].slot == slot;
    return found ? &process->threads[low] : NULL;
}

static struct site_thread *next_thread(struct site_threads *threads)
{
    if (threads->count == threads->room) {
        uint32_t room = threads->room ? 2 * threads->room : 16;
        struct site_thread *list = realloc(threads->list, room * sizeof *list);

        if (!list)
            return NULL;
        threads->list = list;
        threads->room = room;
    }
    return &threads->list[threads->count++];
}

static int add_records(struct site_threads *threads, const struct view *view,
                       uint32_t index, uint32_t records)
{
    const struct process *process = &view->processes[index];

    for (uint32_t at = records; at; at = process->next_record[at]) {
        const struct ledger_record *record = process_record(process, at);
        struct site_thread *thread = next_thread(threads);

        if (!thread)
            return -ENOMEM;
        *thread = (struct site_thread){
            .process = process,
            .thread = thread_of(process, record->slot),
            .process_index = index,
            .slot = record->slot,
        };
        process_add_record(process, &thread->counts, record);
        thread->slack_bytes = record_slack_bytes(record);
    }
    return 0;
}

static int by_slot(const void *a, const void *b)
{
    const struct site_thread *one = a;
    const struct site_thread *other = b;

    if (one->process_index != other->process_index)
        return one->process_index < other->process_index ? -1 : 1;
    return (one->slot > other->slot) - (one->slot < other->slot);
}

static void merge_slots(struct site_threads *threads)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < threads->count; i++)
        if (kept && !by_slot(&threads->list[kept - 1], &threads->list[i])) {
            counts_add(&threads->list[kept - 1].counts, &threads->list[i].counts);
            threads->list[kept - 1].slack_bytes += threads->list[i].slack_bytes;
        } else {
            threads->list[kept++] = threads->list[i];
        }
    threads->count = kept;
}

enum part { LIVE_BLOCKS, LIVE_BYTES, BYTES_AT_PEAK, PARTS };

static uint64_t *part_of(struct counts *counts, enum part part)
{
    uint64_t *const parts[] = {&counts->live_blocks, &counts->live_bytes,
                               &counts->bytes_at_peak};

    return parts[part];
}

static void settle(struct site_threads *threads, enum part part, uint64_t total)
{
    uint64_t held = 0;

    for (uint32_t i = 0; i < threads->count; i++) {
        uint64_t *value = part_of(&threads->list[i].counts, part);

        if ((int64_t)*value < 0)
            *value = 0;
        held += *value;
    }
    for (uint32_t i = 0; i < threads->count && held > total; i++) {
        uint64_t *value = part_of(&threads->list[i].counts, part);
        uint64_t less = held - total < *value ? held - total : *value;

        *value -= less;
        held -= less;
    }
}

int site_threads_read(struct site_threads *threads, const struct view *view,
                      const struct site *site)
{
    struct counts counts = site->counts;

    threads->count = 0;
    int err = add_records(threads, view, site->process, site->records);
    for (uint32_t i = site->parts; !err && i; i = view->parts[i - 1].next)
        err = add_records(threads, view, view->parts[i - 1].process,
                          view->parts[i - 1].records);
    if (err)
        return err;
    if (threads->count > 1)
        qsort(threads->list, threads->count, sizeof *threads->list, by_slot);
    merge_slots(threads);
    for (uint32_t i = 0; i < threads->count; i++)
        threads->list[i].counts.live_blocks =
            threads->list[i].counts.allocations - threads->list[i].counts.frees;
    for (enum part part = 0; part < PARTS; part++)
        settle(threads, part, *part_of(&counts, part));
    return 0;
}

void site_threads_fini(struct site_threads *threads)
{
    free(threads->list);
    *threads = (struct site_threads){0};
}
