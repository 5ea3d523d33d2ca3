/* SPDX-License-Identifier: MIT */
#include "profile/process_counters.h"

#include "profile/evidence_check.h"
#include "profile/process_nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORDS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record),
    THREADS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_thread),
    SLOTS = UINT16_MAX + 1,
};

/* Sites of one class while they are gathered. Their counts wrap like the counters that they are
 * sums of, until they are made readable. */
struct site_list {
    struct site *sites;
    uint32_t *site_of_node; /* index + 1 */
    uint32_t count, room;
    struct counts all;
};

struct loading {
    struct process *process;
    const struct node_map *map;
    struct evidence_check check;
    struct site_list lists[LEDGER_CLASSES]; /* by enum ledger_class */
    uint32_t *thread_of_slot;               /* index + 1 */
    uint64_t epoch;
};

static void add_record(struct counts *to, const struct ledger_record *record,
                       uint64_t epoch)
{
    bool at_peak = record->epoch == epoch;
    uint64_t live = record->bytes - record->freed_bytes;

    to->allocations += record->allocations;
    to->frees += record->frees;
    to->bytes += record->bytes;
    to->temporary += record->temporary;
    to->live_bytes += live;
    to->bytes_at_peak += at_peak ? (uint64_t)record->peak_bytes : live;
}

static uint64_t epoch_of(const struct process *process)
{
    return process->header->epoch_first + process->header->epoch_others;
}

const struct ledger_record *process_record(const struct process *process, uint32_t number)
{
    const struct ledger_record *records =
        ledger_file_extent(&process->file, number / RECORDS_PER_EXTENT);

    return &records[number % RECORDS_PER_EXTENT];
}

void process_add_record(const struct process *process, struct counts *to,
                        const struct ledger_record *record)
{
    add_record(to, record, epoch_of(process));
}

/* A difference that is negative for a moment, while a program runs, shows as nothing. */
static uint64_t not_negative(uint64_t difference)
{
    return (int64_t)difference < 0 ? 0 : difference;
}

static void make_readable(struct counts *counts)
{
    counts->live_blocks = not_negative(counts->allocations - counts->frees);
    counts->live_bytes = not_negative(counts->live_bytes);
    counts->bytes_at_peak = not_negative(counts->bytes_at_peak);
}

/* A site that reallocates blocks of others may have nothing but evidence, and one of an imported
 * profile nothing but bytes. */
static bool is_used(const struct ledger_record *record)
{
    return record->site &&
           (record->allocations || record->bytes || record->frees || record->growth);
}

static bool grow(struct site_list *list)
{
    uint32_t room = list->room ? 2 * list->room : 256;
    struct site *sites = realloc(list->sites, room * sizeof *sites);

    if (!sites)
        return false;
    list->sites = sites;
    list->room = room;
    return true;
}

/* The index of a leaf's site, made on first use; UINT32_MAX without memory. */
static uint32_t site_index(struct site_list *list, uint32_t leaf)
{
    if (!list->site_of_node[leaf]) {
        if (list->count == list->room && !grow(list))
            return UINT32_MAX;
        list->sites[list->count] = (struct site){.leaf = leaf};
        list->site_of_node[leaf] = ++list->count;
    }
    return list->site_of_node[leaf] - 1;
}

static uint32_t leaf_of(const struct loading *l, uint32_t id)
{
    uint32_t leaf = node_map_find(l->map, l->process, id);
    bool is_fact = leaf == LEDGER_NO_STACK || leaf == LEDGER_ALL_SITES;

    if (leaf == NODE_NONE || (leaf < NODE_FIRST && !is_fact) ||
        (leaf >= NODE_FIRST && !l->process->nodes[leaf].ip)) {
        l->process->damaged++;
        return LEDGER_NO_STACK;
    }
    return leaf;
}

/* Index of the slot's thread, made on first use. */
static uint32_t thread_index(struct loading *l, uint16_t slot)
{
    if (!l->thread_of_slot[slot]) {
        l->process->threads[l->process->thread_count] = (struct thread){.slot = slot};
        l->thread_of_slot[slot] = ++l->process->thread_count;
    }
    return l->thread_of_slot[slot] - 1;
}

static int read_record(struct loading *l, struct ledger_record *record, uint32_t number)
{
    if (record->class >= LEDGER_CLASSES) {
        l->process->damaged++;
        return 0;
    }
    struct site_list *list = &l->lists[record->class];
    l->process->damaged += evidence_check_record(&l->check, record);
    uint32_t index = site_index(list, leaf_of(l, record->site));
    if (index == UINT32_MAX)
        return -ENOMEM;
    add_record(&list->sites[index].counts, record, l->epoch);
    add_record(&list->all, record, l->epoch);
    l->process->next_record[number] = list->sites[index].records;
    list->sites[index].records = number;
    if (record->class == LEDGER_HEAP)
        add_record(&l->process->threads[thread_index(l, record->slot)].counts, record,
                   l->epoch);
    return 0;
}

static int read_records(struct loading *l, uint32_t extent)
{
    struct ledger_record *records = ledger_file_extent(&l->process->file, extent);
    int err = 0;

    for (uint32_t i = 0; !err && i < RECORDS_PER_EXTENT; i++)
        if (is_used(&records[i]))
            err = read_record(l, &records[i], extent * RECORDS_PER_EXTENT + i);
    return err;
}

static void read_threads(struct loading *l, uint32_t extent)
{
    const struct ledger_thread *from = ledger_file_extent(&l->process->file, extent);

    for (uint32_t i = 0; i < THREADS_PER_EXTENT; i++) {
        /* Slot 0 is shared: no thread has it, but events may have been lost to it. */
        if (from[i].slot < SLOTS)
            l->process->lost_trace += from[i].lost_trace;
        if (!from[i].served && !from[i].tid && !from[i].slot)
            continue;
        if (from[i].slot >= SLOTS) {
            l->process->damaged++;
            continue;
        }
        struct thread *to = &l->process->threads[thread_index(l, (uint16_t)from[i].slot)];
        to->tid = from[i].tid;
        to->served = from[i].served;
        memcpy(to->name, from[i].name, LEDGER_NAME_BYTES);
    }
}

static int reserve(struct loading *l)
{
    struct process *process = l->process;
    size_t records = ((size_t)process->file.extents + 1) * RECORDS_PER_EXTENT;

    for (int i = 0; i < LEDGER_CLASSES; i++) {
        l->lists[i].site_of_node = calloc(process->node_count, sizeof(uint32_t));
        if (!l->lists[i].site_of_node)
            return -ENOMEM;
    }
    l->thread_of_slot = calloc(SLOTS, sizeof *l->thread_of_slot);
    process->threads = calloc(SLOTS, sizeof *process->threads);
    process->next_record = calloc(records, sizeof *process->next_record);
    if (!l->thread_of_slot || !process->threads || !process->next_record)
        return -ENOMEM;
    return evidence_check_init(&l->check, &process->file);
}

static int read_extents(struct loading *l)
{
    int err = 0;

    for (uint32_t extent = 0; !err && extent < l->process->file.extents; extent++) {
        enum ledger_kind kind = ledger_file_kind(&l->process->file, extent);

        if (kind == LEDGER_RECORDS)
            err = read_records(l, extent);
        else if (kind == LEDGER_THREADS)
            read_threads(l, extent);
    }
    return err;
}

static int by_slot(const void *a, const void *b)
{
    const struct thread *one = a;
    const struct thread *other = b;

    return (one->slot > other->slot) - (one->slot < other->slot);
}

/* The recorder makes slots in advance; one without an event says nothing. */
static void drop_idle_threads(struct process *process)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < process->thread_count; i++)
        if (process->threads[i].counts.allocations || process->threads[i].counts.bytes ||
            process->threads[i].counts.frees)
            process->threads[kept++] = process->threads[i];
    process->thread_count = kept;
}

/* What was gathered becomes the process's, as does the memory. */
static struct counts finish_sites(struct site_list *list, struct site **sites,
                                  uint32_t *count)
{
    for (uint32_t i = 0; i < list->count; i++)
        make_readable(&list->sites[i].counts);
    make_readable(&list->all);
    *sites = list->sites;
    *count = list->count;
    list->sites = NULL;
    return list->all;
}

static void finish(struct loading *l)
{
    struct process *process = l->process;

    process->counts =
        finish_sites(&l->lists[LEDGER_HEAP], &process->sites, &process->site_count);
    process->mapped = finish_sites(&l->lists[LEDGER_MAPPING], &process->mapped_sites,
                                   &process->mapped_site_count);
    process->objects = finish_sites(&l->lists[LEDGER_OBJECT], &process->object_sites,
                                    &process->object_site_count);
    for (uint32_t i = 0; i < process->thread_count; i++)
        make_readable(&process->threads[i].counts);
    drop_idle_threads(process);
    qsort(process->threads, process->thread_count, sizeof *process->threads, by_slot);
}

static void site_list_fini(struct site_list *list)
{
    free(list->sites);
    free(list->site_of_node);
}

int process_read_counters(struct process *process, const struct node_map *map)
{
    struct loading l = {.process = process, .map = map, .epoch = epoch_of(process)};
    int err = reserve(&l);
    if (!err)
        err = read_extents(&l);
    if (!err)
        finish(&l);
    evidence_check_fini(&l.check);
    for (int i = 0; i < LEDGER_CLASSES; i++)
        site_list_fini(&l.lists[i]);
    free(l.thread_of_slot);
    return err;
}

static void keep_slots_of(struct process *process, struct site *site, const uint8_t *slots,
                          uint64_t epoch)
{
    uint32_t next;
    uint32_t kept = 0;

    site->counts = (struct counts){0};
    for (uint32_t at = site->records; at; at = next) {
        const struct ledger_record *record = ledger_file_record(&process->file, at);

        next = process->next_record[at];
        if (!slots[record->slot])
            continue;
        add_record(&site->counts, record, epoch);
        process->next_record[at] = kept;
        kept = at;
    }
    site->records = kept;
    make_readable(&site->counts);
}

static struct counts keep_slots(struct process *process, struct site *sites,
                                uint32_t *count, const uint8_t *slots)
{
    uint64_t epoch = process->header->epoch_first + process->header->epoch_others;
    struct counts sum = {0};
    uint32_t kept = 0;

    for (uint32_t i = 0; i < *count; i++) {
        keep_slots_of(process, &sites[i], slots, epoch);
        counts_add(&sum, &sites[i].counts);
        if (sites[i].records)
            sites[kept++] = sites[i];
    }
    *count = kept;
    return sum;
}

void process_keep_slots(struct process *process, const uint8_t *slots)
{
    process->counts = keep_slots(process, process->sites, &process->site_count, slots);
    process->mapped =
        keep_slots(process, process->mapped_sites, &process->mapped_site_count, slots);
    process->objects =
        keep_slots(process, process->object_sites, &process->object_site_count, slots);
}
