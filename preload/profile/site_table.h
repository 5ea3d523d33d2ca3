/* SPDX-License-Identifier: MIT
 *
 * profile/site_table.h - the sites of whole profiles by id, so that builds and runs can be compared.
 *
 * Shape    table -> entries, one an id, rising; each names one of its stacks
 *          difference -> entries of one table beside those of the other
 * Units    As profile/process.h.
 * Owner    Caller owns the structs; a difference points into its tables.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     One look-up of a name for each node of the stacks.
 * Source   none
 */
#ifndef TARE_PROFILE_SITE_TABLE_H
#define TARE_PROFILE_SITE_TABLE_H

#include "profile/profile.h"
#include "profile/view.h"

struct table_entry {
    uint64_t id;
    uint32_t process, leaf; /* of the stack that has most bytes */
    uint64_t most_bytes;    /* of that stack */
    uint64_t places;        /* likewise */
    uint32_t stacks;        /* that have the id, in all processes */
    uint32_t first_stack;   /* of the table's; only where there are several */
    struct counts counts;
};

struct site_table {
    struct profile *profile;
    struct table_entry *entries;
    uint32_t count;
    struct table_entry *stacks; /* each one of the ids that have several */
    struct counts counts;
    uint64_t peak_bytes; /* the sum of the processes' */
};

/* Of the heap. `is_selection`: the profile was cut down, so that its peak is what the sites that
 * are left had at the peak. */
int site_table_init(struct site_table *table, struct profile *profile, bool is_selection);
void site_table_fini(struct site_table *table);

const struct table_entry *site_table_find(const struct site_table *table, uint64_t id);

/* The whole table's; the peak is that of the processes. */
uint64_t site_table_value(const struct site_table *table, enum site_order order);

struct difference_entry {
    const struct table_entry *before, *after; /* NULL: not there; one is */
};

struct difference {
    const struct site_table *before, *after;
    struct difference_entry *entries; /* most change first */
    uint32_t count;
    uint32_t grew, shrank, appeared, went; /* by the order's value; the rest is as before */
};

int difference_init(struct difference *difference, const struct site_table *before,
                    const struct site_table *after, enum site_order order);
void difference_fini(struct difference *difference);

/* 0 for what is not there. */
uint64_t table_entry_value(const struct table_entry *entry, enum site_order order);

#endif
