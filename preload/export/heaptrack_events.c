/* SPDX-License-Identifier: MIT
 *
 * heaptrack's events from a trace. Blocks of one size and stack take turns with some indices, so that
 * a free is not taken for that of the latest one; where that is not enough it is counted.
 */
#include "export/heaptrack_lines.h"
#include "export/traced.h"

#include <errno.h>
#include <stdlib.h>

#include <tare/map_hash.h>

struct size_key {
    uint64_t bytes;
    uint32_t sample;
};

/* A prime number: blocks that live for so many others of their kind are often of a round number. */
enum { TURNS = 7 };

/* Of a size and stack; 0: not put yet. */
struct size_indices {
    uint64_t index[TURNS];
    uint32_t next;
};

#define TARE_MAP_NAME sizes
#define TARE_MAP_KEY struct size_key
#define TARE_MAP_HASH(key, seed) \
    tare_hash_integer((key)->bytes, tare_hash_integer((key)->sample, seed))
#define TARE_MAP_EQUAL(x, y) ((x)->bytes == (y)->bytes && (x)->sample == (y)->sample)
#define TARE_MAP_VALUE struct size_indices
#include <tare/map.h>

struct events {
    struct heaptrack *lines;
    uint32_t *trace_of; /* by sample */
    struct sizes sizes;
    uint64_t next_index;
    uint64_t *index_of; /* by place */
    uint32_t places;
    uint64_t latest; /* index, as heaptrack remembers it */
    uint64_t temporary;
    uint64_t ms;
    int err;
};

/* All stacks first, and index 0, which is no block's. */
static void put_traces(struct events *e, uint32_t samples)
{
    struct samples *from = &e->lines->export->samples;
    struct sample sample;
    uint32_t number = 0;

    e->trace_of = calloc((size_t)samples + 1, sizeof *e->trace_of);
    if (!e->trace_of) {
        e->err = -ENOMEM;
        return;
    }
    samples_rewind(from);
    while (number < samples && samples_next(from, &sample))
        e->trace_of[++number] = heaptrack_trace(e->lines, &sample);
    heaptrack_put_size(e->lines, 0, e->trace_of[samples > 0]);
    e->next_index = 1;
}

static bool reserve_place(struct events *e, uint32_t place)
{
    uint32_t room = e->places ? e->places : 1024;

    while (room <= place)
        room *= 2;
    if (room == e->places)
        return true;
    uint64_t *index_of = realloc(e->index_of, room * sizeof *index_of);
    if (!index_of) {
        e->err = -ENOMEM;
        return false;
    }
    e->index_of = index_of;
    e->places = room;
    return true;
}

static void put_came(struct events *e, const struct traced_event *event)
{
    struct size_key key = {event->came_bytes, event->came};
    bool is_new = false;
    struct sizes_entry *entry = sizes_find_or_insert(&e->sizes, key, &is_new);

    if (!entry || !reserve_place(e, event->place)) {
        e->err = -ENOMEM;
        return;
    }
    if (is_new)
        entry->value = (struct size_indices){.next = 0};
    uint64_t *index = &entry->value.index[entry->value.next];
    entry->value.next = (entry->value.next + 1) % TURNS;
    if (!*index) {
        *index = e->next_index++;
        heaptrack_put_size(e->lines, event->came_bytes, e->trace_of[event->came]);
    }
    e->latest = *index;
    e->index_of[event->place] = e->latest;
    heaptrack_put_event(e->lines, '+', e->latest);
}

static void put_went(struct events *e, const struct traced_event *event)
{
    uint64_t index = e->index_of[event->place];

    e->temporary += index == e->latest;
    e->latest = 0;
    heaptrack_put_event(e->lines, '-', index);
}

static void put_events(struct events *e, struct traced *traced)
{
    struct traced_event event;

    heaptrack_put_time(e->lines, 0);
    while (!e->err && traced_next(traced, &event)) {
        if (event.at_ns / 1000000 > e->ms) {
            e->ms = event.at_ns / 1000000;
            heaptrack_put_time(e->lines, event.at_ns);
        }
        if (event.went)
            put_went(e, &event);
        if (event.came)
            put_came(e, &event);
    }
    e->err = e->err ? e->err : traced->trace.error;
    heaptrack_put_time(e->lines, export_times(e->lines->export->profile).end_ns);
}

bool heaptrack_put_traced(struct heaptrack *h)
{
    struct events e = {.lines = h, .sizes.map.mem = tare_mem_libc()};
    struct traced traced;

    if (traced_open(&traced, h->export))
        return false;
    heaptrack_put_head(h, "the events of a trace, in their order");
    put_traces(&e, traced.samples);
    if (!e.err)
        put_events(&e, &traced);
    uint64_t said = h->export->samples.counts.temporary;
    h->export->result.untrue_temporary =
        said > e.temporary ? said - e.temporary : e.temporary - said;
    if (e.err)
        h->export->samples.error = e.err;
    traced_close(&traced);
    sizes_fini(&e.sizes);
    free(e.index_of);
    free(e.trace_of);
    return true;
}
