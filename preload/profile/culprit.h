/* SPDX-License-Identifier: MIT
 *
 * profile/culprit.h - of several stacks with one id, the one that changed most.
 *
 * Shape    stacks of all tables -> groups of the same places in code; in another build, of the same
 *          inlined functions -> the group whose values differ most
 * Units    As profile/process.h.
 * Owner    The struct points into its tables.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     None where the id has one stack in each table; else ordering the id's stacks, and in
 *          another build their lines.
 * Source   none
 */
#ifndef TARE_PROFILE_CULPRIT_H
#define TARE_PROFILE_CULPRIT_H

#include "profile/site_table.h"

struct culprit {
    const struct table_entry *at; /* the stack to show, of the last table that has it */
    struct profile *profile;
    uint32_t lines, of_lines; /* places in code that it stands for, and that have the id */
    bool is_known;            /* else it is the stack with most bytes */
    uint64_t first, last;     /* its values in the first and in the last table */
};

/* `entries`: those of one id, one a table; NULL where it has none. */
int culprit_find(struct culprit *culprit, const struct site_table *tables,
                 const struct table_entry *const *entries, uint32_t count,
                 enum site_order order);

#endif
