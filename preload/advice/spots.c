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

static struct spot_site find_spot(struct profile *profile, const struct process *process,
                                  const struct site *site)
{
    struct spot_site found = {0};

    for (uint32_t at = site->leaf; at >= NODE_FIRST; at = process->nodes[at].parent) {
        const struct node *node = &process->nodes[at];
        const struct module *module = &process->modules[node->module];

        found.spot = mix(found.spot, (uintptr_t)module->image);
        found.spot = mix(found.spot, node->ip - module->bias);
        if (!node->module)
            continue;
        if (is_own(symbols_name(&profile->symbols, process, node), module)) {
            found.frame = at;
            return found;
        }
    }
    found.spot = mix(found.spot, site->leaf); /* a whole stack is a spot of its own */
    found.spot = mix(found.spot, site->process);
    return found;
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

int spots_init(struct spots *spots, struct profile *profile, const struct view *view)
{
    spots->count = view->site_count;
    spots->sites = calloc((size_t)view->site_count + 1, sizeof *spots->sites);
    if (!spots->sites)
        return -ENOMEM;
    for (uint32_t i = 0; i < view->site_count; i++) {
        const struct site *site = &view->sites[i];

        spots->sites[i] = find_spot(profile, &profile->processes[site->process], site);
        spots->sites[i].site = i;
    }
    qsort_r(spots->sites, spots->count, sizeof *spots->sites, by_spot,
            (void *)(uintptr_t)view);
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
