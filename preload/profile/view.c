/* SPDX-License-Identifier: MIT */
#include "profile/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const order_names[ORDER_COUNT] = {
    [ORDER_BYTES] = "bytes", [ORDER_CALLS] = "calls",         [ORDER_PEAK] = "peak",
    [ORDER_LIVE] = "live",   [ORDER_TEMPORARY] = "temporary",
};

enum site_order site_order_find(const char *name)
{
    enum site_order order = 0;

    while (order < ORDER_COUNT && strcmp(name, order_names[order]) != 0)
        order++;
    return order;
}

uint64_t counts_value(const struct counts *counts, enum site_order order)
{
    switch (order) {
    case ORDER_CALLS:
        return counts->allocations;
    case ORDER_PEAK:
        return counts->bytes_at_peak;
    case ORDER_LIVE:
        return counts->live_bytes;
    case ORDER_TEMPORARY:
        return counts->temporary;
    default:
        return counts->bytes;
    }
}

static int by_value(const void *a, const void *b, void *order)
{
    const struct site *one = a;
    const struct site *other = b;
    uint64_t left = counts_value(&one->counts, *(const enum site_order *)order);
    uint64_t right = counts_value(&other->counts, *(const enum site_order *)order);

    if (left != right)
        return left > right ? -1 : 1;
    if (one->id != other->id)
        return one->id < other->id ? -1 : 1;
    return (one->places > other->places) - (one->places < other->places);
}

void sites_sort(struct site *sites, uint32_t count, enum site_order order)
{
    if (count)
        qsort_r(sites, count, sizeof *sites, by_value, &order);
}

uint32_t sites_merge(struct site *sites, uint32_t count, site_join_fn *join, void *context)
{
    uint64_t slots = 2;
    uint32_t kept = 0;

    while (slots < 2 * (uint64_t)count)
        slots *= 2;
    uint32_t *table = calloc(slots, sizeof *table); /* index + 1, by places */
    if (!table)
        return UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t at = sites[i].places & (slots - 1);

        while (table[at] && sites[table[at] - 1].places != sites[i].places)
            at = (at + 1) & (slots - 1);
        if (table[at]) {
            struct site *first = &sites[table[at] - 1];

            counts_add(&first->counts, &sites[i].counts);
            join(context, first, &sites[i]);
        } else {
            sites[kept++] = sites[i];
            table[at] = kept;
        }
    }
    free(table);
    return kept;
}

static void add_part(void *context, struct site *kept, const struct site *more)
{
    struct view *view = context;
    struct site_part *part = &view->parts[view->part_count++];

    *part = (struct site_part){more->process, more->records, kept->parts};
    kept->parts = view->part_count;
}

/* Those of one process are merged already. */
static int merge(struct view *view)
{
    view->parts = malloc(((size_t)view->site_count + 1) * sizeof *view->parts);
    if (!view->parts)
        return -ENOMEM;
    uint32_t count = sites_merge(view->sites, view->site_count, add_part, view);
    if (count == UINT32_MAX)
        return -ENOMEM;
    view->site_count = count;
    return 0;
}

int view_init(struct view *view, const struct process *processes, uint32_t first,
              uint32_t count, enum site_order order)
{
    size_t most = 0;

    *view = (struct view){.processes = processes};
    for (uint32_t i = first; i < first + count; i++)
        most += processes[i].site_count;
    if (most >= UINT32_MAX)
        return -ENOMEM;
    view->sites = malloc((most + 1) * sizeof *view->sites);
    if (!view->sites)
        return -ENOMEM;
    for (uint32_t i = first; i < first + count; i++) {
        if (processes[i].site_count)
            memcpy(view->sites + view->site_count, processes[i].sites,
                   processes[i].site_count * sizeof *view->sites);
        view->site_count += processes[i].site_count;
        counts_add(&view->counts, &processes[i].counts);
    }
    int err = count > 1 ? merge(view) : 0;
    if (err)
        view_fini(view);
    else
        sites_sort(view->sites, view->site_count, order);
    return err;
}

struct evidence view_evidence(const struct view *view, const struct site *site)
{
    struct evidence evidence = {0};

    evidence_add(&evidence, &view->processes[site->process], site->records);
    for (uint32_t i = site->parts; i; i = view->parts[i - 1].next) {
        const struct site_part *part = &view->parts[i - 1];

        evidence_add(&evidence, &view->processes[part->process], part->records);
    }
    return evidence;
}

void view_fini(struct view *view)
{
    free(view->sites);
    free(view->parts);
    *view = (struct view){0};
}
