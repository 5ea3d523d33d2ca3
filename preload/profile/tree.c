/* SPDX-License-Identifier: MIT */
#include "profile/tree.h"

#include "profile/match.h"
#include "profile/tree_functions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NODE_ROOM = 1024 };

static int grow(struct tree *tree)
{
    uint32_t room = tree->room ? 2 * tree->room : NODE_ROOM;
    struct tree_node *nodes = realloc(tree->nodes, room * sizeof *nodes);

    if (!nodes)
        return -ENOMEM;
    tree->nodes = nodes;
    tree->room = room;
    return 0;
}

/* The child of that function, made when there is none; UINT32_MAX without memory. */
static uint32_t child_of(struct tree *tree, uint32_t parent, uint32_t function)
{
    bool is_new;

    if (tree->count == tree->room && grow(tree))
        return UINT32_MAX;
    struct tree_edges_entry *edge =
        tree_edges_find_or_insert(&tree->edges, (uint64_t)parent << 32 | function, &is_new);
    if (!edge)
        return UINT32_MAX;
    if (is_new) {
        tree->nodes[tree->count] =
            (struct tree_node){.function = function, .parent = parent};
        edge->value = tree->count++;
    }
    return edge->value;
}

/* A folded function, and one that calls itself, are in their caller's node. */
static uint32_t step(struct tree *tree, uint32_t from, uint32_t function, bool with_folded)
{
    if (tree->functions[function].is_folded && !with_folded)
        return from;
    if (from && tree->nodes[from].function == function)
        return from;
    return child_of(tree, from, function);
}

/* Where a site belongs whose frames are all folded: under its own function. */
static uint32_t not_root(struct tree *tree, uint32_t at, uint32_t function)
{
    return at ? at : child_of(tree, 0, function);
}

static int add_site(struct tree *tree, uint32_t at, const struct site *site)
{
    if (at == UINT32_MAX)
        return -ENOMEM;
    counts_add(&tree->nodes[at].counts, &site->counts);
    return 0;
}

static int add_callers_first(struct tree *tree, const struct process *process,
                             const uint32_t *functions, bool with_folded)
{
    uint32_t *places = calloc(process->node_count, sizeof *places);
    int err = places ? 0 : -ENOMEM;

    for (uint32_t i = 0; !err && i < process->stack_node_count; i++) {
        uint32_t at = process->stack_nodes[i];
        uint32_t parent = process->nodes[at].parent;

        places[at] = step(tree, parent < NODE_FIRST ? 0 : places[parent], functions[at],
                          with_folded);
        err = places[at] == UINT32_MAX ? -ENOMEM : 0;
    }
    for (uint32_t i = 0; !err && i < process->site_count; i++) {
        const struct site *site = &process->sites[i];

        err =
            add_site(tree, not_root(tree, places[site->leaf], functions[site->leaf]), site);
    }
    free(places);
    return err;
}

static int add_allocators_first(struct tree *tree, const struct process *process,
                                const uint32_t *functions, bool with_folded)
{
    int err = 0;

    for (uint32_t i = 0; !err && i < process->site_count; i++) {
        const struct site *site = &process->sites[i];
        uint32_t to = 0;

        for (uint32_t at = site->leaf; at >= NODE_FIRST && to != UINT32_MAX;
             at = process->nodes[at].parent)
            to = step(tree, to, functions[at], with_folded);
        err = add_site(
            tree, to == UINT32_MAX ? to : not_root(tree, to, functions[site->leaf]), site);
    }
    return err;
}

static int add_process(struct tree *tree, struct profile *profile,
                       const struct process *process, const struct tree_options *options)
{
    uint32_t *functions = tree_functions(tree, profile, process);
    int err = functions ? 0 : -ENOMEM;

    if (!err && options->way == TREE_CALLERS_FIRST)
        err = add_callers_first(tree, process, functions, options->with_folded);
    else if (!err)
        err = add_allocators_first(tree, process, functions, options->with_folded);
    free(functions);
    return err;
}

/* Each node stands behind its parent, so that backwards all children come first. */
static void add_up(struct tree *tree)
{
    for (uint32_t i = tree->count - 1; i > 0; i--) {
        struct tree_node *parent = &tree->nodes[tree->nodes[i].parent];

        counts_add(&parent->counts, &tree->nodes[i].counts);
        parent->child_count++;
    }
}

struct ordering {
    const struct tree *tree;
    enum site_order order;
};

static int by_value(const void *a, const void *b, void *context)
{
    const struct ordering *o = context;
    const struct tree_node *one = &o->tree->nodes[*(const uint32_t *)a];
    const struct tree_node *other = &o->tree->nodes[*(const uint32_t *)b];
    uint64_t left = counts_value(&one->counts, o->order);
    uint64_t right = counts_value(&other->counts, o->order);
    const struct tree_function *functions = o->tree->functions;

    if (left != right)
        return left > right ? -1 : 1;
    int names = strcmp(functions[one->function].name, functions[other->function].name);
    return names
               ? names
               : strcmp(functions[one->function].module, functions[other->function].module);
}

static int sort(struct tree *tree, enum site_order order)
{
    struct ordering ordering = {tree, order};
    uint32_t used = 0;

    tree->order = malloc((size_t)tree->count * sizeof *tree->order);
    if (!tree->order)
        return -ENOMEM;
    for (uint32_t i = 0; i < tree->count; i++) {
        tree->nodes[i].first_child = used;
        used += tree->nodes[i].child_count;
        tree->nodes[i].child_count = 0;
    }
    for (uint32_t i = 1; i < tree->count; i++) {
        struct tree_node *parent = &tree->nodes[tree->nodes[i].parent];

        tree->order[parent->first_child + parent->child_count++] = i;
    }
    for (uint32_t i = 0; i < tree->count; i++)
        qsort_r(tree->order + tree->nodes[i].first_child, tree->nodes[i].child_count,
                sizeof *tree->order, by_value, &ordering);
    return 0;
}

int tree_init(struct tree *tree, struct profile *profile, uint32_t first, uint32_t count,
              const struct tree_options *options)
{
    struct tare_mem *mem = tare_mem_libc();

    *tree = (struct tree){.edges.map.mem = mem, .names.map.mem = mem};
    int err = grow(tree);

    if (!err)
        tree->nodes[tree->count++] = (struct tree_node){0};
    for (uint32_t i = first; !err && i < first + count; i++)
        err = add_process(tree, profile, &profile->processes[i], options);
    if (!err) {
        add_up(tree);
        err = sort(tree, options->order);
    }
    if (err)
        tree_fini(tree);
    return err;
}

void tree_fini(struct tree *tree)
{
    for (uint32_t i = 0; i < tree->made_count; i++)
        free(tree->made[i]);
    free(tree->made);
    free(tree->nodes);
    free(tree->order);
    free(tree->functions);
    tree_edges_fini(&tree->edges);
    tree_names_fini(&tree->names);
    *tree = (struct tree){0};
}
