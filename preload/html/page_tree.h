/* SPDX-License-Identifier: MIT
 *
 * html/page_tree.h - profiles as the page has them: one tree of calls, and rows that hang on it.
 *
 * Shape    row -> node -> parent node ... -> 0, the root, which is no call
 *           |       `-> frame: name, module, file, inlined
 *           `-> parts: the records that it is the sum of
 *          A row is what one thread did at one line of one node, of one class, in one of the two
 *          sets of profiles. Everything that the page shows is a sum over rows.
 * Units    Bytes, events.
 * Owner    Caller owns the struct; it owns its arrays. Strings belong to the profiles, or to it.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     Frames of all nodes of the profiles, with lines; O(records).
 * Source   none
 */
#ifndef TARE_HTML_PAGE_TREE_H
#define TARE_HTML_PAGE_TREE_H

#include "html/page_index.h"
#include "profile/profile.h"

enum { PAGE_ROOT = 0, PAGE_FOLDED_FRAME = 0, PAGE_THREADS_MAX = 256 };

enum page_set { PAGE_SHOWN, PAGE_BASE, PAGE_SETS };

struct page_frame {
    uint32_t name, module, file; /* strings */
    uint32_t is_inlined;
};

struct page_node {
    uint32_t parent; /* a lower number */
    uint32_t frame;
    uint32_t line; /* of the first call that came this way */
};

struct page_row {
    uint32_t node, line, thread;
    uint8_t class, set;
    uint32_t parts; /* index + 1 */
    uint64_t allocations, bytes, frees, freed_bytes, temporary;
    int64_t at_peak;
};

struct page_part {
    const struct process *process;
    uint32_t record;
    uint32_t next;
};

struct page_thread {
    const char *name; /* "" where it has none */
    const struct process *process;
    uint32_t tid, others; /* threads that had its slot before it */
    enum page_set set;
};

/* Which row each record of a process went to: index + 1. */
struct page_process {
    const struct process *process;
    enum page_set set;
    uint32_t *row_of_record;
    uint32_t record_count;
};

struct page_tree {
    const char **strings; /* [0] is empty */
    struct page_frame *frames;
    struct page_node *nodes;
    struct page_row *rows;
    struct page_part *parts;
    struct page_thread *threads;
    struct page_process *processes;
    uint32_t part_count, thread_count, process_count;
    uint32_t string_room, frame_room, node_room, row_room, part_room;
    struct page_index string_index, frame_index, node_index,
        row_index; /* with the counts */
    char **made;   /* strings of its own */
    uint32_t made_count;
};

int page_tree_init(struct page_tree *tree);

/* All processes of a finished profile. */
int page_tree_add(struct page_tree *tree, struct profile *profile, enum page_set set);
void page_tree_fini(struct page_tree *tree);

/* The number of a text, UINT32_MAX without memory; the text must outlive the tree. */
uint32_t page_tree_string(struct page_tree *tree, const char *text);

/* Room for one more of `bytes` behind `count`; false without memory. */
bool page_grow(void *list, uint32_t *room, uint32_t count, size_t bytes);

#endif
