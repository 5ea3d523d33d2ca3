/* SPDX-License-Identifier: MIT
 *
 * profile/process_nodes.h - the modules and call tree of a ledger, renumbered densely.
 *
 * Shape    ledger id -> extent's base + place in the extent = index
 * Units    Indices.
 * Owner    The process owns the arrays; the caller owns the map and ends it with fini.
 * Threads  Single owner.
 * Errors   -ENOMEM. Objects that make no sense are counted in process->damaged.
 * Cost     O(nodes).
 * Source   none
 */
#ifndef TARE_PROFILE_PROCESS_NODES_H
#define TARE_PROFILE_PROCESS_NODES_H

#include "profile/process.h"

struct node_map {
    uint32_t *extent_base; /* by extent: index of its first node; 0: holds none */
    uint32_t extents;
};

int process_read_nodes(struct process *process, const struct ledger_file *file,
                       struct node_map *map);
void node_map_fini(struct node_map *map);

/* The index of a module id; 0: there is no such module. */
uint32_t process_module(const struct process *process, uint32_t id);

/* The index of a node id, special ones included; NODE_NONE when it names no node. */
#define NODE_NONE UINT32_MAX
uint32_t node_map_find(const struct node_map *map, const struct process *process,
                       uint32_t id);

#endif
