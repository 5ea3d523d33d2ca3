/* SPDX-License-Identifier: MIT */
#include "profile/site_id.h"

#include "profile/demangle.h"
#include "profile/symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t fnv_start = 0xcbf29ce484222325u;
static const uint64_t fnv_prime = 0x100000001b3u;

static const char *const special_names[NODE_FIRST] = {
    [LEDGER_OUTERMOST] = "",
    [LEDGER_CUT_DEPTH] = "[depth]",
    [LEDGER_CUT_CODE] = "[code]",
    [LEDGER_NO_STACK] = "[no stack]",
    [LEDGER_ALL_SITES] = "[all sites]",
};

static uint64_t add_bytes(uint64_t hash, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * fnv_prime;
    return hash;
}

/* The NUL goes in too, so that two names do not run into one. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    return add_bytes(hash, text, strlen(text) + 1);
}

static uint64_t add_name(uint64_t hash, const char *name)
{
    size_t bytes = name_base_bytes(name);
    const char *rust_hash = name_rust_hash(name, bytes);

    if (rust_hash)
        bytes = (size_t)(rust_hash - name);
    return add_bytes(add_bytes(hash, name, bytes), "", 1);
}

static uint64_t add_offset(uint64_t hash, uint64_t offset)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(offset >> 8 * i);
    return add_bytes(add_bytes(hash, "+", 1), (const char *)bytes, sizeof bytes);
}

static uint64_t add_node(const struct process *process, struct node *node, uint64_t hash)
{
    const struct module *module = &process->modules[node->module];

    if (!node->module)
        return add_text(hash, "[generated code]");
    hash = add_text(hash, image_name(module->image));
    const char *name = image_symbol(module->image, symbols_lookup_address(node, module));
    node->is_named = name;
    return name ? add_name(hash, name)
                : add_offset(hash, symbols_shown_address(node, module));
}

/* The hash of the stack that begins at `leaf`. `hashes` remembers those of the nodes done, 0
 * for the others; `way` has room for all nodes. */
static uint64_t stack_hash(const struct process *process, uint32_t leaf, uint64_t *hashes,
                           uint32_t *way)
{
    uint32_t steps = 0;
    uint32_t at = leaf;

    for (; !hashes[at]; at = process->nodes[at].parent)
        way[steps++] = at;
    uint64_t hash = hashes[at];
    while (steps) {
        at = way[--steps];
        hash = add_node(process, &process->nodes[at], hash);
        hashes[at] = hash ? hash : 1;
    }
    return hashes[leaf];
}

int site_ids_set(struct process *process)
{
    uint64_t *hashes = calloc(process->node_count, sizeof *hashes);
    uint32_t *way = calloc(process->node_count, sizeof *way);
    int err = hashes && way ? 0 : -ENOMEM;

    for (uint32_t i = 0; !err && i < NODE_FIRST; i++)
        hashes[i] = add_text(fnv_start, special_names[i] ? special_names[i] : "");
    for (uint32_t i = 0; !err && i < process->site_count; i++)
        process->sites[i].id = stack_hash(process, process->sites[i].leaf, hashes, way);
    free(hashes);
    free(way);
    return err;
}
