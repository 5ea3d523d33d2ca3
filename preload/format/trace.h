/* SPDX-License-Identifier: MIT
 *
 * format/trace.h - the events of a ledger's trace, as bytes.
 *
 * Shape    extent of LEDGER_TRACE: struct trace_block, events, zeros. The blocks of one slot, in the
 *          order of their extents, are one stream.
 *              event: a byte that is not 0, which says what it is and what stands behind it
 *          A block is named by its slot and by how many blocks that slot had allocated with it. What
 *          is likely is not said: writer and reader keep the same struct trace_model of what came
 *          before, for each stream.
 * Units    Bytes; times in units of 2^TRACE_TIME_SHIFT ns.
 * Owner    none
 * Threads  The first byte of an event is stored last, with release order: who finds it finds the
 *          event. So is `begun` of a block.
 * Errors   none: a reader trusts nothing (profile/trace_stream.c).
 * Cost     1 to 3 bytes an event, as a rule.
 * Source   docs/format.md
 */
#ifndef TARE_FORMAT_TRACE_H
#define TARE_FORMAT_TRACE_H

#include "format/ledger.h"

enum {
    TRACE_SHAPES = 1024,
    TRACE_EVENT_MOST = 32, /* bytes; with less in a block, it ends */
    TRACE_TIME_SHIFT = 10,
};

enum trace_begun {
    TRACE_GOES_ON = 1, /* the model is as the stream left it */
    TRACE_AFRESH = 2,  /* it is empty, but for the number of allocations */
};

struct trace_block {
    uint32_t begun; /* enum trace_begun; 0: not yet */
    uint32_t slot;
    uint32_t allocations; /* of the slot, before this block's; one of them may be missing */
    uint32_t reserved;
};

/* The two low bits of an event's byte. */
enum trace_kind {
    TRACE_OTHER = 0, /* 0: nothing yet; TRACE_TIME */
    TRACE_ALLOCATION = 1,
    TRACE_FREE = 2,
    TRACE_MOVE = 3, /* a free by realloc: the stream's next event is what it became */
    TRACE_KIND_BITS = 2,
};

enum { TRACE_TIME = 4 }; /* varint: so much after the time before it, at first the start */

/* An allocation: of which record? Then what differs from the record's latest one. */
enum trace_allocation_bits {
    TRACE_SITE_MASK = 0x0c,
    TRACE_SITE_NEXT = 0, /* of the shape that came after the latest one, last time */
    TRACE_SITE_KNOWN =
        4, /* of a shape: its number's two high bits are this byte's, and a byte */
    TRACE_SITE_NEW = 8, /* varint: the record's number; it takes over the shape */
    TRACE_SIZE = 0x10,  /* varint: its size */
    TRACE_HOW = 0x20,   /* byte: enum trace_how */
    TRACE_SHAPE_SHIFT = 6,
};

enum trace_how {
    TRACE_BY_MALLOC = 0,
    TRACE_BY_CALLOC = 1,
    TRACE_BY_REALLOC = 2,
    TRACE_ALIGNED = 64, /* + the alignment's logarithm */
};

/* A free: the upper six bits say which block. */
enum trace_free_code {
    TRACE_OF_OTHER =
        0, /* varints: slot, number minus that of the latest one so named (zigzag) */
    TRACE_FROM_FREED = 1, /* varint: number minus that of the latest freed (zigzag) */
    TRACE_AGE = 2,        /* varint: how many the slot allocated since */
    TRACE_YOUNG = 3,      /* + such an age, up to */
    TRACE_NEAR = 44,      /* + 10 + number minus that of the latest freed, from -10 to 9 */
    TRACE_NEAR_REACH = 10,
};

/* What the latest allocation of a record was like. Records share shapes; the latest has it. */
struct trace_shape {
    uint64_t bytes;
    uint32_t record;
    uint16_t next; /* shape of the allocation behind it */
    uint8_t how;
};

struct trace_model {
    uint64_t time;        /* that was said */
    uint32_t allocations; /* numbered from 1 */
    uint32_t freed;       /* the latest block of this slot that was freed here */
    uint32_t other_freed; /* of another slot */
    uint16_t last;        /* shape of the latest allocation */
    struct trace_shape shapes[TRACE_SHAPES];
};

static inline uint32_t trace_shape_of(uint32_t record)
{
    return (record * 0x9e3779b1u) >> 22;
}

_Static_assert(TRACE_SHAPES == 1 << (32 - 22), "a shape's number has ten bits");

#endif
