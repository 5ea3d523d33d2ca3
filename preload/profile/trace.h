/* SPDX-License-Identifier: MIT
 *
 * profile/trace.h - the events of a process in an order in which they can have happened.
 *
 * Shape    streams of the slots, by coarse times -> events; each block is at a place of its own
 *          while it lives
 * Units    Bytes, nanoseconds after the start.
 * Owner    Caller owns the struct; the file must outlive it.
 * Threads  Single owner.
 * Errors   -ENOENT: the ledger has no trace. -ENOMEM. What makes no sense is left out, and counted.
 * Cost     O(events), and 4 bytes a block that was ever allocated.
 * Source   none
 *
 * The order is each thread's own, and between threads that of a clock which they share, and which
 * one of them sets at every 64 events of its own; but no block goes before it has come
 * (shim/trace.h says why that always can be had). One thread's order is exact.
 */
#ifndef TARE_PROFILE_TRACE_H
#define TARE_PROFILE_TRACE_H

#include "profile/trace_stream.h"

struct trace_event {
    enum { TRACE_CAME, TRACE_WENT, TRACE_MOVED } kind;
    uint32_t slot; /* of the thread */
    uint32_t
        place;   /* less than the most blocks that lived so far; also where it moved to */
    uint8_t how; /* enum trace_how; of what came */
    uint32_t record, old_record; /* that counts what came, and what went */
    uint64_t bytes, old_bytes;
    uint64_t at_ns;
};

struct trace_order; /* profile/trace.c */

struct trace {
    struct trace_order *order;
    uint32_t places;  /* so far */
    uint64_t damaged; /* so far */
    uint64_t bytes;   /* of the file that it takes */
    int error;        /* -ENOMEM: it ended before its end */
};

int trace_open(struct trace *trace, const struct ledger_file *file);
void trace_close(struct trace *trace);

/* False at the end. */
bool trace_next(struct trace *trace, struct trace_event *event);

#endif
