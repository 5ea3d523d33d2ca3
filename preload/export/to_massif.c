/* SPDX-License-Identifier: MIT
 *
 * massif's output: three snapshots, which are the start, the peak and the end; where there is a trace,
 * sums at moments between them, too. What is in the trees is what massif's default threshold, 1 % of
 * a snapshot, leaves of them; the rest is counted.
 */
#include "export/clean_text.h"
#include "export/export.h"
#include "export/traced.h"

#include <errno.h>
#include <stdlib.h>

enum { DEPTH_MOST = 200, SIGNIFICANT = 100 /* parts of a snapshot */, MOMENTS = 60 };

#define ENDED UINT32_MAX

/* A sample on its way from the innermost frame to the outermost. */
struct item {
    uint64_t bytes;
    uint32_t process, at; /* node or fact */
    uint32_t place;       /* of `at`; ENDED: there is none any more */
};

struct group {
    uint64_t bytes;
    uint32_t first, count;
};

struct tree {
    struct export *export;
    struct item *items;
    uint32_t count, room;
    uint64_t bytes;
    enum site_order order;
};

static void look_up(struct tree *tree, struct item *item)
{
    bool is_end = item->at == ENDED || item->at == LEDGER_OUTERMOST;

    item->place = is_end
                      ? ENDED
                      : places_find(&tree->export->samples.places, item->process, item->at);
}

static void step(struct tree *tree, struct item *item)
{
    const struct process *process = &tree->export->profile->processes[item->process];

    item->at = item->at >= NODE_FIRST && item->at != ENDED ? process->nodes[item->at].parent
                                                           : ENDED;
    look_up(tree, item);
}

static struct item *next_item(struct tree *tree)
{
    if (tree->count == tree->room) {
        uint32_t room = tree->room ? 2 * tree->room : 1024;
        struct item *items = realloc(tree->items, room * sizeof *items);

        if (!items)
            return NULL;
        tree->items = items;
        tree->room = room;
    }
    return &tree->items[tree->count++];
}

static int gather(struct tree *tree)
{
    struct sample sample;

    tree->count = 0;
    tree->bytes = 0;
    samples_rewind(&tree->export->samples);
    while (samples_next(&tree->export->samples, &sample)) {
        uint64_t bytes = counts_value(&sample.counts, tree->order);

        if (!bytes)
            continue;
        struct item *item = next_item(tree);
        if (!item)
            return -ENOMEM;
        *item = (struct item){.bytes = bytes, .at = PLACE_OTHER};
        if (sample.site) {
            item->process = sample.site->process;
            item->at = sample.site->leaf;
        }
        look_up(tree, item);
        tree->bytes += bytes;
    }
    return tree->export->samples.error;
}

static int by_place(const void *a, const void *b)
{
    const struct item *one = a;
    const struct item *other = b;

    return (one->place > other->place) - (one->place < other->place);
}

static int by_bytes(const void *a, const void *b)
{
    const struct group *one = a;
    const struct group *other = b;

    if (one->bytes != other->bytes)
        return one->bytes > other->bytes ? -1 : 1;
    return (one->first > other->first) - (one->first < other->first);
}

/* The groups of items with one place; NULL without memory. */
static struct group *group_items(struct tree *tree, uint32_t first, uint32_t count,
                                 uint32_t *groups)
{
    struct group *list = NULL;
    uint32_t places = 0;

    qsort(tree->items + first, count, sizeof *tree->items, by_place);
    for (uint32_t i = 0; i < count; i++)
        places += !i || by_place(&tree->items[first + i - 1], &tree->items[first + i]);
    list = calloc((size_t)places + 1, sizeof *list);
    *groups = 0;
    for (uint32_t i = first; list && i < first + count; i++) {
        if (i == first || by_place(&tree->items[i - 1], &tree->items[i]))
            list[(*groups)++].first = i;
        list[*groups - 1].count++;
        list[*groups - 1].bytes += tree->items[i].bytes;
    }
    if (list)
        qsort(list, *groups, sizeof *list, by_bytes);
    return list;
}

/* ms_print takes what follows a '#' for a comment. */
static void put_text(struct sink *sink, const char *text)
{
    for (; *text; text++)
        sink_char(sink, *text == '#' ? '@' : *text);
}

static void put_begin(struct sink *sink, uint32_t depth, uint32_t children, uint64_t bytes)
{
    for (uint32_t i = 0; i < depth; i++)
        sink_char(sink, ' ');
    sink_char(sink, 'n');
    sink_number(sink, children);
    sink_text(sink, ": ");
    sink_number(sink, bytes);
    sink_char(sink, ' ');
}

static void put_frame(const struct tree *tree, const struct place *place, uint32_t index)
{
    const struct places *places = &tree->export->samples.places;
    const struct place_frame *frame = &places->frames[place->first_frame + index];
    const struct place_function *function = places_function(places, frame);
    struct sink *sink = &tree->export->sink;

    sink_text(sink, "0x");
    sink_hex(sink, place->address);
    sink_text(sink, ": ");
    put_text(sink, function->name);
    if (function->file) {
        sink_text(sink, " (");
        put_text(sink, places->files[function->file]);
        sink_char(sink, ':');
        sink_number(sink, frame->line);
        sink_char(sink, ')');
    } else if (place->mapping) {
        sink_text(sink, " (in ");
        put_text(sink, places->mappings[place->mapping].path);
        sink_char(sink, ')');
    }
    sink_char(sink, '\n');
}

static int put_children(struct tree *tree, uint32_t first, uint32_t count, uint32_t depth,
                        uint64_t bytes, const char *text, const struct place *place);

static int put_group(struct tree *tree, const struct group *group, uint32_t depth)
{
    struct sink *sink = &tree->export->sink;
    uint32_t number = tree->items[group->first].place;

    if (number == ENDED) {
        put_begin(sink, depth, 0, group->bytes);
        sink_text(sink, "[outermost]\n");
        return 0;
    }
    const struct place place = tree->export->samples.places.list[number];
    /* Inlined calls are nodes with one child each. */
    for (uint32_t i = 0; i + 1 < place.frame_count; i++) {
        put_begin(sink, depth++, 1, group->bytes);
        put_frame(tree, &place, i);
    }
    for (uint32_t i = group->first; i < group->first + group->count; i++)
        step(tree, &tree->items[i]);
    return put_children(tree, group->first, group->count, depth, group->bytes, NULL,
                        &place);
}

static bool all_ended(const struct tree *tree, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        if (tree->items[i].place != ENDED)
            return false;
    return true;
}

static void put_rest(struct tree *tree, const struct group *groups, uint32_t count,
                     uint32_t depth)
{
    struct sink *sink = &tree->export->sink;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < count; i++)
        bytes += groups[i].bytes;
    put_begin(sink, depth, 0, bytes);
    sink_text(sink, "in ");
    sink_number(sink, count);
    sink_text(sink, count == 1 ? " place, " : " places, all ");
    sink_text(sink, "below massif's threshold (1.00%)\n");
}

/* A node: its text, or the last frame of the place, with what is below it. */
static int put_children(struct tree *tree, uint32_t first, uint32_t count, uint32_t depth,
                        uint64_t bytes, const char *text, const struct place *place)
{
    bool is_leaf = depth >= DEPTH_MOST || all_ended(tree, first, count);
    uint32_t group_count = 0;
    uint32_t shown = 0;
    int err = tree->export->samples.places.error;
    struct group *groups = is_leaf ? NULL : group_items(tree, first, count, &group_count);

    if (err || (!groups && !is_leaf)) {
        free(groups);
        return -ENOMEM;
    }
    while (shown < group_count && groups[shown].bytes >= tree->bytes / SIGNIFICANT)
        shown++;
    bool has_rest = shown < group_count;
    put_begin(&tree->export->sink, depth, shown + has_rest, bytes);
    if (text)
        sink_text(&tree->export->sink, text);
    else
        put_frame(tree, place, place->frame_count - 1);
    for (uint32_t i = 0; !err && i < shown; i++)
        err = put_group(tree, &groups[i], depth + 1);
    if (!err && has_rest)
        put_rest(tree, groups + shown, group_count - shown, depth + 1);
    free(groups);
    return err;
}

static void put_snapshot(struct sink *sink, uint32_t number, uint64_t time_ns,
                         uint64_t bytes, const char *tree)
{
    char text[256];

    snprintf(text, sizeof text,
             "#-----------\nsnapshot=%u\n#-----------\ntime=%llu\nmem_heap_B=%llu\n"
             "mem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=%s\n",
             number, (unsigned long long)(time_ns / 1000000), (unsigned long long)bytes,
             tree);
    sink_text(sink, text);
}

static int put_tree(struct tree *tree, enum site_order order, uint32_t number,
                    uint64_t time_ns, const char *kind)
{
    tree->order = order;
    int err = gather(tree);
    if (err)
        return err;
    put_snapshot(&tree->export->sink, number, time_ns, tree->bytes, kind);
    return put_children(tree, 0, tree->count, 0, tree->bytes,
                        "(heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n",
                        NULL);
}

/* What was live at moments between: of a trace, or none. */
struct moments {
    uint64_t at_ns[MOMENTS], bytes[MOMENTS];
    uint32_t count, put;
    uint32_t number; /* of the next snapshot */
};

/* Those before `now_ns`; they are as far from one another as they can be. */
static void add_moments(struct moments *moments, uint64_t now_ns, uint64_t end_ns,
                        uint64_t live)
{
    uint32_t *count = &moments->count;

    for (; *count < MOMENTS && (*count + 1) * end_ns / (MOMENTS + 1) < now_ns; ++*count) {
        moments->at_ns[*count] = (*count + 1) * end_ns / (MOMENTS + 1);
        moments->bytes[*count] = live;
    }
}

static int find_moments(struct moments *moments, struct export *export, uint64_t end_ns)
{
    struct traced traced;
    struct traced_event event;
    uint64_t live = 0;
    int err = traced_open(&traced, export);

    if (err)
        return err == -ENOENT ? 0 : err;
    while (traced_next(&traced, &event)) {
        add_moments(moments, event.at_ns, end_ns, live);
        live += event.came ? event.came_bytes : 0;
        live -= event.went ? event.went_bytes : 0;
    }
    add_moments(moments, end_ns, end_ns, live);
    err = traced.trace.error;
    traced_close(&traced);
    return err;
}

static void put_moments(struct sink *sink, struct moments *moments, uint64_t until_ns)
{
    for (; moments->put < moments->count && moments->at_ns[moments->put] <= until_ns;
         moments->put++)
        put_snapshot(sink, moments->number++, moments->at_ns[moments->put],
                     moments->bytes[moments->put], "empty");
}

static void put_head(struct export *export, const char *command, bool is_traced)
{
    struct sink *sink = &export->sink;

    sink_text(sink, is_traced ? "desc: of tare: start, peak, end, and between by a trace"
                              : "desc: of tare: start, peak and end");
    sink_text(sink, "\ncmd: ");
    put_text(sink, command);
    sink_text(sink, "\ntime_unit: ms\n");
}

int export_massif(struct export *export)
{
    const struct profile *profile = export->profile;
    struct export_times times = export_times(profile);
    struct tree tree = {.export = export};
    struct sink *sink = &export->sink;
    struct moments moments = {.number = 1};
    int err = find_moments(&moments, export, times.end_ns);
    char *command = clean_copy(profile->process_count ? profile->processes[0].command : "");

    if (err || !command) {
        free(command);
        return err ? err : -ENOMEM;
    }
    put_head(export, command, moments.count);
    free(command);
    put_snapshot(sink, 0, 0, 0, "empty");
    put_moments(sink, &moments, times.peak_ns);
    err = put_tree(&tree, ORDER_PEAK, moments.number++, times.peak_ns, "peak");
    put_moments(sink, &moments, times.end_ns);
    if (!err)
        err = put_tree(&tree, ORDER_LIVE, moments.number, times.end_ns, "detailed");
    free(tree.items);
    return err;
}
