/* SPDX-License-Identifier: MIT
 *
 * profile/tree.h - the sites of some processes as one tree of functions.
 *
 * Shape    Callers first:    main -> what it calls -> ... -> what allocates
 *          Allocators first: what allocates -> who calls it -> ... -> main
 *          A function is a name in a module; inlined ones belong to the function they are in.
 * Units    As profile/process.h. A node counts all that is below it.
 * Owner    Caller owns the struct; names belong to the profile, but for those of code without any.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     One look-up of a name for each node of the stacks; callers first O(nodes), allocators
 *          first O(frames of all sites).
 * Source   none
 */
#ifndef TARE_PROFILE_TREE_H
#define TARE_PROFILE_TREE_H

#include "profile/profile.h"
#include "profile/view.h"

#include <tare/map_hash.h>

enum tree_way { TREE_CALLERS_FIRST, TREE_ALLOCATORS_FIRST };

struct tree_name {
    const char *name, *module;
};

static inline uint64_t tree_name_hash(const struct tree_name *key, uint64_t seed)
{
    return tare_hash_text(key->name, strlen(key->name),
                          tare_hash_text(key->module, strlen(key->module), seed));
}

struct tree_function {
    const char *name, *module;
    bool is_folded; /* of the language's runtime, or of what calls main */
};

/* Nodes by parent and function. */
#define TARE_MAP_NAME tree_edges
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

/* Functions by what tells them apart. */
#define TARE_MAP_NAME tree_names
#define TARE_MAP_KEY struct tree_name
#define TARE_MAP_HASH(key, seed) tree_name_hash(key, seed)
#define TARE_MAP_EQUAL(a, b) \
    (!strcmp((a)->name, (b)->name) && !strcmp((a)->module, (b)->module))
#define TARE_MAP_VALUE uint32_t
#include <tare/map.h>

struct tree_node {
    uint32_t function;                 /* index; of the root: none */
    uint32_t parent;                   /* the root's is itself, 0 */
    uint32_t first_child, child_count; /* in `order`, once the tree is made */
    struct counts counts;
};

struct tree {
    struct tree_node *nodes; /* [0] is the root; each behind its parent */
    uint32_t *order;         /* the children of each node together, most first */
    uint32_t count, room;
    struct tree_function *functions;
    uint32_t function_count, function_room;
    struct tree_edges edges;
    struct tree_names names;
    char **made; /* names that no file has */
    uint32_t made_count;
};

struct tree_options {
    enum tree_way way;
    enum site_order order;
    bool with_folded;
};

/* Of the processes [first, first + count). */
int tree_init(struct tree *tree, struct profile *profile, uint32_t first, uint32_t count,
              const struct tree_options *options);
void tree_fini(struct tree *tree);

/* Is a function of that name in that module one that tells nothing about a program? */
bool tree_is_folded(const char *name, const char *module);

#endif
