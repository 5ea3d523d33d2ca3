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

/* Each bit of the word changes about half of the hash's. */
static uint64_t add_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
    return hash ^ hash >> 32;
}

static uint64_t add_place(const struct process *process, const uint64_t *module_hashes,
                          const struct node *node, uint64_t hash)
{
    const struct module *module = &process->modules[node->module];

    hash = add_word(hash, module_hashes[node->module]);
    if (!node->module)
        return hash;
    return add_word(hash, 2 * symbols_shown_address(node, module) + node->exact);
}

/* The two hashes of the stack that begins at a node. */
struct stack_hash {
    uint64_t id; /* 0: not known yet */
    uint64_t places;
};

struct hashing {
    const struct process *process;
    struct stack_hash *of_nodes;
    uint64_t *of_modules;
    uint32_t *way; /* room for all nodes */
};

static int hashing_init(struct hashing *h, const struct process *process)
{
    h->process = process;
    h->of_nodes = calloc(process->node_count, sizeof *h->of_nodes);
    h->of_modules = calloc(process->module_count, sizeof *h->of_modules);
    h->way = calloc(process->node_count, sizeof *h->way);
    if (!h->of_nodes || !h->of_modules || !h->way)
        return -ENOMEM;
    for (uint32_t i = 0; i < NODE_FIRST; i++) {
        h->of_nodes[i].id = add_text(fnv_start, special_names[i] ? special_names[i] : "");
        h->of_nodes[i].places = i;
    }
    for (uint32_t i = 1; i < process->module_count; i++) {
        const struct module *module = &process->modules[i];

        h->of_modules[i] =
            add_bytes(add_text(fnv_start, module->path), (const char *)module->build_id,
                      module->build_id_bytes);
    }
    return 0;
}

static void hashing_fini(struct hashing *h)
{
    free(h->of_nodes);
    free(h->of_modules);
    free(h->way);
}

static struct stack_hash stack_hash(const struct hashing *h, uint32_t leaf)
{
    const struct process *process = h->process;
    uint32_t steps = 0;
    uint32_t at = leaf;

    for (; !h->of_nodes[at].id; at = process->nodes[at].parent)
        h->way[steps++] = at;
    struct stack_hash hash = h->of_nodes[at];
    while (steps) {
        at = h->way[--steps];
        hash.id = add_node(process, &process->nodes[at], hash.id);
        hash.places = add_place(process, h->of_modules, &process->nodes[at], hash.places);
        hash.id += !hash.id;
        h->of_nodes[at] = hash;
    }
    return h->of_nodes[leaf];
}

static void set_ids(const struct hashing *h, struct site *sites, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct stack_hash hash = stack_hash(h, sites[i].leaf);

        sites[i].id = hash.id;
        sites[i].places = hash.places;
    }
}

int site_ids_set(struct process *process)
{
    struct hashing h = {0};
    int err = hashing_init(&h, process);

    if (!err) {
        set_ids(&h, process->sites, process->site_count);
        set_ids(&h, process->mapped_sites, process->mapped_site_count);
    }
    hashing_fini(&h);
    return err;
}
