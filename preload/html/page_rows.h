/* SPDX-License-Identifier: MIT
 *
 * html/page_rows.h - the rows of a page's tree, from the records of processes.
 *
 * Shape    record -> (node, line) of its site, thread -> row
 * Units    As html/page_tree.h.
 * Owner    The tree owns them.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     O(records).
 * Source   none
 */
#ifndef TARE_HTML_PAGE_ROWS_H
#define TARE_HTML_PAGE_ROWS_H

#include "html/page_tree.h"

/* Where a node of a process went, and its innermost line. */
struct page_place {
    uint32_t node, line;
};

/* Threads of a profile; those of a process together when there would be too many. */
int page_threads_add(struct page_tree *tree, const struct profile *profile,
                     enum page_set set);

/* The process's threads are there. */
int page_rows_add(struct page_tree *tree, const struct process *process, enum page_set set,
                  const struct page_place *places);

/* The row of these, made when there is none; NULL without memory. */
struct page_row *page_row_find(struct page_tree *tree, const struct page_row *like);

/* What `from` counts is added, and its parts are taken over. */
void page_row_join(struct page_tree *tree, struct page_row *to,
                   const struct page_row *from);

#endif
