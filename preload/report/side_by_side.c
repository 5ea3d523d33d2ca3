/* SPDX-License-Identifier: MIT */
#include "report/side_by_side.h"

#include "profile/culprit.h"
#include "report/change.h"
#include "report/diff.h"
#include "report/json_stack.h"
#include "report/markdown.h"
#include "report/report_stack.h"
#include "report/stream.h"
#include "report/style.h"

#include <inttypes.h>

/* What one of the forms writes. */
struct page {
    FILE *out;
    struct styled to;
    const struct site_columns *columns;
    const struct report_options *options;
};

static const struct diff plain = {0}; /* totals are called as those of two profiles */

/* Those that differ, at most the top. */
static uint32_t shown(const struct page *page)
{
    uint32_t count = 0;

    while (count < page->columns->row_count && page->columns->rows[count].spread &&
           (!page->options->top || count < page->options->top))
        count++;
    return count;
}

/* The stack to show of a row. */
static int find_culprit(const struct page *page, const struct site_row *row,
                        struct culprit *culprit)
{
    return culprit_find(culprit, page->columns->tables, row->entries,
                        page->columns->table_count, page->options->order);
}

static void put_names(const struct page *page)
{
    for (uint32_t i = 0; i < page->columns->table_count; i++) {
        const struct profile *profile = page->columns->tables[i].profile;

        fprintf(page->out, "%3" PRIu32 "  ", i + 1);
        style_text(&page->to, STYLE_BOLD, profile->processes[0].file_path, 0);
        if (profile->process_count > 1)
            fprintf(page->out, " and %" PRIu32 " more", profile->process_count - 1);
        fputs("  ", page->out);
        style_text(&page->to, STYLE_DIM, profile->processes[0].command, 100);
        putc('\n', page->out);
    }
    fprintf(page->out, "\n%14s", "");
    for (uint32_t i = 0; i < page->columns->table_count; i++)
        fprintf(page->out, " %11" PRIu32, i + 1);
    putc('\n', page->out);
}

static void put_total(const struct page *page, enum site_order order)
{
    struct text_number number;

    fprintf(page->out, "  %-12s", diff_total_name(&plain, order));
    for (uint32_t i = 0; i < page->columns->table_count; i++)
        fprintf(page->out, " %11s",
                change_value(&number, order,
                             site_table_value(&page->columns->tables[i], order)));
    putc('\n', page->out);
}

static int put_row(const struct page *page, uint32_t index)
{
    const struct site_row *row = &page->columns->rows[index];
    struct culprit culprit;
    struct text_number number;
    int err = find_culprit(page, row, &culprit);

    if (err)
        return err;
    style_begin(&page->to, STYLE_BOLD);
    fprintf(page->out, "%3" PRIu32 ". %9s", index + 1, "");
    for (uint32_t i = 0; i < page->columns->table_count; i++)
        fprintf(page->out, " %11s",
                row->entries[i]
                    ? change_value(&number, page->options->order,
                                   table_entry_value(row->entries[i], page->options->order))
                    : "-");
    style_end(&page->to, STYLE_BOLD);
    putc('\n', page->out);
    if (culprit.of_lines > 1)
        fprintf(page->out, "        of %" PRIu32 " lines with one id; that %s:\n",
                culprit.of_lines,
                culprit.is_known ? "which differs most" : "with most bytes");
    err = report_stack(&page->to, culprit.profile,
                       &culprit.profile->processes[culprit.at->process], culprit.at->leaf,
                       page->options);
    style_begin(&page->to, STYLE_DIM);
    fprintf(page->out, "        site %016" PRIx64 "\n\n", culprit.at->id);
    style_end(&page->to, STYLE_DIM);
    return err;
}

int side_by_side_text(FILE *out, const struct site_columns *columns,
                      const struct report_options *options)
{
    const struct page page = {
        out, {.out = out, .with_colour = options->with_colour}, columns, options};
    uint32_t count = shown(&page);
    int err = 0;

    put_names(&page);
    for (enum site_order order = 0; order < ORDER_COUNT; order++)
        put_total(&page, order);
    style_begin(&page.to, STYLE_BOLD);
    fprintf(out, "\nTop %" PRIu32 " differences of %s, of %" PRIu32 " site%s\n\n", count,
            report_order_title(options->order), columns->row_count,
            units_plural(columns->row_count));
    style_end(&page.to, STYLE_BOLD);
    for (uint32_t i = 0; !err && i < count; i++)
        err = put_row(&page, i);
    return err ? err : stream_end(out);
}

static int put_markdown_row(const struct page *page, const struct site_row *row)
{
    struct culprit culprit;
    struct text_number number;
    struct place place;
    int err = find_culprit(page, row, &culprit);

    if (!err)
        err =
            place_find(&place, culprit.profile,
                       &culprit.profile->processes[culprit.at->process], culprit.at->leaf);
    if (err)
        return err;
    putc('|', page->out);
    for (uint32_t i = 0; i < page->columns->table_count; i++)
        fprintf(page->out, " %s |",
                row->entries[i]
                    ? change_value(&number, page->options->order,
                                   table_entry_value(row->entries[i], page->options->order))
                    : "");
    putc(' ', page->out);
    markdown_place(page->out, &place);
    fprintf(page->out, " | %016" PRIx64 " |\n", culprit.at->id);
    return 0;
}

static void put_markdown_head(const struct page *page, const char *first,
                              const char *const last[2])
{
    uint32_t count = page->columns->table_count;

    putc('|', page->out);
    if (first)
        fprintf(page->out, " %s |", first);
    for (uint32_t i = 0; i < count; i++) {
        putc(' ', page->out);
        markdown_text(page->out, page->columns->tables[i].profile->processes[0].file_path);
        fputs(" |", page->out);
    }
    if (last)
        fprintf(page->out, " %s | %s |", last[0], last[1]);
    fputs(first ? "\n|---|" : "\n|", page->out);
    for (uint32_t i = 0; i < count; i++)
        fputs("---:|", page->out);
    fputs(last ? "---|---|\n" : "\n", page->out);
}

int side_by_side_markdown(FILE *out, const struct site_columns *columns,
                          const struct report_options *options)
{
    static const char *const where[] = {"where", "site"};
    const struct page page = {out, {.out = out}, columns, options};
    uint32_t count = shown(&page);
    struct text_number number;
    int err = 0;

    put_markdown_head(&page, " ", NULL);
    for (enum site_order order = 0; order < ORDER_COUNT; order++) {
        fprintf(out, "| %s |", diff_total_name(&plain, order));
        for (uint32_t i = 0; i < columns->table_count; i++)
            fprintf(
                out, " %s |",
                change_value(&number, order, site_table_value(&columns->tables[i], order)));
        putc('\n', out);
    }
    fprintf(out, "\nTop %" PRIu32 " differences of %s, of %" PRIu32 " site%s\n\n", count,
            report_order_title(options->order), columns->row_count,
            units_plural(columns->row_count));
    put_markdown_head(&page, NULL, where);
    for (uint32_t i = 0; !err && i < count; i++)
        err = put_markdown_row(&page, &columns->rows[i]);
    return err ? err : stream_end(out);
}

static int put_json_row(struct json_writer *json, const struct page *page,
                        const struct site_row *row)
{
    struct culprit culprit;
    int err = find_culprit(page, row, &culprit);

    if (err)
        return err;
    json_object_begin(json, NULL);
    json_hex(json, "id", culprit.at->id, 16);
    json_array_begin(json, "columns");
    for (uint32_t i = 0; i < page->columns->table_count; i++) {
        if (!row->entries[i]) {
            json_text(json, NULL, NULL);
            continue;
        }
        json_object_begin(json, NULL);
        json_counts(json, &row->entries[i]->counts);
        json_object_end(json);
    }
    json_array_end(json);
    err =
        json_stack(json, culprit.profile, &culprit.profile->processes[culprit.at->process],
                   culprit.at->leaf, page->options->depth);
    json_object_end(json);
    return err;
}

static void put_json_side(struct json_writer *json, const struct site_table *table)
{
    json_object_begin(json, NULL);
    json_profiles(json, table->profile);
    json_counts(json, &table->counts);
    json_number(json, "peak_bytes", table->peak_bytes);
    json_number(json, "site_count", table->count);
    json_object_end(json);
}

int side_by_side_json(FILE *out, const struct site_columns *columns,
                      const struct report_options *options)
{
    const struct page page = {out, {.out = out}, columns, options};
    struct json_writer json = {.out = out};
    uint32_t count = options->top && options->top < columns->row_count ? options->top
                                                                       : columns->row_count;
    int err = 0;

    json_object_begin(&json, NULL);
    json_text(&json, "schema", "tare.columns/1");
    json_array_begin(&json, "columns");
    for (uint32_t i = 0; i < columns->table_count; i++)
        put_json_side(&json, &columns->tables[i]);
    json_array_end(&json);
    json_array_begin(&json, "sites");
    for (uint32_t i = 0; !err && i < count; i++)
        err = put_json_row(&json, &page, &columns->rows[i]);
    json_array_end(&json);
    json_object_end(&json);
    return err ? err : stream_end(out);
}
