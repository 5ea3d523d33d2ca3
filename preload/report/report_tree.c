/* SPDX-License-Identifier: MIT */
#include "report/report_tree.h"

#include "profile/tree.h"
#include "report/short_name.h"
#include "report/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
    LEAST_PERCENT = 1,
    STEP = 2,
    MOST_STEPS = 24,
    VALUE_COLUMNS = 24,
    MODULE_COLUMNS = 18,
    LEAST_NAME_COLUMNS = 12,
    MOST_NAME_COLUMNS = 56,
};

/* Nodes that wait to be shown, the next one last. */
struct waiting {
    uint32_t node, level; /* level: how far from the root */
    uint32_t steps;       /* how far in */
    uint32_t rest; /* not the node, but those of its children from that one on; 0: no */
};

struct tree_report {
    const struct styled *to;
    const struct report_options *options;
    struct tree tree;
    struct waiting *waiting;
    uint32_t waiting_count;
    uint32_t top; /* children of a node to show */
};

static uint64_t value_of(const struct tree_report *r, uint32_t node)
{
    return counts_value(&r->tree.nodes[node].counts, r->options->order);
}

static void put_value(const struct tree_report *r, uint64_t value)
{
    struct text_number number;
    struct text_number share;
    bool is_bytes =
        r->options->order != ORDER_CALLS && r->options->order != ORDER_TEMPORARY;

    fprintf(r->to->out, "  %7s  %11s  ", units_share(&share, value, value_of(r, 0)),
            is_bytes ? units_bytes(&number, value) : units_count(&number, value));
}

static int columns_in(const struct waiting *line)
{
    return (int)(line->steps < MOST_STEPS ? line->steps : MOST_STEPS) * STEP;
}

/* All of its parent's is its own: it stands below that without numbers, no further in. */
static bool passes_on(const struct tree_report *r, uint32_t node)
{
    uint32_t parent = r->tree.nodes[node].parent;

    return parent && value_of(r, node) == value_of(r, parent);
}

/* On a wide terminal names have room, and on a narrow one the module's name has some left. */
static int name_columns(const struct tree_report *r)
{
    int left = r->options->columns - VALUE_COLUMNS - MODULE_COLUMNS;

    return r->options->columns && left < MOST_NAME_COLUMNS ? left : MOST_NAME_COLUMNS;
}

static void put_line(const struct tree_report *r, const struct waiting *line)
{
    const struct tree_function *function =
        &r->tree.functions[r->tree.nodes[line->node].function];
    int in = columns_in(line);
    int room = name_columns(r);
    char brief[SHORT_NAME_BYTES];

    if (passes_on(r, line->node))
        fprintf(r->to->out, "%*s", VALUE_COLUMNS, "");
    else
        put_value(r, value_of(r, line->node));
    fprintf(r->to->out, "%*s", in, "");
    room = room - in > LEAST_NAME_COLUMNS ? room - in : LEAST_NAME_COLUMNS;
    int used = style_text(r->to, STYLE_PLAIN, short_name(brief, function->name),
                          r->options->columns ? room : 0);
    fprintf(r->to->out, "%*s", used < room ? room - used + 2 : 2, "");
    style_text(r->to, STYLE_DIM, function->module, 0);
    putc('\n', r->to->out);
}

/* How many of the node's children are to be shown, those that are first in order. */
static uint32_t shown_of(const struct tree_report *r, const struct waiting *line)
{
    const struct tree_node *node = &r->tree.nodes[line->node];
    uint64_t whole = value_of(r, 0);
    uint32_t shown = 0;

    if (r->options->depth && line->level >= r->options->depth)
        return 0;
    while (shown < node->child_count && shown < r->top) {
        uint64_t value = value_of(r, r->tree.order[node->first_child + shown]);

        if (!value ||
            (r->top != UINT32_MAX && (double)value * 100 < (double)whole * LEAST_PERCENT))
            break;
        shown++;
    }
    return shown;
}

static uint64_t sum_from(const struct tree_report *r, uint32_t node, uint32_t child)
{
    const struct tree_node *at = &r->tree.nodes[node];
    uint64_t value = 0;

    for (uint32_t i = child; i < at->child_count; i++)
        value += value_of(r, r->tree.order[at->first_child + i]);
    return value;
}

static void put_rest(const struct tree_report *r, const struct waiting *line)
{
    struct text_number number;

    put_value(r, sum_from(r, line->node, line->rest - 1));
    fprintf(r->to->out, "%*s... %s more\n", columns_in(line), "",
            units_count(&number, r->tree.nodes[line->node].child_count - line->rest + 1));
}

/* Its children wait, the first one in front; behind them what is not shown of them. */
static void add_children(struct tree_report *r, const struct waiting *line)
{
    const struct tree_node *node = &r->tree.nodes[line->node];
    uint32_t shown = shown_of(r, line);
    struct waiting child = {.level = line->level + 1, .steps = line->steps + !!line->node};

    if (sum_from(r, line->node, shown))
        r->waiting[r->waiting_count++] =
            (struct waiting){line->node, child.level, child.steps, shown + 1};
    for (uint32_t i = shown; i > 0; i--) {
        child.node = r->tree.order[node->first_child + i - 1];
        child.steps = line->steps + (line->node && !passes_on(r, child.node));
        r->waiting[r->waiting_count++] = child;
    }
}

static void put_title(const struct tree_report *r)
{
    style_begin(r->to, STYLE_BOLD);
    fprintf(r->to->out, "\n%s first, by %s\n\n",
            r->options->shape == SHAPE_CALLERS_FIRST ? "Callers" : "Allocators",
            report_order_title(r->options->order));
    style_end(r->to, STYLE_BOLD);
}

int report_tree(const struct styled *to, struct profile *profile, uint32_t first,
                uint32_t count, const struct report_options *options)
{
    const struct tree_options how = {
        .way = options->shape == SHAPE_CALLERS_FIRST ? TREE_CALLERS_FIRST
                                                     : TREE_ALLOCATORS_FIRST,
        .order = options->order,
        .with_folded = !options->is_folded,
    };
    struct tree_report r = {
        .to = to, .options = options, .top = options->top ? options->top : UINT32_MAX};
    int err = tree_init(&r.tree, profile, first, count, &how);

    if (err)
        return err;
    r.waiting = malloc(2 * (size_t)r.tree.count * sizeof *r.waiting);
    if (r.waiting) {
        put_title(&r);
        add_children(&r, &(struct waiting){0});
        while (r.waiting_count) {
            struct waiting line = r.waiting[--r.waiting_count];

            if (line.rest) {
                put_rest(&r, &line);
            } else {
                put_line(&r, &line);
                add_children(&r, &line);
            }
        }
        putc('\n', to->out);
    }
    err = r.waiting ? 0 : -ENOMEM;
    free(r.waiting);
    tree_fini(&r.tree);
    return err;
}
