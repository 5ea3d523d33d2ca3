/* SPDX-License-Identifier: MIT */
#include "profile/kept_names.h"

#include "profile/image.h"
#include "profile/process_nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_name) };

/* Code that was generated is like a module, of this process alone. Its index. */
static int add_generated(struct process *process, struct symbols *symbols, uint32_t *index)
{
    struct module *modules =
        realloc(process->modules, (process->module_count + 1) * sizeof *modules);
    uint8_t key[12];

    if (!modules)
        return -ENOMEM;
    process->modules = modules;
    struct module *module = &modules[process->module_count];
    *module = (struct module){.id = UINT32_MAX, .path = strdup("[generated code]")};
    if (!module->path)
        return -ENOMEM;
    *index = process->module_count++;
    memcpy(key, &process->header->pid, 4);
    memcpy(key + 4, &process->header->process_start, 8);
    module->image = symbols_image(symbols, module->path, key, sizeof key);
    return module->image ? 0 : -ENOMEM;
}

static int read_name(struct process *process, struct symbols *symbols,
                     const struct ledger_name *from, uint32_t *generated)
{
    const char *name = ledger_file_string(&process->file, from->name, from->name_bytes);
    uint32_t module = from->module ? process_module(process, from->module) : *generated;
    int err = 0;

    if (!name || (from->module && !module)) {
        process->damaged++;
        return 0;
    }
    if (!module)
        err = add_generated(process, symbols, generated);
    if (!err && !image_remember(process->modules[module ? module : *generated].image,
                                from->address, name, from->name_bytes))
        err = -ENOMEM;
    return err;
}

/* Nodes whose code has a name now are of that module. */
static void claim_nodes(struct process *process, uint32_t generated)
{
    struct module *module = &process->modules[generated];

    for (uint32_t i = NODE_FIRST; i < process->node_count; i++) {
        struct node *node = &process->nodes[i];

        if (node->ip && !node->module &&
            image_symbol(module->image, symbols_lookup_address(node, module)))
            node->module = generated;
    }
}

int kept_names_read(struct process *process, struct symbols *symbols)
{
    uint32_t generated = 0;
    int err = 0;

    for (uint32_t extent = 0; !err && extent < process->file.extents; extent++) {
        const struct ledger_name *names = ledger_file_extent(&process->file, extent);

        if (ledger_file_kind(&process->file, extent) != LEDGER_NAMES)
            continue;
        for (uint32_t i = 0; !err && i < NAMES_PER_EXTENT; i++)
            if (names[i].name_bytes)
                err = read_name(process, symbols, &names[i], &generated);
    }
    if (!err && generated)
        claim_nodes(process, generated);
    ledger_file_drop(&process->file, LEDGER_NAMES);
    ledger_file_drop(&process->file, LEDGER_STRINGS);
    return err;
}
