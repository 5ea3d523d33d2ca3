/* SPDX-License-Identifier: MIT */
#include "profile/quality.h"

#include <errno.h>
#include <stdlib.h>

/* What the stack that begins at a node is like, and the share of each of its sites' frames. */
struct node_weight {
    uint64_t share; /* sum over the sites whose stacks the node is in, once spread */
    uint32_t frames;
    uint8_t end; /* special node */
    bool is_named;
    bool are_all_named;
};

/* Weights of one process's nodes and modules, by index. */
struct weights {
    struct node_weight *nodes;
    struct quality_image *modules;
};

static bool is_named(const struct process *process, const struct node *node)
{
    const struct module *module = &process->modules[node->module];

    return node->module &&
           image_symbol(module->image, symbols_lookup_address(node, module));
}

static int weights_begin(struct weights *weights, const struct process *process)
{
    weights->nodes = calloc(process->node_count, sizeof *weights->nodes);
    weights->modules = calloc(process->module_count, sizeof *weights->modules);
    if (!weights->nodes || !weights->modules)
        return -ENOMEM;
    for (uint32_t i = 0; i < process->module_count; i++)
        weights->modules[i].image = process->modules[i].image;
    for (uint32_t i = 0; i < NODE_FIRST; i++)
        weights->nodes[i] = (struct node_weight){.end = (uint8_t)i, .are_all_named = true};
    for (uint32_t i = 0; i < process->stack_node_count; i++) {
        uint32_t at = process->stack_nodes[i];
        struct node_weight *node = &weights->nodes[at];

        *node = weights->nodes[process->nodes[at].parent];
        node->frames++;
        node->is_named = is_named(process, &process->nodes[at]);
        node->are_all_named &= node->is_named;
    }
    return 0;
}

static void weigh_site(struct quality *quality, const struct weights *weights,
                       const struct site *site)
{
    struct node_weight *leaf = &weights->nodes[site->leaf];
    uint64_t share = leaf->frames ? site->counts.bytes / leaf->frames : 0;

    leaf->share += share;
    quality->bytes += share * leaf->frames;
    quality->sites++;
    quality->unnamed_sites += !leaf->are_all_named;
    quality->cut_bytes += leaf->end == LEDGER_OUTERMOST || leaf->end == LEDGER_ALL_SITES
                              ? 0
                              : site->counts.bytes;
}

/* From the leaves outwards: each node has the shares of all stacks that it is in. */
static void spread(struct quality *quality, const struct process *process,
                   const struct weights *weights)
{
    for (uint32_t i = process->stack_node_count; i > 0; i--) {
        uint32_t at = process->stack_nodes[i - 1];
        const struct node *node = &process->nodes[at];
        struct quality_image *module = &weights->modules[node->module];
        uint64_t share = weights->nodes[at].share;
        uint64_t unnamed = weights->nodes[at].is_named ? 0 : share;

        weights->nodes[node->parent].share += share;
        module->bytes += share;
        module->unnamed_bytes += unnamed;
        quality->unnamed_bytes += unnamed;
    }
}

static int weigh_sites(struct quality *quality, const struct profile *profile,
                       const struct view *view, struct weights *weights)
{
    for (uint32_t i = 0; i < view->site_count; i++) {
        const struct site *site = &view->sites[i];
        struct weights *of_process = &weights[site->process];

        if (!of_process->nodes &&
            weights_begin(of_process, &profile->processes[site->process]))
            return -ENOMEM;
        weigh_site(quality, of_process, site);
    }
    for (uint32_t i = 0; i < profile->process_count; i++)
        if (weights[i].nodes)
            spread(quality, &profile->processes[i], &weights[i]);
    return 0;
}

static int by_image(const void *a, const void *b)
{
    uintptr_t one = (uintptr_t)((const struct quality_image *)a)->image;
    uintptr_t other = (uintptr_t)((const struct quality_image *)b)->image;

    return (one > other) - (one < other);
}

static int by_unnamed(const void *a, const void *b)
{
    const struct quality_image *one = a;
    const struct quality_image *other = b;

    if (one->unnamed_bytes != other->unnamed_bytes)
        return one->unnamed_bytes > other->unnamed_bytes ? -1 : 1;
    return (one->bytes < other->bytes) - (one->bytes > other->bytes);
}

/* One entry for each image, of the modules of all processes. */
static int fold(struct quality *quality, const struct profile *profile,
                const struct weights *weights)
{
    size_t most = 1;
    size_t count = 0;
    struct quality_image *images;

    for (uint32_t i = 0; i < profile->process_count; i++)
        most += profile->processes[i].module_count;
    images = malloc(most * sizeof *images);
    if (!images)
        return -ENOMEM;
    for (uint32_t i = 0; i < profile->process_count; i++)
        for (uint32_t k = 0; weights[i].modules && k < profile->processes[i].module_count;
             k++)
            if (weights[i].modules[k].bytes)
                images[count++] = weights[i].modules[k];
    qsort(images, count, sizeof *images, by_image);
    for (size_t i = 0; i < count; i++) {
        struct quality_image *last = images + quality->image_count - 1;

        if (quality->image_count && last->image == images[i].image) {
            last->bytes += images[i].bytes;
            last->unnamed_bytes += images[i].unnamed_bytes;
        } else {
            images[quality->image_count++] = images[i];
        }
    }
    qsort(images, quality->image_count, sizeof *images, by_unnamed);
    quality->images = images;
    return 0;
}

int quality_init(struct quality *quality, const struct profile *profile,
                 const struct view *view)
{
    struct weights *weights = calloc((size_t)profile->process_count + 1, sizeof *weights);

    *quality = (struct quality){0};
    if (!weights)
        return -ENOMEM;
    int err = weigh_sites(quality, profile, view, weights);
    if (!err)
        err = fold(quality, profile, weights);
    for (uint32_t i = 0; i < profile->process_count; i++) {
        free(weights[i].nodes);
        free(weights[i].modules);
    }
    free(weights);
    return err;
}

void quality_fini(struct quality *quality)
{
    free(quality->images);
    *quality = (struct quality){0};
}
