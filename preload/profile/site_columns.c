/* SPDX-License-Identifier: MIT */
#include "profile/site_columns.h"

#include <errno.h>
#include <stdlib.h>

/* The least id that a table has at its cursor; false: all are at their ends. */
static bool least_id(const struct site_columns *columns, const uint32_t *at, uint64_t *id)
{
    bool is_found = false;

    for (uint32_t i = 0; i < columns->table_count; i++) {
        const struct site_table *table = &columns->tables[i];

        if (at[i] == table->count || (is_found && table->entries[at[i]].id >= *id))
            continue;
        *id = table->entries[at[i]].id;
        is_found = true;
    }
    return is_found;
}

static void add_row(struct site_columns *columns, uint32_t *at, uint64_t id,
                    enum site_order order)
{
    struct site_row *row = &columns->rows[columns->row_count];
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;

    row->entries = columns->entries + (size_t)columns->row_count++ * columns->table_count;
    for (uint32_t i = 0; i < columns->table_count; i++) {
        const struct site_table *table = &columns->tables[i];
        bool has_id = at[i] < table->count && table->entries[at[i]].id == id;

        row->entries[i] = has_id ? &table->entries[at[i]++] : NULL;
        uint64_t value = table_entry_value(row->entries[i], order);
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    row->spread = most - least;
}

uint32_t site_row_last(const struct site_columns *columns, const struct site_row *row)
{
    uint32_t last = columns->table_count - 1;

    while (!row->entries[last])
        last--;
    return last;
}

static int by_spread(const void *a, const void *b, void *context)
{
    const struct site_row *one = a;
    const struct site_row *other = b;

    if (one->spread != other->spread)
        return one->spread > other->spread ? -1 : 1;
    uint64_t left = one->entries[site_row_last(context, one)]->id;
    uint64_t right = other->entries[site_row_last(context, other)]->id;
    return (left > right) - (left < right);
}

int site_columns_init(struct site_columns *columns, const struct site_table *tables,
                      uint32_t table_count, enum site_order order)
{
    size_t most = 1;
    uint64_t id = 0;

    *columns = (struct site_columns){.tables = tables, .table_count = table_count};
    for (uint32_t i = 0; i < table_count; i++)
        most += tables[i].count;
    uint32_t *at = calloc(table_count, sizeof *at);
    columns->rows = malloc(most * sizeof *columns->rows);
    columns->entries = calloc(most * table_count, sizeof *columns->entries);
    if (!at || !columns->rows || !columns->entries) {
        free(at);
        site_columns_fini(columns);
        return -ENOMEM;
    }
    while (least_id(columns, at, &id))
        add_row(columns, at, id, order);
    free(at);
    qsort_r(columns->rows, columns->row_count, sizeof *columns->rows, by_spread, columns);
    return 0;
}

void site_columns_fini(struct site_columns *columns)
{
    free(columns->rows);
    free(columns->entries);
    *columns = (struct site_columns){0};
}
