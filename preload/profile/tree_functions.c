/* SPDX-License-Identifier: MIT */
#include "profile/tree_functions.h"

#include "profile/match.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTION_ROOM = 256 };

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

static int grow(struct tree *tree)
{
    uint32_t room = tree->function_room ? 2 * tree->function_room : FUNCTION_ROOM;
    struct tree_function *functions = realloc(tree->functions, room * sizeof *functions);

    if (!functions)
        return -ENOMEM;
    tree->functions = functions;
    tree->function_room = room;
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
    const struct tree_names_entry *found =
        tree_names_find(&tree->names, (struct tree_name){name, module});

    if (found)
        return found->value;
    if (tree->function_count == tree->function_room && grow(tree))
        return UINT32_MAX;
    if (is_made && !(name = keep_name(tree, name)))
        return UINT32_MAX;
    if (tree_names_insert(&tree->names, (struct tree_name){name, module},
                          tree->function_count))
        return UINT32_MAX;
    tree->functions[tree->function_count] =
        (struct tree_function){name, module, tree_is_folded(name, module)};
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
