/* SPDX-License-Identifier: MIT */
#include "html/page_meta.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A line of source and what was allocated there. */
struct hot_line {
    uint32_t file, line;
    uint64_t bytes;
};

enum { HOT_LINES = 60 };

static int by_place(const void *a, const void *b)
{
    const struct hot_line *one = a;
    const struct hot_line *other = b;

    if (one->file != other->file)
        return one->file < other->file ? -1 : 1;
    return (one->line > other->line) - (one->line < other->line);
}

static int by_bytes(const void *a, const void *b)
{
    const struct hot_line *one = a;
    const struct hot_line *other = b;

    if (one->bytes != other->bytes)
        return one->bytes > other->bytes ? -1 : 1;
    return by_place(a, b);
}

/* The lines that allocated most, in the order of files; how many. */
static uint32_t find_hot(const struct page_tree *tree, struct hot_line *lines)
{
    uint32_t count = 0;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < tree->row_index.count; i++) {
        const struct page_row *row = &tree->rows[i];
        uint32_t file = tree->frames[tree->nodes[row->node].frame].file;

        if (file && row->line)
            lines[count++] = (struct hot_line){file, row->line, row->bytes};
    }
    if (count)
        qsort(lines, count, sizeof *lines, by_place);
    for (uint32_t i = 0; i < count; i++) {
        if (kept && by_place(&lines[kept - 1], &lines[i]) == 0)
            lines[kept - 1].bytes += lines[i].bytes;
        else
            lines[kept++] = lines[i];
    }
    if (kept)
        qsort(lines, kept, sizeof *lines, by_bytes);
    if (kept > HOT_LINES)
        kept = HOT_LINES;
    if (kept)
        qsort(lines, kept, sizeof *lines, by_place);
    return kept;
}

/* Lines first to last of an open file that stands before line `at`; the line it stands at then. */
static uint32_t put_lines(struct json_writer *json, FILE *file, uint32_t at, uint32_t first,
                          uint32_t last)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t bytes = 0;

    while (at < first && (bytes = getline(&line, &room, file)) >= 0)
        at++;
    json_object_begin(json, NULL);
    json_number(json, "first", first);
    json_array_begin(json, "lines");
    while (bytes >= 0 && at <= last && (bytes = getline(&line, &room, file)) >= 0) {
        line[strcspn(line, "\r\n")] = '\0';
        json_text(json, NULL, line);
        at++;
    }
    json_array_end(json);
    json_object_end(json);
    free(line);
    return at;
}

/* All hot lines of one file: parts that touch are one. */
static void put_file(struct json_writer *json, const char *path, const struct hot_line *hot,
                     uint32_t count, uint32_t around)
{
    FILE *file = fopen(path, "re");
    uint32_t at = 1;

    if (!file)
        return;
    json_object_begin(json, NULL);
    json_text(json, "file", path);
    json_array_begin(json, "parts");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = hot[i].line > around ? hot[i].line - around : 1;

        while (i + 1 < count && hot[i + 1].line <= hot[i].line + 2 * around + 1)
            i++;
        at = put_lines(json, file, at, first, hot[i].line + around);
    }
    json_array_end(json);
    json_object_end(json);
    fclose(file);
}

int page_source_put(struct json_writer *json, const struct page_tree *tree, uint32_t lines)
{
    struct hot_line *hot = malloc(((size_t)tree->row_index.count + 1) * sizeof *hot);

    if (!hot)
        return -ENOMEM;
    uint32_t count = find_hot(tree, hot);
    json_array_begin(json, "source");
    for (uint32_t i = 0; i < count;) {
        uint32_t end = i + 1;

        while (end < count && hot[end].file == hot[i].file)
            end++;
        put_file(json, tree->strings[hot[i].file], hot + i, end - i, lines);
        i = end;
    }
    json_array_end(json);
    free(hot);
    return 0;
}
