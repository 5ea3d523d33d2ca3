/* SPDX-License-Identifier: MIT */
#include "html/page_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record) };

static uint32_t count_threads(const struct profile *profile)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < profile->process_count; i++)
        count += profile->processes[i].thread_count;
    return count;
}

int page_threads_add(struct page_tree *tree, const struct profile *profile,
                     enum page_set set)
{
    uint32_t count = count_threads(profile);
    bool are_apart = count <= PAGE_THREADS_MAX;
    uint32_t more = are_apart ? count + profile->process_count : profile->process_count;
    struct page_thread *threads =
        realloc(tree->threads, ((size_t)tree->thread_count + more + 1) * sizeof *threads);

    if (!threads)
        return -ENOMEM;
    tree->threads = threads;
    for (uint32_t i = 0; i < profile->process_count; i++) {
        const struct process *process = &profile->processes[i];

        for (uint32_t k = 0; are_apart && k < process->thread_count; k++) {
            const struct thread *thread = &process->threads[k];

            threads[tree->thread_count++] = (struct page_thread){
                .name = thread->name,
                .process = process,
                .tid = thread->tid,
                .others = thread->served > 1 ? (uint32_t)thread->served - 1 : 0,
                .set = set};
        }
        if (!are_apart || !process->thread_count)
            threads[tree->thread_count++] =
                (struct page_thread){.name = "", .process = process, .set = set};
    }
    return 0;
}

/* The first of the process's threads; they stand together. */
static uint32_t first_thread(const struct page_tree *tree, const struct process *process)
{
    uint32_t first = 0;

    while (first + 1 < tree->thread_count && tree->threads[first].process != process)
        first++;
    return first;
}

static uint32_t thread_of_slot(const struct page_tree *tree, const struct process *process,
                               uint32_t first, uint32_t slot)
{
    for (uint32_t i = 0; i < process->thread_count && first + i < tree->thread_count; i++) {
        if (tree->threads[first + i].process != process)
            break;
        if (process->threads[i].slot == slot)
            return first + i;
    }
    return first;
}

struct page_row *page_row_find(struct page_tree *tree, const struct page_row *like)
{
    bool is_new;
    const struct page_key key = {(uint64_t)like->node << 32 | like->line,
                                 (uint64_t)like->thread << 8 | (uint64_t)like->class << 4 |
                                     like->set};
    uint32_t number = page_index_find(&tree->row_index, key, &is_new);

    if (number == UINT32_MAX ||
        !page_grow(&tree->rows, &tree->row_room, number, sizeof *tree->rows))
        return NULL;
    if (is_new)
        tree->rows[number] = (struct page_row){.node = like->node,
                                               .line = like->line,
                                               .thread = like->thread,
                                               .class = like->class,
                                               .set = like->set};
    return &tree->rows[number];
}

void page_row_join(struct page_tree *tree, struct page_row *to, const struct page_row *from)
{
    uint32_t last = from->parts;

    to->allocations += from->allocations;
    to->bytes += from->bytes;
    to->frees += from->frees;
    to->freed_bytes += from->freed_bytes;
    to->temporary += from->temporary;
    to->at_peak += from->at_peak;
    while (last && tree->parts[last - 1].next)
        last = tree->parts[last - 1].next;
    if (last) {
        tree->parts[last - 1].next = to->parts;
        to->parts = from->parts;
    }
}

static int add_record(struct page_tree *tree, struct page_row *like,
                      const struct process *process, uint32_t number)
{
    const struct ledger_record *record = ledger_file_record(&process->file, number);
    uint64_t epoch = process->header->epoch_first + process->header->epoch_others;
    struct page_process *to = &tree->processes[tree->process_count - 1];

    if (!page_grow(&tree->parts, &tree->part_room, tree->part_count, sizeof *tree->parts))
        return -ENOMEM;
    tree->parts[tree->part_count++] = (struct page_part){process, number, 0};
    like->class = record->class;
    struct page_row *row = page_row_find(tree, like);
    if (!row)
        return -ENOMEM;
    const struct page_row more = {
        .allocations = record->allocations,
        .bytes = record->bytes,
        .frees = record->frees,
        .freed_bytes = record->freed_bytes,
        .temporary = record->temporary,
        .at_peak = record->epoch == epoch ? record->peak_bytes
                                          : (int64_t)(record->bytes - record->freed_bytes),
        .parts = tree->part_count,
    };
    page_row_join(tree, row, &more);
    to->row_of_record[number] = (uint32_t)(row - tree->rows) + 1;
    return 0;
}

static int add_sites(struct page_tree *tree, const struct process *process,
                     enum page_set set, const struct page_place *places,
                     const struct site *sites, uint32_t count)
{
    uint32_t first = first_thread(tree, process);
    int err = 0;

    for (uint32_t i = 0; !err && i < count; i++)
        for (uint32_t k = sites[i].records; !err && k; k = process->next_record[k]) {
            struct page_row like = {
                .node = places[sites[i].leaf].node,
                .line = places[sites[i].leaf].line,
                .thread = thread_of_slot(tree, process, first,
                                         ledger_file_record(&process->file, k)->slot),
                .set = (uint8_t)set,
            };

            err = add_record(tree, &like, process, k);
        }
    return err;
}

int page_rows_add(struct page_tree *tree, const struct process *process, enum page_set set,
                  const struct page_place *places)
{
    struct page_process *processes =
        realloc(tree->processes, ((size_t)tree->process_count + 1) * sizeof *processes);

    if (!processes)
        return -ENOMEM;
    tree->processes = processes;
    struct page_process *to = &processes[tree->process_count];
    *to = (struct page_process){.process = process, .set = set};
    to->record_count = (process->file.extents + 1) * RECORDS_PER_EXTENT;
    to->row_of_record = calloc(to->record_count, sizeof *to->row_of_record);
    if (!to->row_of_record)
        return -ENOMEM;
    tree->process_count++;
    int err = add_sites(tree, process, set, places, process->sites, process->site_count);
    if (!err)
        err = add_sites(tree, process, set, places, process->mapped_sites,
                        process->mapped_site_count);
    if (!err)
        err = add_sites(tree, process, set, places, process->object_sites,
                        process->object_site_count);
    return err;
}
