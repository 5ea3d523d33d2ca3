/* SPDX-License-Identifier: MIT
 *
 * html/page_columns.h - named columns of numbers of few bytes each, as the page reads them.
 *
 * Shape    column -> varints (format/varint.h); the page's header names where each one lies
 * Units    Bytes.
 * Owner    Caller owns the struct; it owns the columns.
 * Threads  Single owner.
 * Errors   A column that found no memory marks all of them as failed.
 * Cost     O(bytes).
 * Source   none
 */
#ifndef TARE_HTML_PAGE_COLUMNS_H
#define TARE_HTML_PAGE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_COLUMNS_MAX = 64 };

/* The first picture does without what is read later. */
enum page_part_kind { PAGE_FIRST, PAGE_LATER, PAGE_PARTS };

struct page_column {
    const char *name;
    uint8_t *bytes;
    size_t used, room;
    bool has_failed;
    enum page_part_kind part;
};

struct page_columns {
    struct page_column list[PAGE_COLUMNS_MAX];
    uint32_t count;
};

/* The column of that name, made when there is none; names are compared by address first. */
struct page_column *page_column(struct page_columns *columns, const char *name);
struct page_column *page_column_later(struct page_columns *columns, const char *name);

void page_put(struct page_column *column, uint64_t value);
void page_put_signed(struct page_column *column, int64_t value);
void page_put_bytes(struct page_column *column, const void *bytes, size_t count);

bool page_columns_failed(const struct page_columns *columns);
void page_columns_fini(struct page_columns *columns);

#endif
