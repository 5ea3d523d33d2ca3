/* SPDX-License-Identifier: MIT */
#include "html/page_data.h"

#include <errno.h>
#include <stdlib.h>

enum {
    /* of the whole: what is less is narrower than half a pixel of the widest canvas */
    PARTS = 3072,
    NODES_MOST = 1 << 16,
};

/* A flame of bytes at the peak. */
struct flame {
    const struct page_layout *layout;
    int64_t *width; /* of each node with all below it */
    int64_t *next;  /* by node: where its next child begins */
    uint32_t *parent, *open;
};

/* False when it has an amount below zero, or is a comparison: the page draws those otherwise. */
static bool add_rows(struct flame *flame)
{
    const struct page_layout *layout = flame->layout;

    for (uint32_t i = 0; i < layout->row_count; i++) {
        if (layout->rows[i].set != PAGE_SHOWN)
            return false;
        int64_t *width = &flame->width[layout->rows[i].node];
        if (layout->rows[i].class == LEDGER_HEAP &&
            __builtin_add_overflow(*width, layout->rows[i].at_peak, width))
            return false; /* of a damaged profile */
    }
    for (uint32_t i = 0; i < layout->node_count; i++)
        if (flame->width[i] < 0)
            return false;
    return true;
}

static bool total_up(struct flame *flame)
{
    uint32_t count = flame->layout->node_count;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t depth = flame->layout->depth[i];

        flame->open[depth] = i;
        flame->parent[i] = depth ? flame->open[depth - 1] : 0;
    }
    for (uint32_t i = count; i-- > 1;) {
        int64_t *width = &flame->width[flame->parent[i]];
        if (__builtin_add_overflow(*width, flame->width[i], width))
            return false;
    }
    return true;
}

static uint32_t put_wide(struct page_columns *columns, struct flame *flame,
                         const uint32_t *frame_number)
{
    int64_t least = flame->width[PAGE_ROOT] / PARTS + 1;
    int64_t before = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < flame->layout->node_count; i++) {
        int64_t left = i == PAGE_ROOT ? 0 : flame->next[flame->parent[i]];

        flame->next[flame->parent[i]] += flame->width[i];
        flame->next[i] = left;
        if (flame->width[i] < least || count == NODES_MOST)
            continue;
        page_put(page_column(columns, "first.depth"), flame->layout->depth[i]);
        page_put(page_column(columns, "first.frame"),
                 frame_number[flame->layout->frame[i]]);
        page_put(page_column(columns, "first.left"), (uint64_t)(left - before));
        page_put(page_column(columns, "first.width"), (uint64_t)flame->width[i]);
        before = left;
        count++;
    }
    return count;
}

int page_put_first(struct page_columns *columns, const struct page_layout *layout,
                   const uint32_t *frame_number, uint32_t *count)
{
    size_t nodes = (size_t)layout->node_count + 1;
    struct flame flame = {
        .layout = layout,
        .width = calloc(nodes, sizeof *flame.width),
        .next = calloc(nodes, sizeof *flame.next),
        .parent = malloc(nodes * sizeof *flame.parent),
        .open = malloc(nodes * sizeof *flame.open),
    };
    int err = flame.width && flame.next && flame.parent && flame.open ? 0 : -ENOMEM;

    *count = 0;
    if (!err && add_rows(&flame) && total_up(&flame)) {
        if (flame.width[PAGE_ROOT] > 0)
            *count = put_wide(columns, &flame, frame_number);
    }
    free(flame.width);
    free(flame.next);
    free(flame.parent);
    free(flame.open);
    return err;
}
