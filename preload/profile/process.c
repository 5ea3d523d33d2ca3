/* SPDX-License-Identifier: MIT */
#include "profile/process.h"

#include "profile/ledger_file.h"
#include "profile/process_nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORDS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record),
    THREADS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_thread),
    SLOTS = UINT16_MAX + 1,
};

/* Sums that wrap like the counters they are made of, before they are made readable. */
struct raw_counts {
    struct counts sum;
    uint64_t freed_bytes;
};

struct loading {
    struct process *process;
    const struct ledger_file *file;
    struct node_map map;
    uint32_t *site_of_node; /* index + 1 */
    uint32_t *thread_of_slot;
    struct raw_counts *site_sums;   /* by site */
    struct raw_counts *thread_sums; /* by thread */
    struct raw_counts all;
    uint32_t site_room;
    uint64_t epoch;
};

void counts_add(struct counts *sum, const struct counts *more)
{
    sum->allocations += more->allocations;
    sum->frees += more->frees;
    sum->bytes += more->bytes;
    sum->temporary += more->temporary;
    sum->live_blocks += more->live_blocks;
    sum->live_bytes += more->live_bytes;
    sum->bytes_at_peak += more->bytes_at_peak;
}

static void add_record(struct raw_counts *to, const struct ledger_record *record,
                       uint64_t epoch)
{
    bool at_peak = record->epoch == epoch;

    to->sum.allocations += record->allocations;
    to->sum.frees += record->frees;
    to->sum.bytes += record->bytes;
    to->sum.temporary += record->temporary;
    to->freed_bytes += record->freed_bytes;
    to->sum.bytes_at_peak +=
        at_peak ? (uint64_t)record->peak_bytes : record->bytes - record->freed_bytes;
}

/* A difference that is negative for a moment, while a program runs, shows as nothing. */
static uint64_t not_negative(uint64_t difference)
{
    return (int64_t)difference < 0 ? 0 : difference;
}

static struct counts readable(const struct raw_counts *raw)
{
    struct counts counts = raw->sum;

    counts.live_blocks = not_negative(counts.allocations - counts.frees);
    counts.live_bytes = not_negative(counts.bytes - raw->freed_bytes);
    counts.bytes_at_peak = not_negative(counts.bytes_at_peak);
    return counts;
}

static bool is_used(const struct ledger_record *record)
{
    return record->site && (record->allocations || record->frees);
}

/* The site of a leaf, made on first use; NULL without memory. */
static struct raw_counts *site_sum(struct loading *l, uint32_t leaf)
{
    struct process *process = l->process;

    if (!l->site_of_node[leaf]) {
        if (process->site_count == l->site_room) {
            uint32_t room = l->site_room ? 2 * l->site_room : 256;
            struct site *sites = realloc(process->sites, room * sizeof *sites);

            if (!sites)
                return NULL;
            process->sites = sites;
            struct raw_counts *sums = realloc(l->site_sums, room * sizeof *sums);
            if (!sums)
                return NULL;
            l->site_sums = sums;
            l->site_room = room;
        }
        process->sites[process->site_count] = (struct site){.leaf = leaf};
        l->site_sums[process->site_count] = (struct raw_counts){0};
        l->site_of_node[leaf] = ++process->site_count;
    }
    return &l->site_sums[l->site_of_node[leaf] - 1];
}

static uint32_t leaf_of(const struct loading *l, uint32_t id)
{
    uint32_t leaf = node_map_find(&l->map, l->process, id);
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

static int read_records(struct loading *l, uint32_t extent)
{
    const struct ledger_record *records = ledger_file_extent(l->file, extent);

    for (uint32_t i = 0; i < RECORDS_PER_EXTENT; i++) {
        if (!is_used(&records[i]))
            continue;
        struct raw_counts *site = site_sum(l, leaf_of(l, records[i].site));
        if (!site)
            return -ENOMEM;
        add_record(site, &records[i], l->epoch);
        add_record(&l->thread_sums[thread_index(l, records[i].slot)], &records[i],
                   l->epoch);
        add_record(&l->all, &records[i], l->epoch);
    }
    return 0;
}

static void read_threads(struct loading *l, uint32_t extent)
{
    const struct ledger_thread *from = ledger_file_extent(l->file, extent);

    for (uint32_t i = 0; i < THREADS_PER_EXTENT; i++) {
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

static int read_counters(struct loading *l)
{
    l->site_of_node = calloc(l->process->node_count, sizeof *l->site_of_node);
    l->thread_of_slot = calloc(SLOTS, sizeof *l->thread_of_slot);
    l->thread_sums = calloc(SLOTS, sizeof *l->thread_sums);
    l->process->threads = calloc(SLOTS, sizeof *l->process->threads);
    if (!l->site_of_node || !l->thread_of_slot || !l->thread_sums || !l->process->threads)
        return -ENOMEM;
    for (uint32_t extent = 0; extent < l->file->extents; extent++) {
        enum ledger_kind kind = ledger_file_kind(l->file, extent);
        int err = kind == LEDGER_RECORDS ? read_records(l, extent) : 0;

        if (err)
            return err;
        if (kind == LEDGER_THREADS)
            read_threads(l, extent);
    }
    return 0;
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
        if (process->threads[i].counts.allocations || process->threads[i].counts.frees)
            process->threads[kept++] = process->threads[i];
    process->thread_count = kept;
}

static void finish_counters(struct loading *l)
{
    struct process *process = l->process;
    const struct ledger_header *header = process->header;

    for (uint32_t i = 0; i < process->site_count; i++)
        process->sites[i].counts = readable(&l->site_sums[i]);
    for (uint32_t i = 0; i < process->thread_count; i++)
        process->threads[i].counts = readable(&l->thread_sums[i]);
    process->counts = readable(&l->all);
    drop_idle_threads(process);
    qsort(process->threads, process->thread_count, sizeof *process->threads, by_slot);
    process->peak_bytes = process->counts.live_bytes;
    if (header->peak_bytes > process->peak_bytes)
        process->peak_bytes = header->peak_bytes;
    if (header->peak_monotonic_ns > header->start_monotonic_ns)
        process->peak_at_ns = header->peak_monotonic_ns - header->start_monotonic_ns;
    if (header->end_monotonic_ns > header->start_monotonic_ns)
        process->duration_ns = header->end_monotonic_ns - header->start_monotonic_ns;
}

/* The arguments, with a space in place of each NUL between them. */
static char *command_line(const char *arguments, uint32_t bytes)
{
    while (bytes && !arguments[bytes - 1])
        bytes--;
    char *line = malloc((size_t)bytes + 1);
    if (!line)
        return NULL;
    for (uint32_t i = 0; i < bytes; i++)
        line[i] = arguments[i] ? arguments[i] : ' ';
    line[bytes] = '\0';
    return line;
}

static int copy_names(struct process *process, const char *path)
{
    struct ledger_header *header = process->header;

    header->executable[LEDGER_PATH_BYTES - 1] = '\0';
    if (header->command_bytes > LEDGER_COMMAND_BYTES) {
        header->command_bytes = LEDGER_COMMAND_BYTES;
        process->damaged++;
    }
    const char *slash = strrchr(header->executable, '/');
    const char *program = slash ? slash + 1 : header->executable;
    process->program = strdup(*program ? program : "unknown");
    process->command = command_line(header->command, header->command_bytes);
    process->file_path = strdup(path);
    return process->program && process->command && process->file_path ? 0 : -ENOMEM;
}

static void read_end(struct process *process)
{
    const struct ledger_header *header = process->header;
    int status = (int)header->end_status;

    process->status = -1;
    if (header->end == LEDGER_END_EXIT) {
        process->end = PROCESS_END_EXIT;
    } else if (header->end == LEDGER_END_EXECED) {
        process->end = PROCESS_END_EXEC;
    } else if (header->end == LEDGER_END_WAITED && (status & 0x7f) == 0) {
        process->end = PROCESS_END_EXIT;
        process->status = (status >> 8) & 0xff;
    } else if (header->end == LEDGER_END_WAITED) {
        process->end = PROCESS_END_SIGNAL;
        process->status = status & 0x7f;
    }
}

int process_from_ledger(struct process *process, const struct ledger_file *file,
                        const char *path)
{
    struct loading l = {.process = process, .file = file};

    *process = (struct process){.device = file->device,
                                .inode = file->inode,
                                .header = ledger_file_copy_header(file),
                                .truncated = file->truncated};
    if (!process->header)
        return -ENOMEM;
    l.epoch = process->header->epoch_first + process->header->epoch_others;
    read_end(process);
    int err = copy_names(process, path);
    if (!err)
        err = process_read_nodes(process, file, &l.map);
    if (!err)
        err = read_counters(&l);
    if (!err)
        finish_counters(&l);
    node_map_fini(&l.map);
    free(l.site_of_node);
    free(l.thread_of_slot);
    free(l.site_sums);
    free(l.thread_sums);
    if (err)
        process_fini(process);
    return err;
}

int process_load(struct process *process, const char *path)
{
    struct ledger_file file;
    int err = ledger_file_read(&file, path);

    if (err)
        return err;
    err = process_from_ledger(process, &file, path);
    ledger_file_fini(&file);
    return err;
}

void process_fini(struct process *process)
{
    for (uint32_t i = 1; i < process->module_count; i++)
        free(process->modules[i].path);
    free(process->modules);
    free(process->nodes);
    free(process->sites);
    free(process->threads);
    free(process->command);
    free(process->program);
    free(process->file_path);
    free(process->header);
    *process = (struct process){0};
}
