/* SPDX-License-Identifier: MIT */
#include "advice/spots.h"

#include "profile/match.h"
#include "profile/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Does it more than pass on what others ask for? */
static bool is_own(const char *name, const struct module *module)
{
    if (!name)
        return !match_is_runtime(module->path);
    return !tree_is_folded(name, image_name(module->image)) && !strcasestr(name, "alloc") &&
           !strstr(name, "dup");
}

static uint64_t mix(uint64_t sum, uint64_t more)
{
    sum = (sum ^ more) * 0x9e3779b97f4a7c15u;
    return sum ^ sum >> 29;
}

/* Of code, wherever it is loaded. */
static uint64_t place_of(const struct process *process, uint32_t at)
{
    const struct node *node = &process->nodes[at];
    const struct module *module = &process->modules[node->module];

    return mix((uintptr_t)module->image, node->ip - module->bias);
}

/* The first function of the program's own from `at` on; a stack without one is a spot of its own. */
static void find_spot(struct spot_site *found, struct profile *profile,
                      const struct site *site, uint32_t at)
{
    const struct process *process = &profile->processes[site->process];

    for (; at >= NODE_FIRST; at = process->nodes[at].parent) {
        const struct node *node = &process->nodes[at];

        found->spot = mix(found->spot, place_of(process, at));
        if (node->module && is_own(symbols_name(&profile->symbols, process, node),
                                   &process->modules[node->module])) {
            found->frame = at;
            return;
        }
    }
    found->frame = 0;
    found->spot = mix(found->spot, site->leaf);
    found->spot = mix(found->spot, site->process);
}

static int by_spot(const void *a, const void *b, void *context)
{
    const struct spot_site *one = a;
    const struct spot_site *other = b;
    const struct view *view = context;

    if (one->spot != other->spot)
        return one->spot < other->spot ? -1 : 1;
    uint64_t left = view->sites[one->site].counts.bytes;
    uint64_t right = view->sites[other->site].counts.bytes;
    if (left != right)
        return left > right ? -1 : 1;
    return (one->site > other->site) - (one->site < other->site);
}

static int by_caller(const void *a, const void *b)
{
    const struct spot_site *one = a;
    const struct spot_site *other = b;

    return (one->caller_place > other->caller_place) -
           (one->caller_place < other->caller_place);
}

/* What is asked for through one line. */
struct line {
    struct profile *profile;
    const struct view *view;
    struct spot_site *sites;
    uint32_t count;
};

static const struct site *site_of(const struct line *line, uint32_t i)
{
    return &line->view->sites[line->sites[i].site];
}

/* Sets the callers at which its stacks are no longer the same; false: there are none nearby, or one of
 * the stacks ends before. */
static bool find_callers(struct line *line)
{
    enum { UP_MOST = 16 };

    for (unsigned up = 0; up < UP_MOST; up++) {
        bool is_same = true;

        for (uint32_t i = 0; i < line->count; i++) {
            struct spot_site *found = &line->sites[i];
            const struct process *process =
                &line->profile->processes[site_of(line, i)->process];

            found->caller = process->nodes[up ? found->caller : found->frame].parent;
            if (found->caller < NODE_FIRST)
                return false;
            found->caller_place = place_of(process, found->caller);
            is_same &= found->caller_place == line->sites[0].caller_place;
        }
        if (!is_same)
            return true;
    }
    return false;
}

/* Of all blocks that a site asked for; 0: they are of several sizes, or nobody counted them. */
static uint64_t one_size(const struct counts *counts)
{
    if (!counts->allocations)
        return 0;
    uint64_t size = counts->bytes / counts->allocations;

    return counts->bytes % counts->allocations || size % sizeof(void *) ? 0 : size;
}

/* Blocks of one size for one caller, and of another for the next: so is a wrapper of malloc, whatever it
 * is called. What gives all callers blocks of one size makes objects, and what gives each caller
 * blocks of many makes strings: these are lines to change. */
static bool is_wrapper(struct line *line)
{
    enum { CALLERS_LEAST = 4, SIZES_LEAST = 3 };
    uint64_t sizes[SIZES_LEAST];
    unsigned even = 0, uneven = 0, different = 0;

    qsort(line->sites, line->count, sizeof *line->sites, by_caller);
    for (uint32_t first = 0, end; first < line->count; first = end) {
        struct counts sum = {0};
        bool is_even = true;

        for (end = first; end < line->count &&
                          line->sites[end].caller_place == line->sites[first].caller_place;
             end++) {
            const struct counts *counts = &site_of(line, end)->counts;

            counts_add(&sum, counts);
            is_even &= one_size(counts) && one_size(counts) == one_size(&sum);
        }
        if (sum.allocations < 2)
            continue;
        *(is_even ? &even : &uneven) += 1;
        bool is_known = !is_even;
        for (unsigned i = 0; i < different; i++)
            is_known |= sizes[i] == one_size(&sum);
        if (!is_known && different < SIZES_LEAST)
            sizes[different++] = one_size(&sum);
    }
    return even >= CALLERS_LEAST && 2 * even >= uneven && different == SIZES_LEAST;
}

/* Who calls a wrapper is a spot of its own; so is who calls one that calls it. */
static void split(struct line *line)
{
    if (!line->sites->frame || !find_callers(line) || !is_wrapper(line))
        return;
    for (uint32_t i = 0; i < line->count; i++)
        find_spot(&line->sites[i], line->profile, site_of(line, i), line->sites[i].caller);
    qsort_r(line->sites, line->count, sizeof *line->sites, by_spot,
            (void *)(uintptr_t)line->view);
    for (uint32_t first = 0, end; first < line->count; first = end) {
        struct line part = *line;

        for (end = first + 1;
             end < line->count && line->sites[end].spot == line->sites[first].spot;)
            end++;
        part.sites += first;
        part.count = end - first;
        split(&part);
    }
}

int spots_init(struct spots *spots, struct profile *profile, const struct view *view)
{
    spots->count = view->site_count;
    spots->sites = calloc((size_t)view->site_count + 1, sizeof *spots->sites);
    if (!spots->sites)
        return -ENOMEM;
    for (uint32_t i = 0; i < view->site_count; i++) {
        const struct site *site = &view->sites[i];

        spots->sites[i].site = i;
        find_spot(&spots->sites[i], profile, site, site->leaf);
    }
    qsort_r(spots->sites, spots->count, sizeof *spots->sites, by_spot,
            (void *)(uintptr_t)view);
    for (uint32_t first = 0, end; first < spots->count; first = end) {
        struct line line = {profile, view, spots->sites + first, 0};

        end = spots_end(spots, first);
        line.count = end - first;
        split(&line);
    }
    return 0;
}

void spots_fini(struct spots *spots)
{
    free(spots->sites);
    *spots = (struct spots){0};
}

uint32_t spots_end(const struct spots *spots, uint32_t first)
{
    uint32_t end = first + 1;

    while (end < spots->count && spots->sites[end].spot == spots->sites[first].spot)
        end++;
    return end;
}
