/* SPDX-License-Identifier: MIT */
#include "support/conserved.h"

#include "profile/site_evidence.h"

#include <string.h>

#define REFUSE_UNLESS(condition) \
    do {                         \
        if (!(condition))        \
            return #condition;   \
    } while (0)

static void add_record(uint64_t sums[SUMS], const struct ledger_record *record)
{
    sums[ALLOCATIONS] += record->allocations;
    sums[FREES] += record->frees;
    sums[BYTES] += record->bytes;
    sums[FREED_BYTES] += record->freed_bytes;
}

static bool is_in_program(const struct ledger_file *file, uint32_t site)
{
    const char *program = ledger_file_header(file)->executable;
    const struct ledger_node *node = ledger_file_node(file, site);
    const struct ledger_module *module =
        node ? ledger_file_module(file, node->module) : NULL;
    const char *path =
        module ? ledger_file_string(file, module->path, module->path_bytes) : NULL;

    return path && module->path_bytes == strlen(program) &&
           memcmp(path, program, module->path_bytes) == 0;
}

static const char *check_sizes(const struct ledger_file *file,
                               const struct ledger_record *record, uint64_t *open_records)
{
    uint64_t sizes = record->size_run;
    uint32_t id = record->histogram;

    while (id) {
        const struct ledger_histogram *histogram = ledger_file_histogram(file, id);

        REFUSE_UNLESS(histogram != NULL);
        for (int b = 0; b < LEDGER_SIZE_BUCKETS; b++)
            sizes += histogram->sizes[b];
        id = histogram->next;
    }
    int64_t missing = (int64_t)(record->allocations - sizes);
    *open_records += missing != 0;
    REFUSE_UNLESS(missing >= -1);
    REFUSE_UNLESS(missing <= 1 || !record->size_run); /* else the run is on its way */
    return NULL;
}

static const char *read_record(struct record_sums *sums, const struct ledger_file *file,
                               const struct ledger_record *record)
{
    bool is_counted = record->allocations || record->frees;

    REFUSE_UNLESS(record->site ||
                  !is_counted); /* the site is there before the first count */
    if (!is_counted || record->class == LEDGER_MAPPING)
        return NULL;
    add_record(record->class == LEDGER_OBJECT ? sums->objects : sums->all, record);
    if (record->class == LEDGER_HEAP && record->site == LEDGER_NO_STACK)
        add_record(sums->no_stack, record);
    else if (record->class == LEDGER_HEAP && is_in_program(file, record->site))
        add_record(sums->program, record);
    return ledger_file_header(file)->lost_evidence
               ? NULL
               : check_sizes(file, record, &sums->open_records);
}

const char *conserved_records(struct record_sums *sums, const struct ledger_file *file)
{
    const char *wrong = NULL;

    memset(sums, 0, sizeof *sums);
    for (uint32_t extent = 0; extent < file->extents; extent++) {
        const struct ledger_record *records = ledger_file_extent(file, extent);

        if (ledger_file_kind(file, extent) != LEDGER_RECORDS)
            continue;
        for (size_t i = 0; !wrong && i < LEDGER_EXTENT_BYTES / sizeof *records; i++)
            wrong = read_record(sums, file, &records[i]);
    }
    return wrong;
}

/* The reader finds a run that was on its way: what is open is each record's latest event alone. */
static const char *check_evidence(const struct process *process, const struct site *site)
{
    struct evidence evidence = {0};
    uint32_t records = 0;

    evidence_add(&evidence, process, site->records);
    for (uint32_t at = site->records; at; at = process->next_record[at])
        records++;
    uint64_t allocations = site->counts.allocations, frees = site->counts.frees;
    REFUSE_UNLESS(evidence.size_count + records >= allocations);
    REFUSE_UNLESS(evidence.size_count <= allocations + records);
    REFUSE_UNLESS(evidence.life_count + records >= frees);
    REFUSE_UNLESS(evidence.life_count <= frees + records);
    return NULL;
}

static const char *check_sites(const struct process *process)
{
    const char *wrong = NULL;

    if (!(process->header->flags & LEDGER_SITES) || process->header->lost_evidence)
        return NULL;
    for (uint32_t i = 0; !wrong && i < process->site_count; i++)
        wrong = check_evidence(process, &process->sites[i]);
    for (uint32_t i = 0; !wrong && i < process->object_site_count; i++)
        wrong = check_evidence(process, &process->object_sites[i]);
    return wrong;
}

static const char *conserved_sites(const struct site *list, uint32_t count,
                                   const struct counts *all)
{
    struct counts sites = {0};

    for (uint32_t i = 0; i < count; i++)
        counts_add(&sites, &list[i].counts);
    REFUSE_UNLESS(sites.allocations == all->allocations);
    REFUSE_UNLESS(sites.frees == all->frees);
    REFUSE_UNLESS(sites.bytes == all->bytes);
    REFUSE_UNLESS(sites.temporary == all->temporary);
    REFUSE_UNLESS(sites.live_blocks == all->live_blocks);
    REFUSE_UNLESS(sites.live_bytes == all->live_bytes);
    REFUSE_UNLESS(all->live_blocks == all->allocations - all->frees);
    return NULL;
}

const char *conserved_process(const struct process *process)
{
    const struct counts *all = &process->counts;
    struct counts threads = {0};
    const char *wrong = conserved_sites(process->sites, process->site_count, all);

    if (!wrong)
        wrong = conserved_sites(process->object_sites, process->object_site_count,
                                &process->objects);
    if (wrong)
        return wrong;
    for (uint32_t i = 0; i < process->thread_count; i++)
        counts_add(&threads, &process->threads[i].counts);
    REFUSE_UNLESS(threads.allocations == all->allocations);
    REFUSE_UNLESS(threads.frees == all->frees);
    REFUSE_UNLESS(threads.bytes == all->bytes);
    REFUSE_UNLESS(threads.temporary == all->temporary);
    REFUSE_UNLESS(process->peak_bytes >= all->live_bytes);
    REFUSE_UNLESS(!process->damaged && !process->truncated);
    return check_sites(process);
}
