/* SPDX-License-Identifier: MIT */
#include "cli/keep_names.h"

#include "cli/append_extents.h"
#include "profile/image.h"
#include "profile/perf_map.h"
#include "profile/symbols.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_name) };

/* A place that has a name. */
struct named {
    uint32_t module; /* id; 0: generated code */
    uint64_t address;
    const char *name;
};

/* Extents that are to stand behind those of a file: first names, then strings. */
struct addition {
    uint8_t *bytes;
    uint32_t first; /* number of the first extent */
    uint32_t name_extents, extents;
    size_t used;      /* bytes of strings */
    const char *last; /* the string put there last, and its id */
    uint32_t last_id;
};

static int by_place(const void *a, const void *b)
{
    const struct named *one = a;
    const struct named *other = b;

    if (one->module != other->module)
        return one->module < other->module ? -1 : 1;
    return (one->address > other->address) - (one->address < other->address);
}

static const char *name_of(const struct process *process, const struct node *node,
                           const struct perf_map *generated, uint64_t *address)
{
    const struct module *module = &process->modules[node->module];

    *address = symbols_lookup_address(node, module);
    return node->module ? image_symbol(module->image, *address)
                        : perf_map_find(generated, *address);
}

/* The places of all stacks, each once; names longer than an extent are left out. */
static uint32_t gather(struct named *list, const struct process *process,
                       const struct perf_map *generated)
{
    uint32_t count = 0;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < process->stack_node_count; i++) {
        const struct node *node = &process->nodes[process->stack_nodes[i]];
        struct named named = {.module = process->modules[node->module].id};

        named.name = name_of(process, node, generated, &named.address);
        if (named.name && *named.name && strlen(named.name) <= LEDGER_EXTENT_BYTES)
            list[count++] = named;
    }
    if (count)
        qsort(list, count, sizeof *list, by_place);
    for (uint32_t i = 0; i < count; i++)
        if (!kept || by_place(&list[kept - 1], &list[i]) != 0)
            list[kept++] = list[i];
    return kept;
}

/* Room for strings: each begins at a unit, and none crosses an extent. */
static uint32_t string_extents(const struct named *list, uint32_t count)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < count; i++)
        bytes += strlen(list[i].name) + LEDGER_UNIT_BYTES;
    /* At most the longest string is left over at the end of each. */
    return (uint32_t)(2 * bytes / LEDGER_EXTENT_BYTES + 2);
}

static uint32_t put_string(struct addition *to, const char *name)
{
    size_t bytes = strlen(name);
    size_t left = LEDGER_EXTENT_BYTES - to->used % LEDGER_EXTENT_BYTES;

    /* Neighbours are often in one function. */
    if (to->last == name)
        return to->last_id;
    if (bytes > left)
        to->used += left;
    size_t at = (size_t)to->name_extents * LEDGER_EXTENT_BYTES + to->used;
    memcpy(to->bytes + at, name, bytes);
    to->used += (bytes + LEDGER_UNIT_BYTES - 1) / LEDGER_UNIT_BYTES * LEDGER_UNIT_BYTES;
    to->last = name;
    to->last_id =
        (uint32_t)(((size_t)to->first * LEDGER_EXTENT_BYTES + at) / LEDGER_UNIT_BYTES);
    return to->last_id;
}

static int make(struct addition *to, const struct named *list, uint32_t count)
{
    to->name_extents = (count + NAMES_PER_EXTENT - 1) / NAMES_PER_EXTENT;
    uint32_t most = to->name_extents + string_extents(list, count);
    if (to->first + most > LEDGER_MAX_EXTENTS)
        return -EFBIG;
    to->bytes = calloc(most, LEDGER_EXTENT_BYTES);
    if (!to->bytes)
        return -ENOMEM;
    struct ledger_name *names = (struct ledger_name *)(void *)to->bytes;
    for (uint32_t i = 0; i < count; i++)
        names[i] = (struct ledger_name){.address = list[i].address,
                                        .module = list[i].module,
                                        .name = put_string(to, list[i].name),
                                        .name_bytes = (uint32_t)strlen(list[i].name)};
    to->extents = to->name_extents +
                  (uint32_t)((to->used + LEDGER_EXTENT_BYTES - 1) / LEDGER_EXTENT_BYTES);
    return 0;
}

static int append(const struct addition *addition, const char *path)
{
    uint8_t kinds[LEDGER_MAX_EXTENTS];

    memset(kinds, LEDGER_STRINGS, addition->extents);
    memset(kinds, LEDGER_NAMES, addition->name_extents);
    return append_extents(path, addition->bytes, kinds, addition->extents);
}

int keep_names(const struct process *process)
{
    struct addition addition = {.first = process->file.extents};
    struct named *list = malloc(((size_t)process->stack_node_count + 1) * sizeof *list);
    struct perf_map generated;
    char map[64];

    /* Without one nothing is known of generated code. */
    snprintf(map, sizeof map, "/tmp/perf-%u.map", process->header->pid);
    (void)perf_map_read(&generated, map);
    uint32_t count = list ? gather(list, process, &generated) : 0;
    int err = list ? 0 : -ENOMEM;

    if (!err && process->truncated)
        err = -EBADMSG;
    if (!err && count)
        err = make(&addition, list, count);
    if (!err && count)
        err = append(&addition, process->file_path);
    free(addition.bytes);
    free(list);
    perf_map_fini(&generated);
    return err;
}
