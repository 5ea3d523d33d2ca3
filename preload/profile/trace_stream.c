/* SPDX-License-Identifier: MIT */
#include "profile/trace_stream.h"

#include "format/varint.h"

#include <errno.h>
#include <stdlib.h>

/* Later than any process lives: 2^50 ns are 13 days, these 35 years. */
#define TIME_MOST ((uint64_t)1 << 50)

int trace_stream_open(struct trace_stream *stream, const struct ledger_file *file,
                      uint32_t slot)
{
    *stream = (struct trace_stream){.file = file, .slot = slot};
    stream->model = calloc(1, sizeof *stream->model);
    return stream->model ? 0 : -ENOMEM;
}

void trace_stream_fini(struct trace_stream *stream)
{
    free(stream->model);
    *stream = (struct trace_stream){0};
}

const struct trace_block *trace_block_at(const struct ledger_file *file, uint32_t extent)
{
    if (ledger_file_kind(file, extent) != LEDGER_TRACE)
        return NULL;
    const struct trace_block *block = ledger_file_extent(file, extent);
    return block->begun && block->slot <= UINT16_MAX ? block : NULL;
}

/* The number of one allocation may have been taken by an event that was left. */
static bool begin_block(struct trace_stream *stream, const struct trace_block *block)
{
    uint32_t missing = block->allocations - stream->model->allocations;

    if (block->begun > TRACE_AFRESH || missing > (block->begun == TRACE_AFRESH))
        return false;
    if (block->begun == TRACE_AFRESH)
        *stream->model = (struct trace_model){.time = 0};
    stream->model->allocations = block->allocations;
    stream->at = (const uint8_t *)(block + 1);
    stream->end = (const uint8_t *)block + LEDGER_EXTENT_BYTES;
    return true;
}

static bool fail(struct trace_stream *stream)
{
    stream->damaged = true;
    stream->extent = stream->file->extents;
    stream->at = stream->end = NULL;
    return false;
}

static bool next_block(struct trace_stream *stream)
{
    while (stream->extent < stream->file->extents) {
        const struct trace_block *block = trace_block_at(stream->file, stream->extent++);

        if (block && block->slot == stream->slot)
            return begin_block(stream, block) || fail(stream);
    }
    stream->at = stream->end = NULL;
    return false;
}

/* A number behind an event's byte; false when it is cut. */
static bool get(struct trace_stream *stream, uint64_t *value)
{
    stream->at = varint_get(stream->at, stream->end, value);
    return stream->at;
}

static bool read_time(struct trace_stream *stream)
{
    uint64_t more;

    if (!get(stream, &more) || more > TIME_MOST - stream->model->time)
        return false;
    stream->model->time += more;
    return true;
}

/* Which shape, from `what` and what stands behind it; TRACE_SHAPES: damaged. */
static uint32_t read_shape(struct trace_stream *stream, uint8_t what)
{
    struct trace_model *model = stream->model;
    struct trace_shape *last = &model->shapes[model->last];
    uint64_t record;

    switch (what & TRACE_SITE_MASK) {
    case TRACE_SITE_NEXT:
        return last->next;
    case TRACE_SITE_KNOWN:
        return last->next =
                   (uint16_t)((uint32_t)(what >> TRACE_SHAPE_SHIFT) << 8 | *stream->at++);
    case TRACE_SITE_NEW:
        if (!get(stream, &record) ||
            record >= LEDGER_MAX_BYTES / sizeof(struct ledger_record))
            return TRACE_SHAPES;
        uint32_t index = trace_shape_of((uint32_t)record);
        model->shapes[index] = (struct trace_shape){.record = (uint32_t)record};
        return last->next = (uint16_t)index;
    default:
        return TRACE_SHAPES;
    }
}

static bool read_allocation(struct trace_stream *stream, struct trace_step *step,
                            uint8_t what)
{
    struct trace_model *model = stream->model;
    uint32_t index = read_shape(stream, what);

    if (index >= TRACE_SHAPES || model->allocations == UINT32_MAX)
        return false;
    struct trace_shape *shape = &model->shapes[index];
    if (what & TRACE_SIZE && !get(stream, &shape->bytes))
        return false;
    if (what & TRACE_HOW)
        shape->how = *stream->at++;
    model->last = (uint16_t)index;
    step->slot = stream->slot;
    step->number = ++model->allocations;
    step->record = shape->record;
    step->bytes = shape->bytes;
    step->how = shape->how;
    return true;
}

static bool read_other(struct trace_stream *stream, struct trace_step *step)
{
    struct trace_model *model = stream->model;
    uint64_t slot, jump;

    if (!get(stream, &slot) || !get(stream, &jump) || slot > UINT16_MAX)
        return false;
    model->other_freed += (uint32_t)unzigzag(jump);
    step->slot = (uint32_t)slot;
    step->number = model->other_freed;
    return true;
}

static bool read_free(struct trace_stream *stream, struct trace_step *step, uint8_t what)
{
    struct trace_model *model = stream->model;
    uint32_t code = what >> TRACE_KIND_BITS;
    uint64_t value = 0;

    if (code == TRACE_OF_OTHER)
        return read_other(stream, step);
    if (code <= TRACE_AGE && !get(stream, &value))
        return false;
    if (code == TRACE_FROM_FREED)
        model->freed += (uint32_t)unzigzag(value);
    else if (code == TRACE_AGE)
        model->freed = model->allocations - (uint32_t)value;
    else if (code < TRACE_NEAR)
        model->freed = model->allocations - (code - TRACE_YOUNG);
    else
        model->freed += code - TRACE_NEAR - TRACE_NEAR_REACH;
    step->slot = stream->slot;
    step->number = model->freed;
    return true;
}

/* The next event's byte; 0 at the end. */
static uint8_t next_byte(struct trace_stream *stream)
{
    for (;;) {
        if (stream->end - stream->at >= TRACE_EVENT_MOST && *stream->at)
            return *stream->at++;
        if (!next_block(stream))
            return 0;
    }
}

bool trace_stream_next(struct trace_stream *stream, struct trace_step *step)
{
    uint8_t what;

    while ((what = next_byte(stream))) {
        bool read;

        step->kind = what & ((1 << TRACE_KIND_BITS) - 1);
        if (step->kind == TRACE_ALLOCATION)
            read = read_allocation(stream, step, what);
        else if (step->kind == TRACE_OTHER)
            read = what == TRACE_TIME && read_time(stream);
        else
            read = read_free(stream, step, what);
        if (!read)
            return fail(stream);
        if (step->kind != TRACE_OTHER)
            return true;
    }
    return false;
}
