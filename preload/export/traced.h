/* SPDX-License-Identifier: MIT
 *
 * export/traced.h - the events of a trace, of what is exported.
 *
 * Shape    samples -> which sample's each record is; trace -> events, each with its samples
 * Units    Bytes, nanoseconds.
 * Owner    Caller owns the struct; the export outlives it.
 * Threads  Single owner.
 * Errors   -ENOENT: there is no trace that has all of it: not of one process alone, or it ended before
 *          the program did, or only some threads are selected. -ENOMEM.
 * Cost     One pass over the trace to open it.
 * Source   none
 */
#ifndef TARE_EXPORT_TRACED_H
#define TARE_EXPORT_TRACED_H

#include "export/export.h"
#include "profile/trace.h"

enum { TRACED_NONE = 0 };

struct traced_event {
    uint32_t went, came; /* samples' numbers, from 1; TRACED_NONE */
    uint32_t place;      /* as in struct trace_event */
    uint64_t went_bytes, came_bytes;
    uint64_t at_ns;
};

struct traced {
    const struct process *process;
    uint32_t *sample_of; /* by record */
    uint32_t samples;
    struct trace trace;
};

int traced_open(struct traced *traced, struct export *export);
void traced_close(struct traced *traced);

bool traced_next(struct traced *traced, struct traced_event *event);

/* From the first event again. */
int traced_rewind(struct traced *traced);

#endif
