/* SPDX-License-Identifier: MIT */
#include "profile/site_id.h"

#include "profile/demangle.h"

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

static uint64_t add_node(const struct process *process, const struct node *node,
                         uint64_t hash)
{
    const struct module *module = &process->modules[node->module];

    if (!node->module)
        return add_text(hash, "[generated code]");
    hash = add_text(hash, image_name(module->image));
    const char *name = image_symbol(module->image, symbols_lookup_address(node, module));
    return name ? add_name(hash, name)
                : add_offset(hash, symbols_shown_address(node, module));
}

/* The ids of the stacks of one process, as far as they were asked for. */
struct naming {
    struct symbols *symbols;       /* NULL: not of readable names */
    const struct process *process; /* NULL: none yet */
    uint64_t *of_nodes; /* hash of the stack that begins at the node; 0: not known */
    uint32_t *way;      /* room for all nodes */
};

static void naming_fini(struct naming *n)
{
    free(n->of_nodes);
    free(n->way);
    *n = (struct naming){.symbols = n->symbols};
}

static int naming_begin(struct naming *n, const struct process *process)
{
    naming_fini(n);
    n->process = process;
    n->of_nodes = calloc(process->node_count, sizeof *n->of_nodes);
    n->way = calloc(process->node_count, sizeof *n->way);
    if (!n->of_nodes || !n->way)
        return -ENOMEM;
    for (uint32_t i = 0; i < NODE_FIRST; i++)
        n->of_nodes[i] = add_text(fnv_start, special_names[i] ? special_names[i] : "");
    return 0;
}

static const char *readable(const struct naming *n, uint32_t at)
{
    const char *name = symbols_name(n->symbols, n->process, &n->process->nodes[at]);

    return name ? name : "[unknown]";
}

/* Other profilers leave out what is before these, or call it otherwise. */
static bool is_start(const struct naming *n, uint32_t at)
{
    if (!n->symbols)
        return false;
    const char *name = readable(n, at);

    return !strcmp(name, "main") || !strcmp(name, "start_thread");
}

static uint64_t id_of(const struct naming *n, uint32_t leaf)
{
    const struct node *nodes = n->process->nodes;
    uint32_t steps = 0;
    uint32_t at = leaf;

    while (!n->of_nodes[at]) {
        n->way[steps++] = at;
        at = is_start(n, at) ? LEDGER_OUTERMOST : nodes[at].parent;
    }
    uint64_t hash = n->of_nodes[at];
    while (steps) {
        at = n->way[--steps];
        hash = n->symbols ? add_name(hash, readable(n, at))
                          : add_node(n->process, &nodes[at], hash);
        hash += !hash;
        n->of_nodes[at] = hash;
    }
    return hash;
}

int site_ids_set_readable(struct symbols *symbols, const struct process *processes,
                          struct site *sites, uint32_t count)
{
    struct naming n = {.symbols = symbols};
    int err = 0;

    for (uint32_t i = 0; !err && i < count; i++) {
        const struct process *process = &processes[sites[i].process];

        if (n.process != process)
            err = naming_begin(&n, process);
        if (!err)
            sites[i].id = id_of(&n, sites[i].leaf);
    }
    naming_fini(&n);
    return err;
}

int site_ids_set(const struct process *processes, struct site *sites, uint32_t count)
{
    return site_ids_set_readable(NULL, processes, sites, count);
}

int site_inlined_hash(struct symbols *symbols, const struct process *process, uint32_t leaf,
                      uint64_t *hash, bool *has_lines)
{
    uint32_t depth = 0;

    *hash = fnv_start;
    for (uint32_t at = leaf; at >= NODE_FIRST; at = process->nodes[at].parent, depth++) {
        const struct node *node = &process->nodes[at];
        const struct frames *frames = symbols_frames(symbols, process, node);

        if (!frames && node->module)
            return -ENOMEM;
        for (uint32_t i = 0; frames && i < frames->count; i++) {
            const struct frame *frame = &frames->list[i];

            *has_lines |= frame->file != NULL;
            if (frame->inlined)
                *hash = add_name(add_offset(*hash, depth),
                                 frame->function ? frame->function : "");
        }
    }
    return 0;
}

/* Each bit of the word changes about half of the hash's. */
static uint64_t add_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
    return hash ^ hash >> 32;
}

struct placing {
    struct process *process;
    uint64_t *of_nodes; /* hash of the stack that begins at the node, if is_on_stack */
    uint64_t *of_modules;
    uint32_t *way; /* room for all nodes */
};

static int placing_init(struct placing *p, struct process *process)
{
    p->process = process;
    p->of_nodes = calloc(process->node_count, sizeof *p->of_nodes);
    p->of_modules = calloc(process->module_count, sizeof *p->of_modules);
    p->way = calloc(process->node_count, sizeof *p->way);
    process->stack_nodes = calloc(process->node_count, sizeof *process->stack_nodes);
    if (!p->of_nodes || !p->of_modules || !p->way || !process->stack_nodes)
        return -ENOMEM;
    for (uint32_t i = 0; i < NODE_FIRST; i++)
        p->of_nodes[i] = i;
    for (uint32_t i = 1; i < process->module_count; i++) {
        const struct module *module = &process->modules[i];

        p->of_modules[i] =
            add_bytes(add_text(fnv_start, module->path), (const char *)module->build_id,
                      module->build_id_bytes);
    }
    return 0;
}

static void placing_fini(struct placing *p)
{
    free(p->of_nodes);
    free(p->of_modules);
    free(p->way);
}

static uint64_t add_place(const struct placing *p, const struct node *node, uint64_t hash)
{
    const struct module *module = &p->process->modules[node->module];

    hash = add_word(hash, p->of_modules[node->module]);
    if (!node->module)
        return hash;
    return add_word(hash, 2 * symbols_shown_address(node, module) + node->exact);
}

static uint64_t places_of(const struct placing *p, uint32_t leaf)
{
    struct process *process = p->process;
    uint32_t steps = 0;
    uint32_t at = leaf;

    for (; at >= NODE_FIRST && !process->nodes[at].is_on_stack;
         at = process->nodes[at].parent)
        p->way[steps++] = at;
    uint64_t hash = p->of_nodes[at];
    while (steps) {
        at = p->way[--steps];
        hash = add_place(p, &process->nodes[at], hash);
        p->of_nodes[at] = hash;
        process->nodes[at].is_on_stack = true;
        process->stack_nodes[process->stack_node_count++] = at;
    }
    return hash;
}

static void set_places(const struct placing *p, struct site *sites, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        sites[i].places = places_of(p, sites[i].leaf);
}

int site_places_set(struct process *process)
{
    struct placing p = {0};
    int err = placing_init(&p, process);

    if (!err) {
        set_places(&p, process->sites, process->site_count);
        set_places(&p, process->mapped_sites, process->mapped_site_count);
        set_places(&p, process->object_sites, process->object_site_count);
    }
    placing_fini(&p);
    return err;
}
