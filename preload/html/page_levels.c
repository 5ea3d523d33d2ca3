/* SPDX-License-Identifier: MIT */
#include "html/page_data.h"

#include "profile/levels.h"

#include <errno.h>
#include <stdlib.h>

enum { POINTS_MOST = 1024 };

/* A level of one process, at a time that all processes share. */
struct point {
    uint64_t at_ns;
    uint32_t process;
    struct ledger_level level;
};

struct points {
    struct point *list;
    uint32_t count, room;
};

static int by_time(const void *a, const void *b)
{
    const struct point *one = a;
    const struct point *other = b;

    if (one->at_ns != other->at_ns)
        return one->at_ns < other->at_ns ? -1 : 1;
    return (one->process > other->process) - (one->process < other->process);
}

static int add_process(struct points *points, const struct page_tree *tree, uint32_t number)
{
    const struct page_process *process = &tree->processes[number];
    uint64_t origin = page_origin_of(tree, process);
    struct levels levels;
    int err = levels_init(&levels, process->process);

    for (uint32_t i = 0; !err && i < levels.count; i++) {
        if (!page_grow(&points->list, &points->room, points->count, sizeof *points->list)) {
            err = -ENOMEM;
            break;
        }
        points->list[points->count++] = (struct point){
            .at_ns = origin + levels.list[i].at_ns,
            .process = number,
            .level = levels.list[i],
        };
    }
    levels_fini(&levels);
    return err;
}

static uint32_t put_points(struct page_columns *columns, const struct points *points,
                           struct ledger_level *latest)
{
    uint32_t together = points->count / POINTS_MOST + 1;
    struct ledger_level sum = {0};
    uint64_t live = 0; /* wraps, as a damaged file may have anything */
    uint64_t before = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < points->count; i++) {
        const struct point *at = &points->list[i];
        struct ledger_level *was = &latest[at->process];

        live += (uint64_t)at->level.live_bytes - (uint64_t)was->live_bytes;
        sum.minor_faults += at->level.minor_faults - was->minor_faults;
        sum.major_faults += at->level.major_faults - was->major_faults;
        *was = at->level;
        if ((i + 1) % together && i + 1 < points->count)
            continue;
        page_put(page_column_later(columns, "level.at"), at->at_ns - before);
        page_put_signed(page_column_later(columns, "level.live"), (int64_t)live);
        page_put(page_column_later(columns, "level.minor"), sum.minor_faults);
        page_put(page_column_later(columns, "level.major"), sum.major_faults);
        before = at->at_ns;
        count++;
    }
    return count;
}

int page_put_levels(struct page_columns *columns, const struct page_tree *tree,
                    uint32_t *count)
{
    struct points points = {0};
    struct ledger_level *latest = calloc((size_t)tree->process_count + 1, sizeof *latest);
    int err = latest ? 0 : -ENOMEM;

    *count = 0;
    for (uint32_t i = 0; !err && i < tree->process_count; i++)
        if (tree->processes[i].set == PAGE_SHOWN)
            err = add_process(&points, tree, i);
    if (!err && points.count) {
        qsort(points.list, points.count, sizeof *points.list, by_time);
        *count = put_points(columns, &points, latest);
        err = page_columns_failed(columns) ? -ENOMEM : 0;
    }
    free(points.list);
    free(latest);
    return err;
}
