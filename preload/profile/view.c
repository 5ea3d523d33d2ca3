/* SPDX-License-Identifier: MIT */
#include "profile/view.h"

#include "profile/site_id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first site of each places, by index. */
#define TARE_MAP_NAME kept_sites
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

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

/* Buckets of values, rising: each power of two is divided in 16. */
enum { BUCKETS = 61 * 16 };

static uint32_t bucket_of(uint64_t value)
{
    if (value < 16)
        return (uint32_t)value;
    uint32_t shift = 59 - (uint32_t)__builtin_clzll(value);
    return shift * 16 + (uint32_t)(value >> shift);
}

/* Bring the sites of so many buckets to the front as hold `wanted` of most value; how many. */
static uint32_t gather_first(struct site *sites, uint32_t count, enum site_order order,
                             uint32_t wanted)
{
    uint32_t in_bucket[BUCKETS] = {0};
    uint32_t least = BUCKETS;
    uint32_t gathered = 0;

    for (uint32_t i = 0; i < count; i++)
        in_bucket[bucket_of(counts_value(&sites[i].counts, order))]++;
    for (uint32_t held = 0; held < wanted && least > 0;)
        held += in_bucket[--least];
    for (uint32_t i = 0; i < count; i++) {
        struct site site = sites[i];

        if (bucket_of(counts_value(&site.counts, order)) < least)
            continue;
        sites[i] = sites[gathered];
        sites[gathered++] = site;
    }
    return gathered;
}

int sites_sort(const struct process *processes, struct site *sites, uint32_t count,
               enum site_order order, uint32_t wanted)
{
    if (wanted < count)
        count = gather_first(sites, count, order, wanted);
    int err = site_ids_set(processes, sites, count);
    if (!err && count)
        qsort_r(sites, count, sizeof *sites, by_value, &order);
    return err;
}

uint32_t sites_merge(struct site *sites, uint32_t count, site_join_fn *join, void *context)
{
    struct kept_sites table = {.map.mem = tare_mem_libc()};
    uint32_t kept = 0;

    if (kept_sites_reserve(&table, count))
        return UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        bool is_new;
        struct kept_sites_entry *entry =
            kept_sites_find_or_insert(&table, sites[i].places, &is_new);

        if (!entry) { /* cannot be: there is room */
            kept = UINT32_MAX;
            break;
        }
        if (is_new) {
            entry->value = kept;
            sites[kept++] = sites[i];
        } else {
            struct site *first = &sites[entry->value];

            counts_add(&first->counts, &sites[i].counts);
            join(context, first, &sites[i]);
        }
    }
    kept_sites_fini(&table);
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

/* A process's sites of one class, and their sum. */
struct sites_of_class {
    struct site *sites;
    uint32_t count;
    const struct counts *sum;
};

static struct sites_of_class sites_of(const struct process *process,
                                      enum ledger_class class)
{
    switch (class) {
    case LEDGER_MAPPING:
        return (struct sites_of_class){process->mapped_sites, process->mapped_site_count,
                                       &process->mapped};
    case LEDGER_OBJECT:
        return (struct sites_of_class){process->object_sites, process->object_site_count,
                                       &process->objects};
    default:
        return (struct sites_of_class){process->sites, process->site_count,
                                       &process->counts};
    }
}

static int gather_processes(struct view *view, const struct process *processes,
                            uint32_t count, enum ledger_class class)
{
    size_t most = 0;

    for (uint32_t i = 0; i < count; i++)
        most += sites_of(&processes[i], class).count;
    if (most >= UINT32_MAX)
        return -ENOMEM;
    view->sites = malloc((most + 1) * sizeof *view->sites);
    if (!view->sites)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        struct sites_of_class more = sites_of(&processes[i], class);

        if (more.count)
            memcpy(view->sites + view->site_count, more.sites,
                   more.count * sizeof *view->sites);
        view->site_count += more.count;
    }
    return merge(view);
}

static void lend(struct view *view, struct sites_of_class from)
{
    view->sites = from.sites;
    view->site_count = from.count;
    view->is_lent = true;
}

static uint32_t count_worth(const struct view *view, enum site_order order)
{
    uint32_t worth = 0;

    for (uint32_t i = 0; i < view->site_count; i++)
        worth += counts_value(&view->sites[i].counts, order) > 0;
    return worth;
}

int view_init(struct view *view, const struct process *processes, uint32_t first,
              uint32_t count, enum site_order order, uint32_t wanted)
{
    return view_init_class(view, processes, first, count, LEDGER_HEAP, order, wanted);
}

int view_init_class(struct view *view, const struct process *processes, uint32_t first,
                    uint32_t count, enum ledger_class class, enum site_order order,
                    uint32_t wanted)
{
    int err = 0;

    *view = (struct view){.processes = processes};
    for (uint32_t i = first; i < first + count; i++)
        counts_add(&view->counts, sites_of(&processes[i], class).sum);
    if (count == 1)
        lend(view, sites_of(&processes[first], class));
    else
        err = gather_processes(view, processes + first, count, class);
    if (!err) {
        uint32_t worth = count_worth(view, order);

        err = sites_sort(processes, view->sites, view->site_count, order,
                         wanted < worth ? wanted : worth);
    }
    if (err)
        view_fini(view);
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

struct site_advice view_advice(const struct view *view, const struct site *site)
{
    static const struct counts none;
    struct site_advice advice = {0};

    site_advice_add(&advice, &view->processes[site->process], &site->counts, site->records);
    for (uint32_t i = site->parts; i; i = view->parts[i - 1].next) {
        const struct site_part *part = &view->parts[i - 1];

        site_advice_add(&advice, &view->processes[part->process], &none, part->records);
    }
    return advice;
}

void view_fini(struct view *view)
{
    if (!view->is_lent)
        free(view->sites);
    free(view->parts);
    *view = (struct view){0};
}
