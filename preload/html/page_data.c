/* SPDX-License-Identifier: MIT */
#include "html/page_data.h"

#include "profile/site_evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED UINT32_MAX

/* Only what is still used gets a number of its own. */
struct renumbered {
    uint32_t *number; /* UNUSED: none yet */
    uint32_t *list;
    uint32_t count;
};

static bool renumber_init(struct renumbered *to, uint32_t count)
{
    size_t bytes = ((size_t)count + 1) * sizeof *to->number;

    to->number = malloc(bytes);
    to->list = malloc(bytes);
    to->count = 0;
    if (to->number)
        memset(to->number, 0xff, bytes);
    return to->number && to->list;
}

static uint32_t renumber(struct renumbered *to, uint32_t old)
{
    if (to->number[old] == UNUSED) {
        to->list[to->count] = old;
        to->number[old] = to->count++;
    }
    return to->number[old];
}

static void renumber_fini(struct renumbered *to)
{
    free(to->number);
    free(to->list);
}

static void put_nodes(struct page_columns *columns, const struct page_layout *layout,
                      struct renumbered *frames)
{
    struct page_column *depth = page_column_later(columns, "node.depth");
    struct page_column *frame = page_column_later(columns, "node.frame");
    struct page_column *line = page_column_later(columns, "node.line");

    for (uint32_t i = 0; i < layout->node_count; i++) {
        page_put(depth, layout->depth[i]);
        page_put(frame, renumber(frames, layout->frame[i]));
        page_put(line, layout->line[i]);
    }
}

static void put_frames(struct page_columns *columns, const struct page_tree *tree,
                       const struct renumbered *frames, struct renumbered *strings)
{
    struct page_column *name = page_column(columns, "frame.name");
    struct page_column *module = page_column(columns, "frame.module");
    struct page_column *file = page_column(columns, "frame.file");
    struct page_column *inlined = page_column(columns, "frame.inlined");

    for (uint32_t i = 0; i < frames->count; i++) {
        const struct page_frame *frame = &tree->frames[frames->list[i]];

        page_put(name, renumber(strings, frame->name));
        page_put(module, renumber(strings, frame->module));
        page_put(file, renumber(strings, frame->file));
        page_put(inlined, frame->is_inlined);
    }
}

static void put_strings(struct page_columns *columns, const struct page_tree *tree,
                        const struct renumbered *strings)
{
    enum { LONGEST = 2000 };
    struct page_column *text = page_column(columns, "strings");

    for (uint32_t i = 0; i < strings->count; i++) {
        const char *string = tree->strings[strings->list[i]];

        page_put_bytes(text, string, strnlen(string, LONGEST));
        page_put_bytes(text, "", 1);
    }
}

/* [how many buckets are not empty] [gap to the one before] [count] ... */
static void put_buckets(struct page_column *to, const uint64_t *counts, uint32_t buckets)
{
    uint32_t used = 0;
    uint32_t before = 0;

    for (uint32_t i = 0; i < buckets; i++)
        used += counts[i] > 0;
    page_put(to, used);
    for (uint32_t i = 0; i < buckets; i++) {
        if (!counts[i])
            continue;
        page_put(to, i - before);
        page_put(to, counts[i]);
        before = i;
    }
}

static void put_evidence(struct page_columns *columns, const struct evidence *evidence)
{
    page_put(page_column_later(columns, "row.slack"), evidence->slack_bytes);
    page_put(page_column_later(columns, "row.slackAsked"), evidence->slack_asked_bytes);
    page_put(page_column_later(columns, "row.reallocs"), evidence->realloc_calls);
    page_put(page_column_later(columns, "row.moves"), evidence->moves);
    page_put(page_column_later(columns, "row.copied"), evidence->copied_bytes);
    page_put(page_column_later(columns, "row.chains"), evidence->chains);
    page_put(page_column_later(columns, "row.remote"), evidence->remote_frees);
    page_put(page_column_later(columns, "row.common"), evidence->common_bytes);
    page_put(page_column_later(columns, "row.commonBlocks"), evidence->common_blocks);
    put_buckets(page_column_later(columns, "row.sizes"), evidence->sizes,
                LEDGER_SIZE_BUCKETS);
    put_buckets(page_column_later(columns, "row.lives"), evidence->lives,
                LEDGER_LIFE_BUCKETS);
    put_buckets(page_column_later(columns, "row.finals"), evidence->final_sizes,
                LEDGER_GROWTH_BUCKETS);
}

static struct evidence evidence_of(const struct page_tree *tree,
                                   const struct page_layout *layout,
                                   const struct page_row *row)
{
    struct evidence evidence = {0};

    for (uint32_t i = row->parts; i; i = layout->next_row[i - 1])
        for (uint32_t k = tree->rows[i - 1].parts; k; k = tree->parts[k - 1].next) {
            const struct page_part *part = &tree->parts[k - 1];

            if (part->process->header->flags & LEDGER_SITES)
                evidence_add_record(&evidence, part->process, part->record);
        }
    return evidence;
}

static void put_rows(struct page_columns *columns, const struct page_tree *tree,
                     const struct page_layout *layout)
{
    uint32_t before = 0;

    for (uint32_t i = 0; i < layout->row_count; i++) {
        const struct page_row *row = &layout->rows[i];
        struct evidence evidence = evidence_of(tree, layout, row);

        page_put(page_column_later(columns, "row.node"), row->node - before);
        before = row->node;
        page_put(page_column_later(columns, "row.line"), row->line);
        page_put(page_column_later(columns, "row.thread"), row->thread);
        page_put(page_column_later(columns, "row.class"), row->class);
        page_put(page_column_later(columns, "row.set"), row->set);
        page_put(page_column_later(columns, "row.allocations"), row->allocations);
        page_put(page_column_later(columns, "row.bytes"), row->bytes);
        page_put(page_column_later(columns, "row.frees"), row->frees);
        page_put(page_column_later(columns, "row.freed"), row->freed_bytes);
        page_put(page_column_later(columns, "row.temporary"), row->temporary);
        page_put_signed(page_column_later(columns, "row.peak"), row->at_peak);
        put_evidence(columns, &evidence);
    }
}

int page_put_tree(struct page_columns *columns, const struct page_tree *tree,
                  const struct page_layout *layout, uint32_t *first)
{
    struct renumbered frames = {0};
    struct renumbered strings = {0};
    int err = -ENOMEM;

    if (renumber_init(&frames, tree->frame_index.count) &&
        renumber_init(&strings, tree->string_index.count)) {
        renumber(&strings, 0);
        renumber(&frames, PAGE_FOLDED_FRAME);
        put_nodes(columns, layout, &frames);
        put_frames(columns, tree, &frames, &strings);
        put_strings(columns, tree, &strings);
        put_rows(columns, tree, layout);
        err = page_put_first(columns, layout, frames.number, first);
        if (page_columns_failed(columns))
            err = -ENOMEM;
    }
    renumber_fini(&frames);
    renumber_fini(&strings);
    return err;
}
