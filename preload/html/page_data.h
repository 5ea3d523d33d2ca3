/* SPDX-License-Identifier: MIT
 *
 * html/page_data.h - a page's tree, rows, timeline and levels as columns.
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

/* Sets how many nodes the first picture has; 0: there is none. */
int page_put_tree(struct page_columns *columns, const struct page_tree *tree,
                  const struct page_layout *layout, uint32_t *first);

/* The first picture: of what is in use at the peak, the nodes that are wide enough to be seen. Its
 * frames are as `frame_number` numbers those of the layout. */
int page_put_first(struct page_columns *columns, const struct page_layout *layout,
                   const uint32_t *frame_number, uint32_t *count);

/* At most `most` samples; sets how many there are. What is live at each is what the sampler saw, or,
 * where the profile is cut down, what the rows add up to. */
int page_put_timeline(struct page_columns *columns, const struct page_tree *tree,
                      const struct page_layout *layout, bool is_cut_down, uint32_t most,
                      uint32_t *samples);

/* The levels of the processes shown, as one line; sets how many points it has. */
int page_put_levels(struct page_columns *columns, const struct page_tree *tree,
                    uint32_t *count);

/* When a process began: times count from the start of the first one of its set, and those of another
 * boot from its own. */
uint64_t page_origin_of(const struct page_tree *tree, const struct page_process *process);

#endif
