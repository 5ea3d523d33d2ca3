/* SPDX-License-Identifier: MIT */
#include "profile/quality.h"

#include <errno.h>
#include <stdlib.h>

/* Weights of one process's modules, by index. */
struct weights {
    struct quality_image *modules;
};

static uint32_t stack_frames(const struct process *process, uint32_t leaf)
{
    uint32_t frames = 0;

    for (uint32_t at = leaf; at >= NODE_FIRST; at = process->nodes[at].parent)
        frames++;
    return frames;
}

static void weigh_site(struct quality *quality, const struct process *process,
                       const struct weights *weights, const struct site *site)
{
    uint32_t frames = stack_frames(process, site->leaf);
    uint64_t share = frames ? site->counts.bytes / frames : 0;
    bool is_named = true;
    uint32_t at = site->leaf;

    for (; at >= NODE_FIRST; at = process->nodes[at].parent) {
        const struct node *node = &process->nodes[at];
        struct quality_image *module = &weights->modules[node->module];

        module->bytes += share;
        module->unnamed_bytes += node->is_named ? 0 : share;
        quality->unnamed_bytes += node->is_named ? 0 : share;
        is_named &= node->is_named;
    }
    quality->bytes += share * frames;
    quality->sites++;
    quality->unnamed_sites += !is_named;
    quality->cut_bytes +=
        at == LEDGER_OUTERMOST || at == LEDGER_ALL_SITES ? 0 : site->counts.bytes;
}

static int weigh_sites(struct quality *quality, const struct profile *profile,
                       const struct view *view, struct weights *weights)
{
    for (uint32_t i = 0; i < view->site_count; i++) {
        const struct site *site = &view->sites[i];
        const struct process *process = &profile->processes[site->process];
        struct weights *of_process = &weights[site->process];

        if (!of_process->modules) {
            size_t count = process->module_count;

            of_process->modules = calloc(count, sizeof *of_process->modules);
            if (!of_process->modules)
                return -ENOMEM;
            for (size_t k = 0; k < count; k++)
                of_process->modules[k].image = process->modules[k].image;
        }
        weigh_site(quality, process, of_process, site);
    }
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
    for (uint32_t i = 0; i < profile->process_count; i++)
        free(weights[i].modules);
    free(weights);
    return err;
}

void quality_fini(struct quality *quality)
{
    free(quality->images);
    *quality = (struct quality){0};
}
