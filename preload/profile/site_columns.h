/* SPDX-License-Identifier: MIT
 *
 * profile/site_columns.h - the sites of several tables beside one another, by id.
 *
 * Shape    row -> one entry of each table, NULL where it has none
 * Units    As profile/process.h.
 * Owner    Caller owns the struct; it points into its tables.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     O(sites * tables), and ordering them.
 * Source   none
 */
#ifndef TARE_PROFILE_SITE_COLUMNS_H
#define TARE_PROFILE_SITE_COLUMNS_H

#include "profile/site_table.h"

struct site_row {
    const struct table_entry **entries; /* one a table; one is not NULL */
    uint64_t spread;                    /* the most minus the least, by the order's value */
};

struct site_columns {
    const struct site_table *tables;
    uint32_t table_count;
    struct site_row *rows; /* most spread first; those that are equal by id */
    uint32_t row_count;
    const struct table_entry **entries; /* of all rows */
};

int site_columns_init(struct site_columns *columns, const struct site_table *tables,
                      uint32_t table_count, enum site_order order);
void site_columns_fini(struct site_columns *columns);

/* The last of its entries: the number of its table. */
uint32_t site_row_last(const struct site_columns *columns, const struct site_row *row);

#endif
