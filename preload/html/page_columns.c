/* SPDX-License-Identifier: MIT */
#include "html/page_columns.h"

#include "format/varint.h"

#include <stdlib.h>
#include <string.h>

struct page_column *page_column(struct page_columns *columns, const char *name)
{
    uint32_t i = 0;

    while (i < columns->count && columns->list[i].name != name)
        i++;
    if (i == columns->count)
        for (i = 0; i < columns->count && strcmp(columns->list[i].name, name) != 0;)
            i++;
    if (i == columns->count && i + 1 < PAGE_COLUMNS_MAX)
        columns->count++;
    columns->list[i].name = name;
    return &columns->list[i];
}

struct page_column *page_column_later(struct page_columns *columns, const char *name)
{
    struct page_column *column = page_column(columns, name);

    column->part = PAGE_LATER;
    return column;
}

static bool reserve(struct page_column *column, size_t more)
{
    if (column->used + more <= column->room)
        return true;
    size_t room = 2 * (column->used + more);
    uint8_t *bytes = realloc(column->bytes, room);
    if (!bytes) {
        column->has_failed = true;
        return false;
    }
    column->bytes = bytes;
    column->room = room;
    return true;
}

void page_put(struct page_column *column, uint64_t value)
{
    if (reserve(column, VARINT_BYTES))
        column->used =
            (size_t)(varint_put(column->bytes + column->used, value) - column->bytes);
}

void page_put_signed(struct page_column *column, int64_t value)
{
    page_put(column, zigzag(value));
}

void page_put_bytes(struct page_column *column, const void *bytes, size_t count)
{
    if (!count || !reserve(column, count))
        return;
    memcpy(column->bytes + column->used, bytes, count);
    column->used += count;
}

bool page_columns_failed(const struct page_columns *columns)
{
    bool has_failed = false;

    for (uint32_t i = 0; i < columns->count; i++)
        has_failed |= columns->list[i].has_failed;
    return has_failed;
}

void page_columns_fini(struct page_columns *columns)
{
    for (uint32_t i = 0; i < columns->count; i++)
        free(columns->list[i].bytes);
    columns->count = 0;
}
