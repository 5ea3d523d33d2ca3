/* SPDX-License-Identifier: MIT
 *
 * heaptrack's text format, file version 3. It is a list of events, and a profile has sums, so that
 * the events are made up: first what passes, then what is there at the peak, then what is left. The
 * sums of each site are ours.
 *
 * heaptrack takes a free for temporary when its index is that of the allocation just before it, or
 * is 0 behind another free. So index 0 is no block's, and blocks that are not temporary change
 * between two indices.
 */
#include "export/clean_text.h"
#include "export/export.h"
#include "export/heaptrack_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { EVENTS_MOST = 50000000 };

/* Numbers given to what has an index of ours; 0: none yet. */
struct numbers {
    uint32_t *of;
    uint32_t room, last;
};

struct heaptrack {
    struct export *export;
    struct sink *sink;
    struct numbers functions, files, mappings; /* strings */
    uint32_t last_string;
    struct numbers places; /* instruction pointers */
    uint32_t **traces;     /* by process and node */
    uint32_t facts[PLACE_FIRST];
    uint32_t last_trace;
    uint32_t *way; /* nodes of a stack that have no trace yet */
    uint32_t way_room;
    uint64_t share, peak;

    uint64_t pending, pending_bytes; /* a passing block not freed yet; index, 0: none */
};

/* The number of an index, to be given if it is 0; NULL without memory. */
static uint32_t *number_of(struct heaptrack *h, struct numbers *numbers, uint32_t index)
{
    if (index >= numbers->room) {
        uint32_t room = index + index / 2 + 64;
        uint32_t *of = realloc(numbers->of, room * sizeof *of);

        if (!of) {
            h->export->samples.error = -ENOMEM;
            return NULL;
        }
        memset(of + numbers->room, 0, (room - numbers->room) * sizeof *of);
        numbers->of = of;
        numbers->room = room;
    }
    return &numbers->of[index];
}

/* Put the string if it is new; its number. */
static uint32_t string_of(struct heaptrack *h, struct numbers *numbers, uint32_t index,
                          const char *text)
{
    uint32_t *number = number_of(h, numbers, index);

    if (!number)
        return 0;
    if (!*number) {
        *number = ++h->last_string;
        sink_text(h->sink, "s ");
        sink_hex(h->sink, strlen(text));
        sink_char(h->sink, ' ');
        sink_text(h->sink, text);
        sink_char(h->sink, '\n');
    }
    return *number;
}

static void put_field(struct sink *sink, uint64_t value)
{
    sink_char(sink, ' ');
    sink_hex(sink, value);
}

/* All strings stand before the line that uses them. */
static void put_place(struct heaptrack *h, const struct place *place)
{
    const struct places *places = &h->export->samples.places;
    const char *module = place->mapping ? places->mappings[place->mapping].path : "tare";
    uint32_t string = string_of(h, &h->mappings, place->mapping, module);

    for (uint32_t i = 0; i < place->frame_count; i++) {
        uint32_t index = places->frames[place->first_frame + i].function;
        uint32_t file = places->functions[index].file;

        string_of(h, &h->functions, index, places->functions[index].name);
        if (file)
            string_of(h, &h->files, file, places->files[file]);
    }
    sink_char(h->sink, 'i');
    put_field(h->sink, place->address);
    put_field(h->sink, string);
    for (uint32_t i = 0; i < place->frame_count; i++) {
        const struct place_frame *frame = &places->frames[place->first_frame + i];
        uint32_t file = places->functions[frame->function].file;

        put_field(h->sink, h->functions.of[frame->function]);
        put_field(h->sink, file ? h->files.of[file] : 0);
        put_field(h->sink, frame->line);
    }
    sink_char(h->sink, '\n');
}

static uint32_t put_trace(struct heaptrack *h, uint32_t place, uint32_t parent)
{
    uint32_t *number = number_of(h, &h->places, place);

    if (!number || h->export->samples.error)
        return 0;
    if (!*number) {
        put_place(h, &h->export->samples.places.list[place]);
        *number = ++h->places.last;
    }
    sink_char(h->sink, 't');
    put_field(h->sink, *number);
    put_field(h->sink, parent);
    sink_char(h->sink, '\n');
    return ++h->last_trace;
}

static uint32_t trace_of_fact(struct heaptrack *h, uint32_t fact)
{
    if (fact == LEDGER_OUTERMOST)
        return 0;
    if (!h->facts[fact])
        h->facts[fact] = put_trace(h, fact, 0);
    return h->facts[fact];
}

static bool note_way(struct heaptrack *h, uint32_t steps, uint32_t node)
{
    if (steps == h->way_room) {
        uint32_t room = h->way_room ? 2 * h->way_room : 256;
        uint32_t *way = realloc(h->way, room * sizeof *way);

        if (!way) {
            h->export->samples.error = -ENOMEM;
            return false;
        }
        h->way = way;
        h->way_room = room;
    }
    h->way[steps] = node;
    return true;
}

static uint32_t trace_of(struct heaptrack *h, const struct sample *sample)
{
    if (!sample->site)
        return trace_of_fact(h, PLACE_OTHER);
    uint32_t process = sample->site->process;
    const struct node *nodes = h->export->profile->processes[process].nodes;
    uint32_t *traces = h->traces[process];
    uint32_t at = sample->site->leaf;
    uint32_t steps = 0;

    for (; at >= NODE_FIRST && !traces[at]; at = nodes[at].parent)
        if (!note_way(h, steps++, at))
            return 0;
    uint32_t trace = at >= NODE_FIRST ? traces[at] : trace_of_fact(h, at);
    while (steps) {
        uint32_t node = h->way[--steps];
        uint32_t place = places_find(&h->export->samples.places, process, node);

        trace = traces[node] = put_trace(h, place, trace);
    }
    return trace;
}

static void put_size(struct heaptrack *h, uint64_t bytes, uint32_t trace)
{
    sink_char(h->sink, 'a');
    put_field(h->sink, bytes);
    put_field(h->sink, trace);
    sink_char(h->sink, '\n');
}

/* How many indices a group has: one for each of its sizes, and two where blocks of one size are to
 * change between them. The first one's are of `size`, the others of a byte more. */
static uint64_t indices_of(enum plan_group group)
{
    return group == PLAN_PASSING ? 4 : 2;
}

/* Indices for each group with blocks, beginning with 1. */
static void put_definitions(struct heaptrack *h)
{
    struct samples *samples = &h->export->samples;
    struct sample sample;
    bool is_first = true;

    samples_rewind(samples);
    while (samples_next(samples, &sample)) {
        struct plan plan = plan_make(&sample.counts, h->share);
        uint32_t trace = trace_of(h, &sample);

        if (is_first)
            put_size(h, 0, trace);
        is_first = false;
        for (enum plan_group i = 0; i < PLAN_GROUPS; i++) {
            const struct plan_blocks *group = &plan.groups[i];

            if (!group->blocks)
                continue;
            for (uint64_t k = 0; k < indices_of(i); k++)
                put_size(h, group->size + (k >= indices_of(i) / 2), trace);
        }
        h->export->result.untrue_temporary += plan.untrue_temporary / h->share;
        h->peak += sample.counts.bytes_at_peak;
    }
}

static void put_event(struct heaptrack *h, char event, uint64_t index)
{
    sink_char(h->sink, event);
    put_field(h->sink, index);
    sink_char(h->sink, '\n');
}

static void put_time(struct heaptrack *h, uint64_t ns)
{
    sink_char(h->sink, 'c');
    put_field(h->sink, ns / 1000000);
    sink_char(h->sink, '\n');
}

typedef void group_fn(struct heaptrack *h, const struct plan_blocks *group, uint64_t index);

static void each_group(struct heaptrack *h, enum plan_group wanted, group_fn *act)
{
    struct samples *samples = &h->export->samples;
    struct sample sample;
    uint64_t index = 1;

    samples_rewind(samples);
    while (samples_next(samples, &sample)) {
        struct plan plan = plan_make(&sample.counts, h->share);

        for (enum plan_group i = 0; i < PLAN_GROUPS; i++) {
            if (i == wanted && plan.groups[i].blocks)
                act(h, &plan.groups[i], index);
            index += plan.groups[i].blocks ? indices_of(i) : 0;
        }
    }
}

static void pass_temporary(struct heaptrack *h, const struct plan_blocks *group,
                           uint64_t index)
{
    for (uint64_t i = 0; i < group->blocks; i++) {
        put_event(h, '+', index + (i < group->larger));
        put_event(h, '-', index + (i < group->larger));
    }
}

static void free_pending(struct heaptrack *h)
{
    if (h->pending)
        put_event(h, '-', h->pending);
    h->pending = 0;
}

/* Each is freed when the next one is there, unless both are more than the peak. */
static void pass(struct heaptrack *h, const struct plan_blocks *group, uint64_t index)
{
    for (uint64_t i = 0; i < group->blocks; i++) {
        bool is_larger = i < group->larger;
        uint64_t bytes = group->size + is_larger;
        uint64_t mine = index + (is_larger ? 2 : 0) + i % 2;

        if (h->pending && h->pending_bytes + bytes > h->peak) {
            free_pending(h);
            h->export->result.untrue_temporary++;
        }
        put_event(h, '+', mine);
        free_pending(h);
        h->pending = mine;
        h->pending_bytes = bytes;
    }
}

static void allocate(struct heaptrack *h, const struct plan_blocks *group, uint64_t index)
{
    for (uint64_t i = 0; i < group->blocks; i++) {
        put_event(h, '+', index + (i < group->larger));
        free_pending(h);
    }
}

static void release(struct heaptrack *h, const struct plan_blocks *group, uint64_t index)
{
    for (uint64_t i = 0; i < group->blocks; i++)
        put_event(h, '-', index + (i < group->larger));
}

static void put_events(struct heaptrack *h)
{
    struct export_times times = export_times(h->export->profile);

    put_time(h, 0);
    each_group(h, PLAN_TEMPORARY, pass_temporary);
    each_group(h, PLAN_PASSING, pass);
    put_time(h, times.peak_ns);
    each_group(h, PLAN_LASTING, allocate);
    each_group(h, PLAN_AT_PEAK, allocate);
    if (h->pending)
        h->export->result.untrue_temporary++;
    free_pending(h);
    each_group(h, PLAN_AT_PEAK, release);
    each_group(h, PLAN_LATE, allocate);
    put_time(h, times.end_ns);
}

static void put_head(struct heaptrack *h)
{
    const struct profile *profile = h->export->profile;
    char *command = clean_copy(profile->process_count ? profile->processes[0].command : "");

    sink_text(h->sink,
              "v 10400 3\n# synthetic: sums are true, the order of events is not\nX ");
    sink_text(h->sink, command && *command ? command : "unknown");
    sink_text(h->sink, "\nI");
    put_field(h->sink, (uint64_t)sysconf(_SC_PAGESIZE));
    put_field(h->sink, (uint64_t)sysconf(_SC_PHYS_PAGES));
    sink_char(h->sink, '\n');
    free(command);
}

static int reserve(struct heaptrack *h)
{
    const struct profile *profile = h->export->profile;

    h->traces = calloc(profile->process_count + 1, sizeof *h->traces);
    for (uint32_t i = 0; h->traces && i < profile->process_count; i++) {
        h->traces[i] = calloc(profile->processes[i].node_count, sizeof **h->traces);
        if (!h->traces[i])
            return -ENOMEM;
    }
    return h->traces ? 0 : -ENOMEM;
}

static void fini(struct heaptrack *h)
{
    for (uint32_t i = 0; h->traces && i < h->export->profile->process_count; i++)
        free(h->traces[i]);
    free(h->traces);
    free(h->functions.of);
    free(h->files.of);
    free(h->mappings.of);
    free(h->places.of);
    free(h->way);
}

int export_heaptrack(struct export *export)
{
    struct heaptrack h = {.export = export, .sink = &export->sink};
    int err = reserve(&h);

    h.share = export->samples.counts.allocations / EVENTS_MOST + 1;
    export->result.blocks_an_event = h.share;
    if (!err) {
        put_head(&h);
        put_definitions(&h);
        put_events(&h);
        err = export->samples.places.error;
    }
    fini(&h);
    return err;
}
