/* SPDX-License-Identifier: MIT */
#include "cli/timeline_writer.h"

#include "cli/append_extents.h"
#include "format/varint.h"
#include "profile/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGE_BYTES = 5 * VARINT_BYTES, FEW_SAMPLES = 16 };

static uint8_t *put_change(uint8_t *to, const struct timeline_change *change,
                           uint32_t *record)
{
    to = varint_put(to, change->record - *record);
    to = varint_put(to, zigzag(change->allocations));
    to = varint_put(to, zigzag(change->bytes));
    to = varint_put(to, zigzag(change->frees));
    to = varint_put(to, zigzag(change->freed_bytes));
    *record = change->record;
    return to;
}

static void add_change(struct timeline_change *to, const struct timeline_change *more)
{
    to->allocations += more->allocations;
    to->bytes += more->bytes;
    to->frees += more->frees;
    to->freed_bytes += more->freed_bytes;
}

/* One of the two lists of changes that are merged. */
struct way {
    const uint8_t *at, *end;
    struct timeline_change change;
    bool has_change;
};

static void step(struct way *way)
{
    way->has_change = timeline_next(&way->at, way->end, &way->change);
}

static struct way begin(const struct written_sample *sample)
{
    struct way way = {.at = sample->changes,
                      .end = sample->changes + sample->head.change_bytes};

    step(&way);
    return way;
}

/* `later` with the changes of both. */
static bool join(struct written_sample *earlier, struct written_sample *later)
{
    struct way one = begin(earlier);
    struct way other = begin(later);
    uint8_t *changes =
        malloc((size_t)(earlier->head.changes + later->head.changes) * CHANGE_BYTES + 1);
    uint8_t *to = changes;
    uint32_t record = 0;
    uint32_t count = 0;

    if (!changes)
        return false;
    for (; one.has_change || other.has_change; count++) {
        bool from_one = one.has_change &&
                        (!other.has_change || one.change.record <= other.change.record);
        struct timeline_change change = from_one ? one.change : other.change;

        if (from_one && other.has_change && other.change.record == change.record) {
            add_change(&change, &other.change);
            step(&other);
        }
        to = put_change(to, &change, &record);
        step(from_one ? &one : &other);
    }
    free(earlier->changes);
    free(later->changes);
    later->changes = realloc(changes, (size_t)(to - changes) + 1);
    if (!later->changes)
        later->changes = changes;
    later->head.changes = count;
    later->head.change_bytes = (uint32_t)(to - changes);
    return true;
}

static int thin(struct timeline_writer *writer)
{
    uint32_t kept = 0;
    bool ok = true;

    writer->bytes = 0;
    writer->thinnings++;
    for (uint32_t i = 0; i < writer->count; i++) {
        if (ok && i + 1 < writer->count) {
            ok = join(&writer->samples[i], &writer->samples[i + 1]);
            i += ok;
        }
        writer->samples[kept] = writer->samples[i];
        writer->bytes += writer->samples[kept++].head.change_bytes;
    }
    writer->count = kept;
    return ok ? 0 : -ENOMEM;
}

static bool make_room(struct timeline_writer *writer)
{
    uint32_t room = writer->room ? 2 * writer->room : 16;

    if (writer->count < writer->room)
        return true;
    struct written_sample *samples = realloc(writer->samples, room * sizeof *samples);
    if (!samples)
        return false;
    writer->samples = samples;
    writer->room = room;
    return true;
}

int timeline_add(struct timeline_writer *writer, const struct ledger_sample *head,
                 const uint8_t *changes)
{
    struct written_sample sample = {*head, malloc((size_t)head->change_bytes + 1)};
    int err = sample.changes && make_room(writer) ? 0 : -ENOMEM;

    while (!err && (writer->count == TIMELINE_SAMPLES ||
                    (writer->bytes > TIMELINE_BYTES && writer->count > FEW_SAMPLES)))
        err = thin(writer);
    if (err) {
        free(sample.changes);
        return err;
    }
    memcpy(sample.changes, changes, head->change_bytes);
    writer->bytes += head->change_bytes;
    writer->samples[writer->count++] = sample;
    return 0;
}

void timeline_writer_fini(struct timeline_writer *writer)
{
    for (uint32_t i = 0; i < writer->count; i++)
        free(writer->samples[i].changes);
    free(writer->samples);
    *writer = (struct timeline_writer){0};
}

/* The whole stream, in whole extents; NULL without memory. */
static uint8_t *make_stream(const struct timeline_writer *writer, uint32_t *extents)
{
    struct ledger_timeline head = {.samples = writer->count};

    head.bytes = sizeof head + writer->bytes + writer->count * sizeof(struct ledger_sample);
    *extents = (uint32_t)((head.bytes + LEDGER_EXTENT_BYTES - 1) / LEDGER_EXTENT_BYTES);
    uint8_t *stream = calloc(*extents, LEDGER_EXTENT_BYTES);
    if (!stream)
        return NULL;
    memcpy(stream, &head, sizeof head);
    uint8_t *to = stream + sizeof head;
    for (uint32_t i = 0; i < writer->count; i++) {
        const struct written_sample *sample = &writer->samples[i];

        memcpy(to, &sample->head, sizeof sample->head);
        to += sizeof sample->head;
        memcpy(to, sample->changes, sample->head.change_bytes);
        to += sample->head.change_bytes;
    }
    return stream;
}

int timeline_write(const struct timeline_writer *writer, const char *path)
{
    uint8_t kinds[LEDGER_MAX_EXTENTS];
    uint32_t extents;
    uint8_t *stream = make_stream(writer, &extents);

    if (!stream)
        return -ENOMEM;
    if (extents > LEDGER_MAX_EXTENTS) {
        free(stream);
        return -ENOSPC;
    }
    memset(kinds, LEDGER_TIMELINE, extents);
    int err = append_extents(path, stream, kinds, extents);
    free(stream);
    return err;
}
