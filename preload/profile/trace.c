/* SPDX-License-Identifier: MIT */
#include "profile/trace.h"

#include <errno.h>
#include <stdlib.h>

enum {
    SLOTS = UINT16_MAX + 1,
    NUMBERS_FIRST = 1024,
};

/* A stream, and where its blocks are. */
struct track {
    struct trace_stream stream;
    struct trace_step step; /* the next one */
    bool has_step;
    uint32_t allocated; /* numbers up to this one have come */
    uint32_t *places;   /* of them, + 1; 0: gone */
    uint32_t room;
};

struct live_block {
    uint64_t bytes;
    uint32_t record; /* of a free place: the next free one */
};

struct trace_order {
    struct track *tracks;
    uint32_t track_count;
    uint16_t track_of[SLOTS]; /* index + 1 */
    uint32_t current;
    uint64_t until_ns; /* no other track has an earlier step */
    uint64_t now_ns;
    struct live_block *live;
    uint32_t live_room, free_places; /* + 1; 0: none */
};

static int add_track(struct trace_order *order, const struct ledger_file *file,
                     uint32_t slot)
{
    struct track *tracks =
        realloc(order->tracks, (order->track_count + 1) * sizeof *tracks);

    if (!tracks)
        return -ENOMEM;
    order->tracks = tracks;
    struct track *track = &tracks[order->track_count++];
    *track = (struct track){0};
    order->track_of[slot] = (uint16_t)order->track_count;
    return trace_stream_open(&track->stream, file, slot);
}

static int find_tracks(struct trace *trace, const struct ledger_file *file)
{
    struct trace_order *order = trace->order;
    int err = 0;

    for (uint32_t extent = 0; !err && extent < file->extents; extent++) {
        const struct trace_block *block = trace_block_at(file, extent);

        if (!block)
            continue;
        trace->bytes += LEDGER_EXTENT_BYTES;
        if (!order->track_of[block->slot] && order->track_count < SLOTS - 1)
            err = add_track(order, file, block->slot);
    }
    return err ? err : order->track_count ? 0 : -ENOENT;
}

static void advance(struct trace *trace, struct track *track)
{
    track->has_step = trace_stream_next(&track->stream, &track->step);
    trace->damaged += track->stream.damaged;
    track->stream.damaged = false;
}

int trace_open(struct trace *trace, const struct ledger_file *file)
{
    *trace = (struct trace){.order = calloc(1, sizeof *trace->order)};
    if (!trace->order)
        return -ENOMEM;
    int err = find_tracks(trace, file);
    if (err) {
        trace_close(trace);
        return err;
    }
    for (uint32_t i = 0; i < trace->order->track_count; i++)
        advance(trace, &trace->order->tracks[i]);
    return 0;
}

void trace_close(struct trace *trace)
{
    struct trace_order *order = trace->order;

    for (uint32_t i = 0; order && i < order->track_count; i++) {
        trace_stream_fini(&order->tracks[i].stream);
        free(order->tracks[i].places);
    }
    if (order) {
        free(order->tracks);
        free(order->live);
    }
    free(order);
    trace->order = NULL;
}

/* Go on with the track whose step is the earliest, for as long as it is. */
static void choose(struct trace_order *order)
{
    uint64_t first = UINT64_MAX, second = UINT64_MAX;

    for (uint32_t i = 0; i < order->track_count; i++) {
        if (!order->tracks[i].has_step)
            continue;
        uint64_t at = trace_stream_ns(&order->tracks[i].stream);
        if (at < first) {
            second = first;
            first = at;
            order->current = i;
        } else if (at < second) {
            second = at;
        }
    }
    order->until_ns = second;
}

/* The track that has still to allocate the block that this one's next step frees; NULL: none. */
static struct track *awaited(struct trace_order *order, const struct track *track)
{
    uint32_t other = order->track_of[track->step.slot];

    if (track->step.kind == TRACE_ALLOCATION || !other)
        return NULL;
    struct track *from = &order->tracks[other - 1];
    return from != track && from->has_step && from->allocated < track->step.number ? from
                                                                                   : NULL;
}

/* The track to take a step of; NULL at the end. Those that wait for one another can only be
 * damaged. */
static struct track *next_track(struct trace_order *order)
{
    struct track *track = &order->tracks[order->current], *before;

    if (!track->has_step || trace_stream_ns(&track->stream) > order->until_ns ||
        !order->until_ns) {
        choose(order);
        track = &order->tracks[order->current];
    }
    if (!track->has_step)
        return NULL;
    for (uint32_t i = 0; i < order->track_count && (before = awaited(order, track)); i++) {
        track = before;
        order->until_ns = 0; /* it may come to be the earliest */
    }
    return track;
}

static bool grow_live(struct trace_order *order)
{
    uint32_t room = order->live_room ? 2 * order->live_room : NUMBERS_FIRST;
    struct live_block *live = realloc(order->live, (size_t)room * sizeof *live);

    if (!live)
        return false;
    order->live = live;
    order->live_room = room;
    return true;
}

/* A place that no live block has; UINT32_MAX without memory. */
static uint32_t new_place(struct trace *trace)
{
    struct trace_order *order = trace->order;

    if (order->free_places) {
        uint32_t place = order->free_places - 1;

        order->free_places = order->live[place].record;
        return place;
    }
    if (trace->places == order->live_room && !grow_live(order))
        return UINT32_MAX;
    return trace->places++;
}

static bool has_room(struct track *track, uint32_t number)
{
    uint32_t room = track->room ? track->room : NUMBERS_FIRST;

    while (room < number)
        room = room > UINT32_MAX / 2 ? UINT32_MAX : 2 * room;
    if (room == track->room)
        return true;
    uint32_t *places = realloc(track->places, (size_t)room * sizeof *places);
    if (!places)
        return false;
    track->places = places;
    track->room = room;
    return true;
}

/* `place`: where it moves to, or UINT32_MAX. */
static bool come(struct trace *trace, struct track *track, struct trace_event *event,
                 uint32_t place)
{
    const struct trace_step *step = &track->step;

    if (place == UINT32_MAX)
        place = new_place(trace);
    if (place == UINT32_MAX || !has_room(track, step->number)) {
        trace->error = -ENOMEM;
        return false;
    }
    while (track->allocated < step->number - 1)
        track->places[track->allocated++] = 0;
    track->places[track->allocated++] = place + 1;
    trace->order->live[place] = (struct live_block){step->bytes, step->record};
    event->place = place;
    event->record = step->record;
    event->bytes = step->bytes;
    event->how = step->how;
    return true;
}

/* Of the step's block; false: it is no live one. */
static bool go(struct trace *trace, const struct trace_step *step,
               struct trace_event *event)
{
    struct trace_order *order = trace->order;
    uint32_t index = order->track_of[step->slot];
    struct track *from = index ? &order->tracks[index - 1] : NULL;

    if (!from || step->number - 1 >= from->allocated || !from->places[step->number - 1]) {
        trace->damaged++;
        return false;
    }
    event->place = from->places[step->number - 1] - 1;
    from->places[step->number - 1] = 0;
    event->old_record = order->live[event->place].record;
    event->old_bytes = order->live[event->place].bytes;
    return true;
}

static void give_back(struct trace_order *order, uint32_t place)
{
    order->live[place].record = order->free_places;
    order->free_places = place + 1;
}

/* What it became is the next step of the same thread; where that is lost, it went. */
static bool move_on(struct trace *trace, struct track *track, struct trace_event *event)
{
    if (track->has_step && track->step.kind == TRACE_ALLOCATION) {
        event->kind = TRACE_MOVED;
        bool came = come(trace, track, event, event->place);
        advance(trace, track);
        return came;
    }
    event->kind = TRACE_WENT;
    give_back(trace->order, event->place);
    return true;
}

/* One step; false: there is no event to it. */
static bool take_step(struct trace *trace, struct track *track, struct trace_event *event)
{
    const struct trace_step step = track->step;
    bool is;

    event->slot = track->stream.slot;
    if (step.kind == TRACE_ALLOCATION) {
        event->kind = TRACE_CAME;
        is = come(trace, track, event, UINT32_MAX);
        advance(trace, track);
        return is;
    }
    is = go(trace, &step, event);
    advance(trace, track);
    if (!is)
        return false;
    if (step.kind == TRACE_MOVE)
        return move_on(trace, track, event);
    event->kind = TRACE_WENT;
    give_back(trace->order, event->place);
    return true;
}

bool trace_next(struct trace *trace, struct trace_event *event)
{
    struct trace_order *order = trace->order;
    struct track *track;

    while (!trace->error && (track = next_track(order))) {
        uint64_t at_ns = trace_stream_ns(&track->stream);

        order->now_ns = order->now_ns > at_ns ? order->now_ns : at_ns;
        event->at_ns = order->now_ns;
        if (take_step(trace, track, event))
            return true;
    }
    return false;
}
