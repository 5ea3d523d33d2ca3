/* SPDX-License-Identifier: MIT
 *
 * shim/trace.h - the events of a slot, one after the other, in extents of the ledger.
 *
 * Shape    event -> bytes behind the slot's latest -> format/trace.h
 *          A block's id stands in front of its trailer: slot, and number of the allocation there.
 * Units    bytes
 * Owner    The slot's thread writes its stream.
 * Threads  single owner a slot. No order between slots is written but coarse times, and none is
 *          needed: an allocation's event is in its stream before the target has the block, so when
 *          another thread frees that, the free's event is younger; a reader that lets a free wait
 *          for the allocation that it names never waits for ever.
 * Errors   Where the limit or the disk leaves no room, all tracing of the process ends, and the
 *          slots count what they lose. Blocks that are not traced have the id 0, so that no free
 *          in the trace is of a block that is not in it.
 * Cost     About 10 ns an event; a lock and two system calls every 16 KiB.
 * Source   none
 */
#ifndef TARE_SHIM_TRACE_H
#define TARE_SHIM_TRACE_H

#include "format/trace.h"
#include "shim/thread.h"

struct trace_writer {
    uint8_t *at, *end; /* in the open block; NULL: none */
    bool afresh;       /* the stream's model is not to be relied on */
    struct trace_model model;
};

/* `block` has come to be, and its trailer is written; `how`: enum trace_how. */
void trace_allocation(struct thread *thread, const struct ledger_record *record,
                      void *block, size_t usable, size_t bytes, uint8_t how);

/* The block of that id is gone; `moves`: into the slot's next allocation. */
void trace_free(struct thread *thread, uint64_t id, bool moves);

/* An event was left in the middle, by longjmp. */
void trace_left(struct thread *thread);

uint64_t trace_id_at(const char *place);

#endif
