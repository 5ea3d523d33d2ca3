/* SPDX-License-Identifier: MIT
 *
 * html/page_layout.h - a page's tree in the order in which it is written, small parts folded.
 *
 * Shape    nodes in preorder, the child of most weight first; rows by node
 *          What is folded goes to one node [small] under the node where it began, so that no sum
 *          changes.
 * Units    Weights are shares of the whole of a metric, added over metrics.
 * Owner    Caller owns the struct; it owns its arrays. The tree is as it was.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     O(n log n) of nodes and rows.
 * Source   none
 */
#ifndef TARE_HTML_PAGE_LAYOUT_H
#define TARE_HTML_PAGE_LAYOUT_H

#include "html/page_tree.h"

struct page_layout {
    uint32_t *depth, *frame, *line; /* of each node; [0] is the root */
    uint32_t node_count;
    struct page_row *rows; /* `parts`: the first of its rows in the tree, + 1 */
    uint32_t row_count;
    uint32_t *row_of;   /* by row of the tree */
    uint32_t *next_row; /* by row of the tree: another one of the same row here, + 1 */
    uint32_t folded_nodes, folded_rows;
    uint64_t folded_bytes; /* of the heap, allocated */
};

/* At most about `nodes` of them. */
int page_layout_init(struct page_layout *layout, const struct page_tree *tree,
                     uint32_t nodes);
void page_layout_fini(struct page_layout *layout);

#endif
