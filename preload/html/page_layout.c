/* SPDX-License-Identifier: MIT */
#include "html/page_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_NODE UINT32_MAX

/* What is needed while the order is made. */
struct laying {
    const struct page_tree *tree;
    struct page_layout *layout;
    double *weights;       /* of each node with all below it */
    uint32_t *children;    /* all nodes, those of one parent together */
    uint32_t *first_child; /* by node: index in children; one more at the end */
    uint32_t *number;      /* by node of the tree: its number, or NO_NODE */
    uint32_t *small;       /* by node of the tree: number of its [small], or NO_NODE */
    double least;
};

enum { METRICS = 4, CLASSES = LEDGER_CLASSES * PAGE_SETS };

static void metrics_of(const struct page_row *row, double values[METRICS])
{
    int64_t live = (int64_t)(row->bytes - row->freed_bytes);

    values[0] = (double)row->allocations;
    values[1] = (double)row->bytes;
    values[2] = live > 0 ? (double)live : 0;
    values[3] = row->at_peak > 0 ? (double)row->at_peak : 0;
}

static void weigh(struct laying *l)
{
    double all[CLASSES][METRICS] = {0};
    double values[METRICS];
    uint32_t rows = l->tree->row_index.count;

    for (uint32_t i = 0; i < rows; i++) {
        const struct page_row *row = &l->tree->rows[i];

        metrics_of(row, values);
        for (int k = 0; k < METRICS; k++)
            all[row->class * PAGE_SETS + row->set][k] += values[k];
    }
    for (uint32_t i = 0; i < rows; i++) {
        const struct page_row *row = &l->tree->rows[i];

        metrics_of(row, values);
        for (int k = 0; k < METRICS; k++) {
            double whole = all[row->class * PAGE_SETS + row->set][k];

            l->weights[row->node] += whole > 0 ? values[k] / whole : 0;
        }
    }
    for (uint32_t i = l->tree->node_index.count; i-- > 1;)
        l->weights[l->tree->nodes[i].parent] += l->weights[i];
}

static int by_weight(const void *a, const void *b, void *context)
{
    const struct laying *l = context;
    uint32_t one = *(const uint32_t *)a;
    uint32_t other = *(const uint32_t *)b;

    if (l->weights[one] != l->weights[other])
        return l->weights[one] > l->weights[other] ? -1 : 1;
    return (one > other) - (one < other);
}

static void order_children(struct laying *l)
{
    uint32_t count = l->tree->node_index.count;
    const struct page_node *nodes = l->tree->nodes;

    for (uint32_t i = 1; i < count; i++)
        l->first_child[nodes[i].parent + 1]++;
    for (uint32_t i = 1; i <= count; i++)
        l->first_child[i] += l->first_child[i - 1];
    for (uint32_t i = 1; i < count; i++)
        l->children[l->first_child[nodes[i].parent]++] = i;
    for (uint32_t i = count; i > 0; i--)
        l->first_child[i] = l->first_child[i - 1];
    l->first_child[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t many = l->first_child[i + 1] - l->first_child[i];

        if (many > 1)
            qsort_r(l->children + l->first_child[i], many, sizeof *l->children, by_weight,
                    l);
    }
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a;
    double other = *(const double *)b;

    return (one < other) - (one > other);
}

/* The weight below which a node is folded, so that at most so many stay. */
static int find_least(struct laying *l, uint32_t most)
{
    uint32_t count = l->tree->node_index.count;

    if (count <= most)
        return 0;
    double *sorted = malloc(count * sizeof *sorted);
    if (!sorted)
        return -ENOMEM;
    memcpy(sorted, l->weights, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_value);
    l->least = sorted[most];
    free(sorted);
    return 0;
}

static uint32_t put_node(struct page_layout *to, uint32_t depth, uint32_t frame,
                         uint32_t line)
{
    to->depth[to->node_count] = depth;
    to->frame[to->node_count] = frame;
    to->line[to->node_count] = line;
    return to->node_count++;
}

/* Children follow their parent, the first one first: so the last one is pushed first. */
static int number_nodes(struct laying *l)
{
    const struct page_tree *tree = l->tree;
    uint32_t count = tree->node_index.count;
    uint32_t *stack = malloc(2 * ((size_t)count + 1) * sizeof *stack);
    uint32_t used = 0;

    if (!stack)
        return -ENOMEM;
    memset(l->number, 0xff, count * sizeof *l->number);
    memset(l->small, 0xff, count * sizeof *l->small);
    for (stack[used++] = PAGE_ROOT; used > 0;) {
        uint32_t at = stack[--used];
        bool is_small = at & 0x80000000u;
        at &= 0x7fffffffu;
        uint32_t parent = is_small ? at : tree->nodes[at].parent;
        uint32_t depth =
            at == PAGE_ROOT && !is_small ? 0 : l->layout->depth[l->number[parent]] + 1;

        if (is_small) {
            l->small[at] = put_node(l->layout, depth, PAGE_FOLDED_FRAME, 0);
            continue;
        }
        l->number[at] =
            put_node(l->layout, depth, tree->nodes[at].frame, tree->nodes[at].line);
        uint32_t first = l->first_child[at];
        uint32_t end = l->first_child[at + 1];
        while (end > first && l->weights[l->children[end - 1]] < l->least)
            end--;
        if (end < l->first_child[at + 1])
            stack[used++] = at | 0x80000000u;
        while (end > first)
            stack[used++] = l->children[--end];
    }
    free(stack);
    return 0;
}

/* Where what is folded went; nodes come behind their parents. */
static void place_folded(struct laying *l)
{
    uint32_t count = l->tree->node_index.count;

    for (uint32_t i = 1; i < count; i++) {
        uint32_t parent = l->tree->nodes[i].parent;

        if (l->number[i] != NO_NODE)
            continue;
        l->layout->folded_nodes++;
        l->number[i] = l->small[parent] != NO_NODE ? l->small[parent] : l->number[parent];
        l->small[i] = l->number[i];
    }
}

/* A row of the tree with the place where it goes. */
struct placed {
    struct page_row row;
    uint32_t from;
};

static int by_place(const void *a, const void *b)
{
    const struct page_row *one = &((const struct placed *)a)->row;
    const struct page_row *other = &((const struct placed *)b)->row;

    if (one->node != other->node)
        return one->node < other->node ? -1 : 1;
    if (one->line != other->line)
        return one->line < other->line ? -1 : 1;
    if (one->thread != other->thread)
        return one->thread < other->thread ? -1 : 1;
    if (one->class != other->class)
        return one->class < other->class ? -1 : 1;
    return (one->set > other->set) - (one->set < other->set);
}

static void join_row(struct page_layout *to, const struct placed *from)
{
    struct page_row *row = &to->rows[to->row_count - 1];
    uint32_t first = row->parts;

    row->allocations += from->row.allocations;
    row->bytes += from->row.bytes;
    row->frees += from->row.frees;
    row->freed_bytes += from->row.freed_bytes;
    row->temporary += from->row.temporary;
    row->at_peak += from->row.at_peak;
    row->parts = from->from + 1;
    to->next_row[from->from] = first;
}

static int place_rows(struct laying *l)
{
    struct page_layout *to = l->layout;
    uint32_t count = l->tree->row_index.count;
    struct placed *placed = malloc(((size_t)count + 1) * sizeof *placed);

    if (!placed)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        struct page_row row = l->tree->rows[i];
        bool is_folded =
            l->small[row.node] != NO_NODE && l->small[row.node] == l->number[row.node];

        row.node = l->number[row.node];
        if (is_folded) {
            row.line = 0;
            to->folded_rows++;
            to->folded_bytes += row.class == LEDGER_HEAP ? row.bytes : 0;
        }
        placed[i] = (struct placed){row, i};
    }
    if (count)
        qsort(placed, count, sizeof *placed, by_place);
    for (uint32_t i = 0; i < count; i++) {
        if (i && by_place(&placed[i - 1], &placed[i]) == 0) {
            join_row(to, &placed[i]);
        } else {
            to->rows[to->row_count] = placed[i].row;
            to->rows[to->row_count++].parts = placed[i].from + 1;
        }
        to->row_of[placed[i].from] = to->row_count - 1;
    }
    free(placed);
    return 0;
}

static bool reserve(struct laying *l)
{
    struct page_layout *to = l->layout;
    size_t nodes = (size_t)l->tree->node_index.count + 1;
    size_t rows = (size_t)l->tree->row_index.count + 1;

    l->weights = calloc(nodes, sizeof *l->weights);
    l->children = malloc(nodes * sizeof *l->children);
    l->first_child = calloc(nodes + 1, sizeof *l->first_child);
    l->number = malloc(nodes * sizeof *l->number);
    l->small = malloc(nodes * sizeof *l->small);
    to->depth = malloc(2 * nodes * sizeof *to->depth);
    to->frame = malloc(2 * nodes * sizeof *to->frame);
    to->line = malloc(2 * nodes * sizeof *to->line);
    to->rows = malloc(rows * sizeof *to->rows);
    to->row_of = malloc(rows * sizeof *to->row_of);
    to->next_row = calloc(rows, sizeof *to->next_row);
    return l->weights && l->children && l->first_child && l->number && l->small &&
           to->depth && to->frame && to->line && to->rows && to->row_of && to->next_row;
}

int page_layout_init(struct page_layout *layout, const struct page_tree *tree,
                     uint32_t nodes)
{
    struct laying l = {.tree = tree, .layout = layout};

    *layout = (struct page_layout){0};
    int err = reserve(&l) ? 0 : -ENOMEM;
    if (!err) {
        weigh(&l);
        order_children(&l);
        err = find_least(&l, nodes);
    }
    if (!err)
        err = number_nodes(&l);
    if (!err) {
        place_folded(&l);
        err = place_rows(&l);
    }
    free(l.weights);
    free(l.children);
    free(l.first_child);
    free(l.number);
    free(l.small);
    if (err)
        page_layout_fini(layout);
    return err;
}

void page_layout_fini(struct page_layout *layout)
{
    free(layout->depth);
    free(layout->frame);
    free(layout->line);
    free(layout->rows);
    free(layout->row_of);
    free(layout->next_row);
    *layout = (struct page_layout){0};
}
