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
    return (one->id > other->id) - (one->id < other->id);
}

void sites_sort(struct site *sites, uint32_t count, enum site_order order)
{
    if (count)
        qsort_r(sites, count, sizeof *sites, by_value, &order);
}

/* Within one id the site whose stack is kept comes first. */
static int by_id(const void *a, const void *b)
{
    const struct site *one = a;
    const struct site *other = b;

    if (one->id != other->id)
        return one->id < other->id ? -1 : 1;
    if (one->counts.bytes != other->counts.bytes)
        return one->counts.bytes > other->counts.bytes ? -1 : 1;
    if (one->process != other->process)
        return one->process < other->process ? -1 : 1;
    return (one->leaf > other->leaf) - (one->leaf < other->leaf);
}

uint32_t sites_merge(struct site *sites, uint32_t count)
{
    uint32_t kept = 0;

    if (count)
        qsort(sites, count, sizeof *sites, by_id);
    for (uint32_t i = 0; i < count; i++) {
        if (kept && sites[kept - 1].id == sites[i].id)
            counts_add(&sites[kept - 1].counts, &sites[i].counts);
        else
            sites[kept++] = sites[i];
    }
    return kept;
}

int view_init(struct view *view, const struct process *processes, uint32_t first,
              uint32_t count, enum site_order order)
{
    size_t most = 0;

    *view = (struct view){0};
    for (uint32_t i = first; i < first + count; i++)
        most += processes[i].site_count;
    if (most > UINT32_MAX)
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
    view->site_count = sites_merge(view->sites, view->site_count);
    sites_sort(view->sites, view->site_count, order);
    return 0;
}

void view_fini(struct view *view)
{
    free(view->sites);
    *view = (struct view){0};
}
