/* SPDX-License-Identifier: MIT */
#include "export/heaptrack_lines.h"

#include "export/clean_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

uint32_t heaptrack_trace(struct heaptrack *h, const struct sample *sample)
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

void heaptrack_put_size(struct heaptrack *h, uint64_t bytes, uint32_t trace)
{
    sink_char(h->sink, 'a');
    put_field(h->sink, bytes);
    put_field(h->sink, trace);
    sink_char(h->sink, '\n');
}

void heaptrack_put_event(struct heaptrack *h, char event, uint64_t index)
{
    sink_char(h->sink, event);
    put_field(h->sink, index);
    sink_char(h->sink, '\n');
}

void heaptrack_put_time(struct heaptrack *h, uint64_t ns)
{
    sink_char(h->sink, 'c');
    put_field(h->sink, ns / 1000000);
    sink_char(h->sink, '\n');
}

void heaptrack_put_head(struct heaptrack *h, const char *remark)
{
    const struct profile *profile = h->export->profile;
    char *command = clean_copy(profile->process_count ? profile->processes[0].command : "");

    sink_text(h->sink, "v 10400 3\n# ");
    sink_text(h->sink, remark);
    sink_text(h->sink, "\nX ");
    sink_text(h->sink, command && *command ? command : "unknown");
    sink_text(h->sink, "\nI");
    put_field(h->sink, (uint64_t)sysconf(_SC_PAGESIZE));
    put_field(h->sink, (uint64_t)sysconf(_SC_PHYS_PAGES));
    sink_char(h->sink, '\n');
    free(command);
}

int heaptrack_init(struct heaptrack *h, struct export *export)
{
    const struct profile *profile = export->profile;

    *h = (struct heaptrack){.export = export, .sink = &export->sink};
    h->traces = calloc(profile->process_count + 1, sizeof *h->traces);
    for (uint32_t i = 0; h->traces && i < profile->process_count; i++) {
        h->traces[i] = calloc(profile->processes[i].node_count, sizeof **h->traces);
        if (!h->traces[i])
            return -ENOMEM;
    }
    return h->traces ? 0 : -ENOMEM;
}

void heaptrack_fini(struct heaptrack *h)
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
