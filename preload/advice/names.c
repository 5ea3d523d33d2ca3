/* SPDX-License-Identifier: MIT */
#include "advice/names.h"

#include "profile/tree.h"

#include <string.h>

/* A table's name may stand one call above its function that allocates; libtare's, some more. */
enum { NODES_MOST = 12, OWN_MOST = 4, TABLE_MOST = 2 };

static bool has_one_of(const char *function, const char *const *words)
{
    for (; *words; words++)
        if (strcasestr(function, *words))
            return true;
    return false;
}

enum waste_name names_of_function(const char *function, bool is_own)
{
    static const char *const growing[] = {
        "_M_realloc_",     "_M_default_append", "_M_fill_insert",
        "_M_range_insert", "::_M_mutate",       "::_M_append",
        "::_M_replace",    "_M_reallocate_map", NULL};
    static const char *const hash_nodes[] = {"_M_allocate_node", "_Hash_node",
                                             "_Hashtable<", NULL};
    static const char *const tables[] = {"insert", "put",  "add",   "store",
                                         "dict",   "hash", "table", NULL};

    if (!strncmp(function, "tare_", 5))
        return NAME_LIBTARE;
    if (is_own)
        return has_one_of(function, tables) ? NAME_TABLE : NAME_PLAIN;
    if (has_one_of(function, growing))
        return NAME_GROWS_BY_COPY;
    if (strstr(function, "_Rb_tree"))
        return NAME_TREE_NODE;
    if (strstr(function, "_M_allocate_buckets"))
        return NAME_PLAIN;
    return has_one_of(function, hash_nodes) ? NAME_HASH_NODE : NAME_PLAIN;
}

/* What somebody who fills a value says (a string in a map's node) hides what is around it. */
static bool is_value(const char *function)
{
    return strstr(function, "basic_string<") && !strstr(function, "_Rb_tree") &&
           !strstr(function, "_Hash");
}

enum waste_name names_of_stack(struct profile *profile, const struct process *process,
                               uint32_t leaf)
{
    uint32_t at = leaf;
    unsigned own = 0;

    for (unsigned i = 0; i < NODES_MOST && at >= NODE_FIRST;
         at = process->nodes[at].parent, i++) {
        const struct node *node = &process->nodes[at];
        const struct module *module = &process->modules[node->module];
        const struct frames *frames =
            node->module ? symbols_frames(&profile->symbols, process, node) : NULL;

        for (uint32_t k = 0; frames && k < frames->count; k++) {
            const char *function = frames->list[k].function;

            if (!function)
                continue;
            bool is_own = !tree_is_folded(function, image_name(module->image));
            enum waste_name name = names_of_function(function, is_own);
            own += is_own;
            if (name != NAME_PLAIN && (name != NAME_TABLE || own <= TABLE_MOST))
                return name;
            if (own == OWN_MOST || (!is_own && is_value(function)))
                return NAME_PLAIN;
        }
    }
    return NAME_PLAIN;
}
