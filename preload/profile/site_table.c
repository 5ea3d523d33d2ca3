/* SPDX-License-Identifier: MIT */
#include "profile/site_table.h"

#include "profile/site_id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
    const struct table_entry *one = a;
    const struct table_entry *other = b;

    if (one->id != other->id)
        return one->id < other->id ? -1 : 1;
    /* The stack that stands for the id is the same each time. */
    if (one->most_bytes != other->most_bytes)
        return one->most_bytes > other->most_bytes ? -1 : 1;
    if (one->process != other->process)
        return one->process < other->process ? -1 : 1;
    return (one->leaf > other->leaf) - (one->leaf < other->leaf);
}

static void add_process(struct site_table *table, uint32_t index)
{
    const struct process *process = &table->profile->processes[index];

    for (uint32_t i = 0; i < process->site_count; i++) {
        const struct site *site = &process->sites[i];

        table->entries[table->count++] =
            (struct table_entry){.id = site->id,
                                 .process = index,
                                 .leaf = site->leaf,
                                 .most_bytes = site->counts.bytes,
                                 .places = site->places,
                                 .stacks = 1,
                                 .counts = site->counts};
    }
    counts_add(&table->counts, &process->counts);
    table->peak_bytes += process->peak_bytes;
}

static uint32_t end_of_id(const struct site_table *table, uint32_t from)
{
    uint32_t end = from + 1;

    while (end < table->count && table->entries[end].id == table->entries[from].id)
        end++;
    return end;
}

/* Those that are not alone with their id; which stand together. */
static int keep_stacks(struct site_table *table)
{
    uint32_t several = 0;
    uint32_t kept = 0;

    for (uint32_t i = 0, end; i < table->count; i = end) {
        end = end_of_id(table, i);
        several += end - i > 1 ? end - i : 0;
    }
    table->stacks = several ? malloc(several * sizeof *table->stacks) : NULL;
    for (uint32_t i = 0, end; table->stacks && i < table->count; i = end) {
        end = end_of_id(table, i);
        if (end - i == 1)
            continue;
        table->entries[i].first_stack = kept;
        memcpy(&table->stacks[kept], &table->entries[i], (end - i) * sizeof *table->stacks);
        kept += end - i;
    }
    return several && !table->stacks ? -ENOMEM : 0;
}

static void join(struct site_table *table)
{
    uint32_t kept = 0;

    for (uint32_t i = 0, end; i < table->count; i = end) {
        struct table_entry entry = table->entries[i];

        end = end_of_id(table, i);
        entry.stacks = end - i;
        while (++i < end)
            counts_add(&entry.counts, &table->entries[i].counts);
        table->entries[kept++] = entry;
    }
    table->count = kept;
}

int site_table_init(struct site_table *table, struct profile *profile, bool is_selection)
{
    size_t most = 1;

    *table = (struct site_table){.profile = profile};
    for (uint32_t i = 0; i < profile->process_count; i++)
        most += profile->processes[i].site_count;
    table->entries = most < UINT32_MAX ? malloc(most * sizeof *table->entries) : NULL;
    if (!table->entries)
        return -ENOMEM;
    for (uint32_t i = 0; i < profile->process_count; i++) {
        struct process *process = &profile->processes[i];
        int err =
            site_ids_set_readable(profile->is_with_imports ? &profile->symbols : NULL,
                                  profile->processes, process->sites, process->site_count);

        if (err) {
            site_table_fini(table);
            return err;
        }
        add_process(table, i);
    }
    if (is_selection)
        table->peak_bytes = table->counts.bytes_at_peak;
    qsort(table->entries, table->count, sizeof *table->entries, by_id);
    int err = keep_stacks(table);
    if (err)
        site_table_fini(table);
    else
        join(table);
    return err;
}

void site_table_fini(struct site_table *table)
{
    free(table->entries);
    free(table->stacks);
    *table = (struct site_table){0};
}

const struct table_entry *site_table_find(const struct site_table *table, uint64_t id)
{
    uint32_t from = 0;
    uint32_t to = table->count;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (table->entries[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from < table->count && table->entries[from].id == id ? &table->entries[from]
                                                                : NULL;
}

uint64_t site_table_value(const struct site_table *table, enum site_order order)
{
    return order == ORDER_PEAK ? table->peak_bytes : counts_value(&table->counts, order);
}

uint64_t table_entry_value(const struct table_entry *entry, enum site_order order)
{
    return entry ? counts_value(&entry->counts, order) : 0;
}

static void count_change(struct difference *difference,
                         const struct difference_entry *entry, enum site_order order)
{
    uint64_t before = table_entry_value(entry->before, order);
    uint64_t after = table_entry_value(entry->after, order);

    if (!entry->before)
        difference->appeared++;
    else if (!entry->after)
        difference->went++;
    else if (after > before)
        difference->grew++;
    else if (after < before)
        difference->shrank++;
}

static uint64_t change_of(const struct difference_entry *entry, enum site_order order)
{
    uint64_t before = table_entry_value(entry->before, order);
    uint64_t after = table_entry_value(entry->after, order);

    return after > before ? after - before : before - after;
}

static uint64_t id_of(const struct difference_entry *entry)
{
    return entry->after ? entry->after->id : entry->before->id;
}

static int by_change(const void *a, const void *b, void *order)
{
    uint64_t one = change_of(a, *(const enum site_order *)order);
    uint64_t other = change_of(b, *(const enum site_order *)order);

    if (one != other)
        return one > other ? -1 : 1;
    return (id_of(a) > id_of(b)) - (id_of(a) < id_of(b));
}

int difference_init(struct difference *difference, const struct site_table *before,
                    const struct site_table *after, enum site_order order)
{
    uint32_t i = 0;
    uint32_t k = 0;

    *difference = (struct difference){.before = before, .after = after};
    difference->entries =
        malloc(((size_t)before->count + after->count + 1) * sizeof *difference->entries);
    if (!difference->entries)
        return -ENOMEM;
    while (i < before->count || k < after->count) {
        struct difference_entry entry = {0};
        bool has_before = i < before->count;
        bool has_after = k < after->count;

        if (has_before && (!has_after || before->entries[i].id <= after->entries[k].id))
            entry.before = &before->entries[i];
        if (has_after && (!has_before || after->entries[k].id <= before->entries[i].id))
            entry.after = &after->entries[k];
        i += !!entry.before;
        k += !!entry.after;
        count_change(difference, &entry, order);
        difference->entries[difference->count++] = entry;
    }
    qsort_r(difference->entries, difference->count, sizeof *difference->entries, by_change,
            &order);
    return 0;
}

void difference_fini(struct difference *difference)
{
    free(difference->entries);
    *difference = (struct difference){0};
}
