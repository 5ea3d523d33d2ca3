/* SPDX-License-Identifier: MIT */
#include "profile/place.h"

#include "profile/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The file as seen from the working directory; NULL when it lies elsewhere. */
static const char *path_from_here(const char *file)
{
    char here[1024];
    size_t bytes;

    if (!file || (file[0] != '/' && strncmp(file, "../", 3) != 0))
        return file && !strncmp(file, "./", 2) ? file + 2 : file;
    if (file[0] != '/' || !getcwd(here, sizeof here))
        return NULL;
    bytes = strlen(here);
    return !strncmp(file, here, bytes) && file[bytes] == '/' ? file + bytes + 1 : NULL;
}

static void take(struct place *place, const struct process *process,
                 const struct node *node, const struct frame *frame)
{
    const struct module *module = &process->modules[node->module];

    *place = (struct place){.function = frame ? frame->function : NULL,
                            .file = frame ? frame->file : NULL,
                            .line = frame ? frame->line : 0,
                            .module = node->module ? image_name(module->image)
                                                   : "[generated code]"};
    const char *path = path_from_here(place->file);
    if (path) {
        place->file = path;
        place->is_here = true;
    }
    if (node->module)
        snprintf(place->unknown, sizeof place->unknown, "%s+0x%" PRIx64, place->module,
                 symbols_shown_address(node, module));
    else
        snprintf(place->unknown, sizeof place->unknown, "[generated code]");
}

/* How well a frame stands for the stack; the first one of the best counts. */
enum worth { WORTH_NOTHING, WORTH_ANY, WORTH_OWN, WORTH_HERE };

static enum worth worth_of(const struct place *place)
{
    if (tree_is_folded(place->function ? place->function : "", place->module))
        return WORTH_ANY;
    return place->is_here ? WORTH_HERE : WORTH_OWN;
}

static void offer(struct place *best, enum worth *worth, const struct place *place)
{
    enum worth offered = worth_of(place);

    if (offered > *worth) {
        *best = *place;
        *worth = offered;
    }
}

int place_find(struct place *place, struct profile *profile, const struct process *process,
               uint32_t leaf)
{
    enum worth worth = WORTH_NOTHING;
    struct place candidate;

    *place = (struct place){.module = "", .unknown = "[no stack]"};
    for (uint32_t at = leaf; at >= NODE_FIRST && worth < WORTH_HERE;
         at = process->nodes[at].parent) {
        const struct node *node = &process->nodes[at];
        const struct frames *frames = symbols_frames(&profile->symbols, process, node);

        if (!frames && node->module)
            return -ENOMEM;
        for (uint32_t i = 0; frames && i < frames->count && worth < WORTH_HERE; i++) {
            take(&candidate, process, node, &frames->list[i]);
            offer(place, &worth, &candidate);
        }
        if (!frames) {
            take(&candidate, process, node, NULL);
            offer(place, &worth, &candidate);
        }
    }
    return 0;
}

const char *place_name(const struct place *place)
{
    return place->function ? place->function : place->unknown;
}
