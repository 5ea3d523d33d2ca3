/* SPDX-License-Identifier: MIT
 *
 * html/page_data.h - a page's tree, rows and timeline as columns.
 *
 * Shape    docs/format.md, "The page's data"
 * Units    Bytes, nanoseconds, events.
 * Owner    Caller owns all.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     O(nodes + rows + changes).
 * Source   none
 */
#ifndef TARE_HTML_PAGE_DATA_H
#define TARE_HTML_PAGE_DATA_H

#include "html/page_columns.h"
#include "html/page_layout.h"

int page_put_tree(struct page_columns *columns, const struct page_tree *tree,
                  const struct page_layout *layout);

/* At most `most` samples; sets how many there are. */
int page_put_timeline(struct page_columns *columns, const struct page_tree *tree,
                      const struct page_layout *layout, uint32_t most, uint32_t *samples);

#endif
