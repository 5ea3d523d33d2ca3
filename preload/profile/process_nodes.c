/* SPDX-License-Identifier: MIT */
#include "profile/process_nodes.h"

#include "profile/ledger_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NODES_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_node),
    MODULES_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_module),
    UNITS_PER_MODULE = (int)sizeof(struct ledger_module) / LEDGER_UNIT_BYTES,
    FRAMES_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_frame),
    UNITS_PER_EXTENT = LEDGER_EXTENT_BYTES / LEDGER_UNIT_BYTES,
    SPECIAL_NODES = LEDGER_ALL_SITES + 1,
};

static uint32_t count_kind(const struct ledger_file *file, enum ledger_kind kind)
{
    uint32_t count = 0;

    for (uint32_t extent = 0; extent < file->extents; extent++)
        count += ledger_file_kind(file, extent) == kind;
    return count;
}

/* Paths may come with the mark of a deleted file; the mark is no part of the name. */
static char *copy_path(const struct ledger_file *file, const struct ledger_module *from)
{
    const char *text = ledger_file_string(file, from->path, from->path_bytes);

    return text ? strndup(text, from->path_bytes) : strdup("");
}

static int read_module(struct process *process, const struct ledger_file *file,
                       const struct ledger_module *from)
{
    struct module *to = &process->modules[process->module_count];

    to->path = copy_path(file, from);
    if (!to->path)
        return -ENOMEM;
    process->module_count++;
    to->start = from->start;
    to->end = from->end;
    to->bias = from->bias;
    to->build_id_bytes = from->build_id_bytes;
    if (to->build_id_bytes > LEDGER_BUILD_ID_BYTES) {
        to->build_id_bytes = 0;
        process->damaged++;
    }
    memcpy(to->build_id, from->build_id, to->build_id_bytes);
    return 0;
}

static int read_modules(struct process *process, const struct ledger_file *file)
{
    size_t most = (size_t)count_kind(file, LEDGER_MODULES) * MODULES_PER_EXTENT + 1;

    process->modules = calloc(most, sizeof *process->modules);
    if (!process->modules)
        return -ENOMEM;
    process->module_count = 1;
    for (uint32_t extent = 0; extent < file->extents; extent++) {
        if (ledger_file_kind(file, extent) != LEDGER_MODULES)
            continue;
        for (uint32_t i = 0; i < MODULES_PER_EXTENT; i++) {
            uint32_t id = extent * UNITS_PER_EXTENT + i * UNITS_PER_MODULE;
            const struct ledger_module *module = ledger_file_module(file, id);

            if (!module->end)
                continue;
            process->modules[process->module_count].id = id;
            int err = read_module(process, file, module);
            if (err)
                return err;
        }
    }
    return 0;
}

uint32_t process_module(const struct process *process, uint32_t id)
{
    uint32_t low = 1;
    uint32_t high = process->module_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (process->modules[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < process->module_count && process->modules[low].id == id ? low : 0;
}

/* 0: the frame has no such text. */
static int copy_text(char **to, struct process *process, const struct ledger_file *file,
                     uint32_t id, uint32_t bytes)
{
    const char *text = id ? ledger_file_string(file, id, bytes) : NULL;

    process->damaged += id && !text;
    if (text && !(*to = strndup(text, bytes)))
        return -ENOMEM;
    return 0;
}

static int read_frame(struct process *process, const struct ledger_file *file,
                      const struct ledger_frame *from)
{
    struct named_frame *to = &process->named_frames[process->named_frame_count];

    to->module = process_module(process, from->module);
    if (!to->module) {
        process->damaged++;
        return 0;
    }
    process->named_frame_count++;
    to->address = from->address;
    to->line = from->line;
    int err = copy_text(&to->function, process, file, from->function, from->function_bytes);
    return err ? err : copy_text(&to->file, process, file, from->file, from->file_bytes);
}

static int read_frames(struct process *process, const struct ledger_file *file)
{
    size_t most = (size_t)count_kind(file, LEDGER_FRAMES) * FRAMES_PER_EXTENT;
    int err = 0;

    if (!most)
        return 0;
    process->named_frames = calloc(most, sizeof *process->named_frames);
    if (!process->named_frames)
        return -ENOMEM;
    for (uint32_t extent = 0; !err && extent < file->extents; extent++) {
        const struct ledger_frame *from = ledger_file_extent(file, extent);

        if (ledger_file_kind(file, extent) != LEDGER_FRAMES)
            continue;
        for (uint32_t i = 0; !err && i < FRAMES_PER_EXTENT; i++)
            if (from[i].module)
                err = read_frame(process, file, &from[i]);
    }
    return err;
}

static int number_nodes(struct process *process, const struct ledger_file *file,
                        struct node_map *map)
{
    map->extents = file->extents;
    map->extent_base = calloc((size_t)file->extents + 1, sizeof *map->extent_base);
    if (!map->extent_base)
        return -ENOMEM;
    process->node_count = NODE_FIRST;
    for (uint32_t extent = 0; extent < file->extents; extent++) {
        if (ledger_file_kind(file, extent) != LEDGER_NODES)
            continue;
        map->extent_base[extent] = process->node_count;
        process->node_count += NODES_PER_EXTENT;
    }
    process->nodes = calloc(process->node_count, sizeof *process->nodes);
    return process->nodes ? 0 : -ENOMEM;
}

static void read_node(struct process *process, const struct node_map *map,
                      const struct ledger_node *from, struct node *to)
{
    to->ip = from->ip & ~LEDGER_IP_EXACT;
    to->exact = from->ip & LEDGER_IP_EXACT;
    to->module = from->module ? process_module(process, from->module) : 0;
    process->damaged += from->module && !to->module;
    to->parent = node_map_find(map, process, from->parent);
    if (to->parent == NODE_NONE) {
        to->parent = LEDGER_CUT_CODE;
        process->damaged++;
    }
}

/* Valid ledgers have no cycle, but nothing keeps a damaged one from it. Each walk marks its
 * way and stops at what an earlier walk has seen; meeting its own way closes a cycle. */
static void cut_cycles(struct process *process)
{
    enum { UNSEEN, ON_THIS_WAY, DONE };

    for (uint32_t start = NODE_FIRST; start < process->node_count; start++) {
        uint32_t at = start;
        uint32_t last = start;

        while (at >= NODE_FIRST && process->nodes[at].visit == UNSEEN) {
            process->nodes[at].visit = ON_THIS_WAY;
            last = at;
            at = process->nodes[at].parent;
        }
        if (at >= NODE_FIRST && process->nodes[at].visit == ON_THIS_WAY) {
            process->nodes[last].parent = LEDGER_CUT_CODE;
            process->damaged++;
        }
        for (at = start; at >= NODE_FIRST && process->nodes[at].visit == ON_THIS_WAY;
             at = process->nodes[at].parent)
            process->nodes[at].visit = DONE;
    }
}

int process_read_nodes(struct process *process, const struct ledger_file *file,
                       struct node_map *map)
{
    int err = read_modules(process, file);

    if (!err)
        err = read_frames(process, file);
    if (!err)
        err = number_nodes(process, file, map);
    for (uint32_t extent = 0; !err && extent < file->extents; extent++) {
        uint32_t base = map->extent_base[extent];
        const struct ledger_node *from = ledger_file_extent(file, extent);

        for (uint32_t i = 0; base && i < NODES_PER_EXTENT; i++)
            if (from[i].ip)
                read_node(process, map, &from[i], &process->nodes[base + i]);
    }
    if (!err)
        cut_cycles(process);
    return err;
}

void node_map_fini(struct node_map *map)
{
    free(map->extent_base);
    *map = (struct node_map){0};
}

uint32_t node_map_find(const struct node_map *map, const struct process *process,
                       uint32_t id)
{
    uint32_t extent = id / UNITS_PER_EXTENT;

    if (id < SPECIAL_NODES)
        return id;
    if (extent >= map->extents || !map->extent_base[extent])
        return NODE_NONE;
    uint32_t index = map->extent_base[extent] + id % UNITS_PER_EXTENT;
    return index < process->node_count ? index : NODE_NONE;
}
