/* SPDX-License-Identifier: MIT
 *
 * profile/trace_stream.h - the events of one slot, as it wrote them.
 *
 * Shape    blocks of the slot -> bytes -> steps, with what the writer left unsaid put back
 * Units    Bytes, nanoseconds.
 * Owner    Caller owns the struct; the file must outlive it.
 * Threads  Single owner.
 * Errors   -ENOMEM. What makes no sense ends the stream, and sets `damaged`.
 * Cost     O(bytes); a model of some 24 KiB.
 * Source   docs/format.md
 */
#ifndef TARE_PROFILE_TRACE_STREAM_H
#define TARE_PROFILE_TRACE_STREAM_H

#include "format/trace.h"
#include "profile/ledger_file.h"

struct trace_step {
    enum trace_kind kind;
    uint32_t slot, number; /* the block's */
    uint32_t record;       /* the rest is of an allocation */
    uint8_t how;
    uint64_t bytes;
};

struct trace_stream {
    const struct ledger_file *file;
    uint32_t slot;
    uint32_t extent; /* where the next block is looked for */
    const uint8_t *at, *end;
    struct trace_model *model;
    bool damaged;
};

int trace_stream_open(struct trace_stream *stream, const struct ledger_file *file,
                      uint32_t slot);
void trace_stream_fini(struct trace_stream *stream);

/* False at the end. */
bool trace_stream_next(struct trace_stream *stream, struct trace_step *step);

/* When the latest step was, after the start; coarse. */
static inline uint64_t trace_stream_ns(const struct trace_stream *stream)
{
    return stream->model->time << TRACE_TIME_SHIFT;
}

/* The block that an extent begins with, whoever's it is; NULL: it is none, or has not begun. */
const struct trace_block *trace_block_at(const struct ledger_file *file, uint32_t extent);

#endif
