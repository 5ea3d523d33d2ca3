/* SPDX-License-Identifier: MIT
 *
 * html/page_meta.h - what the page's data says beside its columns, as JSON.
 *
 * Shape    docs/format.md, "The page's data"
 * Units    Bytes, nanoseconds, events.
 * Owner    The caller owns all.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     As profile/quality.h.
 * Source   none
 */
#ifndef TARE_HTML_PAGE_META_H
#define TARE_HTML_PAGE_META_H

#include "html/page.h"
#include "html/page_columns.h"
#include "html/page_layout.h"
#include "report/json_writer.h"

struct page_meta {
    const struct page_options *options;
    struct profile *profiles[PAGE_SETS]; /* the second may be NULL */
    const struct page_tree *tree;
    const struct page_layout *layout;
    const struct page_columns *columns;
    uint32_t first, samples, levels;
};

int page_meta_put(struct json_writer *json, const struct page_meta *meta);

/* A member "source": the lines around those that allocated most, of as many as `lines`. */
int page_source_put(struct json_writer *json, const struct page_tree *tree, uint32_t lines);

#endif
