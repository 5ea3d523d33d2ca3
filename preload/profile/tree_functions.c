/* SPDX-License-Identifier: MIT */
#include "profile/tree_functions.h"

#include "profile/match.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTION_ROOM = 256 };

static uint64_t add_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return (hash ^ 0xff) * 0x100000001b3u;
}

/* Rust's own crates have names that other programs may use, but not with these modules. */
static const char *const runtime_names[] = {
    "std::",          "__gnu_cxx::",     "core::ops::",    "core::ptr::",
    "core::iter::",   "core::option::",  "core::result::", "core::fmt::",
    "alloc::vec::",   "alloc::string::", "alloc::alloc::", "alloc::raw_vec::",
    "alloc::boxed::", "alloc::rc::",     "alloc::sync::",  "alloc::collections::",
    "alloc::slice::", "alloc::str::",    "alloc::fmt::",   "alloc::borrow::",
};

/* The qualified name may stand behind the type that is returned, and Rust's in a bracket. */
static bool is_runtime_name(const char *name)
{
    const char *from = name + (*name == '<');
    const char *end = from + strcspn(from, "<(");

    for (const char *at = from; at < end; at++)
        for (size_t i = 0; i < sizeof runtime_names / sizeof *runtime_names; i++)
            if ((at == from || at[-1] == ' ') &&
                !strncmp(at, runtime_names[i], strlen(runtime_names[i])))
                return true;
    return false;
}

bool tree_is_folded(const char *name, const char *module)
{
    static const char *const starts[] = {"_start", "__libc_start_main",
                                         "__libc_start_call_main"};

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (!strcmp(name, starts[i]))
            return true;
    return is_runtime_name(name) || match_is_runtime(module);
}

static void put_name(struct tree *tree, uint32_t index)
{
    uint64_t at = tree->functions[index].hash;

    while (tree->names[at & (tree->name_slots - 1)])
        at++;
    tree->names[at & (tree->name_slots - 1)] = index + 1;
}

static int grow(struct tree *tree)
{
    uint32_t room = tree->function_room ? 2 * tree->function_room : FUNCTION_ROOM;
    struct tree_function *functions = realloc(tree->functions, room * sizeof *functions);

    if (!functions)
        return -ENOMEM;
    tree->functions = functions;
    uint32_t *names = calloc(2 * (size_t)room, sizeof *names);
    if (!names)
        return -ENOMEM;
    free(tree->names);
    tree->names = names;
    tree->name_slots = 2 * room;
    tree->function_room = room;
    for (uint32_t i = 0; i < tree->function_count; i++)
        put_name(tree, i);
    return 0;
}

/* The tree's own copy of a name; NULL without memory. */
static const char *keep_name(struct tree *tree, const char *name)
{
    char **made = realloc(tree->made, ((size_t)tree->made_count + 1) * sizeof *made);

    if (!made)
        return NULL;
    tree->made = made;
    made[tree->made_count] = strdup(name);
    return made[tree->made_count] ? made[tree->made_count++] : NULL;
}

/* The function's index, made when there is none; UINT32_MAX without memory. */
static uint32_t find(struct tree *tree, const char *name, const char *module, bool is_made)
{
    uint64_t hash = add_text(add_text(0xcbf29ce484222325u, module), name);

    if (tree->function_count == tree->function_room && grow(tree))
        return UINT32_MAX;
    for (uint64_t at = hash;; at++) {
        uint32_t found = tree->names[at & (tree->name_slots - 1)];

        if (!found)
            break;
        const struct tree_function *function = &tree->functions[found - 1];
        if (function->hash == hash && !strcmp(function->name, name) &&
            !strcmp(function->module, module))
            return found - 1;
    }
    if (is_made && !(name = keep_name(tree, name)))
        return UINT32_MAX;
    tree->functions[tree->function_count] =
        (struct tree_function){name, module, hash, tree_is_folded(name, module)};
    put_name(tree, tree->function_count);
    return tree->function_count++;
}

static uint32_t function_of(struct tree *tree, struct profile *profile,
                            const struct process *process, const struct node *node)
{
    const struct module *module = &process->modules[node->module];
    char unknown[512];

    if (!node->module)
        return find(tree, "[generated code]", "", false);
    const char *name = symbols_name(&profile->symbols, process, node);
    if (name)
        return find(tree, name, image_name(module->image), false);
    snprintf(unknown, sizeof unknown, "%s+0x%" PRIx64, image_name(module->image),
             symbols_shown_address(node, module));
    return find(tree, unknown, image_name(module->image), true);
}

uint32_t *tree_functions(struct tree *tree, struct profile *profile,
                         const struct process *process)
{
    uint32_t *functions = calloc(process->node_count, sizeof *functions);
    uint32_t none = find(tree, "[no stack]", "", false);

    if (!functions || none == UINT32_MAX) {
        free(functions);
        return NULL;
    }
    for (uint32_t i = 0; i < NODE_FIRST; i++)
        functions[i] = none;
    for (uint32_t i = 0; i < process->stack_node_count; i++) {
        uint32_t at = process->stack_nodes[i];

        functions[at] = function_of(tree, profile, process, &process->nodes[at]);
        if (functions[at] == UINT32_MAX) {
            free(functions);
            return NULL;
        }
    }
    return functions;
}
