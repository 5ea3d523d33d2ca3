/* SPDX-License-Identifier: MIT
 *
 * shim/trailer.h - the eight bytes behind a block by which free knows its record.
 *
 * Shape    At the end of the usable block: record:21 | slack:6 | grown:1 | when:16 | check:20.
 *              [ block asked for ][ slack ][ trailer ]
 *          slack is what lies between; TRAILER_FAR says that it is in the eight bytes before the
 *          trailer. grown: the block came from realloc. when: the time of the allocation, as
 *          time_code packs it. check: a keyed hash of the address and all the rest.
 * Units    Bytes; records in their own size; time in units of LEDGER_LIFE_UNIT_NS.
 * Owner    The recorder; the target is told a usable size that ends before it.
 * Threads  The block's owner.
 * Errors   trailer_read: false for a block that is not ours, was freed, or was written past its
 *          end. Nothing is touched then. A foreign block passes once in 2^20 times; its record
 *          must then be looked for in the ledger's used part.
 * Cost     One multiplication.
 * Source   none
 */
#ifndef TARE_SHIM_TRAILER_H
#define TARE_SHIM_TRAILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "format/trailer_layout.h"
#include "shim/compiler.h"

/* Differs between processes, and between a parent and its forked child. */
extern uint64_t trailer_key;

/* What is asked for beyond the target's bytes, when it is not by the fast paths: TRAILER_BYTES, and
 * with a trace TRACE_ID_BYTES more for the block's id, at the end of the slack. Of the program image. */
extern size_t trailer_room;

enum { TRACE_ID_BYTES = 8 };

struct trailer {
    uint64_t *word, value;
    size_t bytes;    /* asked for */
    uint32_t record; /* offset in the ledger, in records */
    uint32_t when;   /* time code */
    bool grown;
};

/* Units since the process began, as a number of 11 bits shifted by up to 31. */
INLINE uint32_t time_code(uint64_t units)
{
    uint32_t exponent = 0;

    while (units >> exponent >> TIME_MANTISSA_BITS && exponent < TIME_EXPONENT_MAX)
        exponent++;
    if (units >> exponent >> TIME_MANTISSA_BITS)
        units = UINT64_MAX; /* later than any code: the last one */
    return exponent << TIME_MANTISSA_BITS |
           ((uint32_t)(units >> exponent) & ((1u << TIME_MANTISSA_BITS) - 1));
}

/* `usable_bytes` are at least `bytes` + TRAILER_BYTES. */
INLINE void trailer_write(void *block, size_t usable_bytes, size_t bytes, uint32_t record,
                          uint32_t when, bool grown)
{
    uint64_t *word = (uint64_t *)(void *)((char *)block + usable_bytes - TRAILER_BYTES);
    uint64_t slack = usable_bytes - TRAILER_BYTES - bytes, near = slack;

    if (UNLIKELY(slack >= TRAILER_FAR)) {
        near = TRAILER_FAR;
        memcpy(word - 1, &slack, sizeof slack);
    }
    uint64_t value = (uint64_t)record << TRAILER_RECORD_SHIFT |
                     near << TRAILER_SLACK_SHIFT | (uint64_t)grown << TRAILER_GROWN_SHIFT |
                     (uint64_t)when << TRAILER_CHECK_BITS;
    value |= trailer_check(trailer_key, block, value, slack);
    memcpy(word, &value, sizeof value);
}

INLINE bool trailer_read_keyed(struct trailer *trailer, void *block, size_t usable_bytes,
                               uint64_t key)
{
    uint64_t value, slack;

    if (UNLIKELY(usable_bytes < TRAILER_BYTES))
        return false;
    trailer->word = (uint64_t *)(void *)((char *)block + usable_bytes - TRAILER_BYTES);
    memcpy(&value, trailer->word, sizeof value);
    slack = value >> TRAILER_SLACK_SHIFT & TRAILER_FAR;
    if (UNLIKELY(slack == TRAILER_FAR)) {
        if (usable_bytes < TRAILER_BYTES + TRAILER_FAR)
            return false;
        memcpy(&slack, trailer->word - 1, sizeof slack);
    }
    trailer->value = value;
    trailer->bytes = usable_bytes - TRAILER_BYTES - slack;
    trailer->record = (uint32_t)(value >> TRAILER_RECORD_SHIFT);
    trailer->when =
        (uint32_t)(value >> TRAILER_CHECK_BITS) & ((1u << TRAILER_WHEN_BITS) - 1);
    trailer->grown = value >> TRAILER_GROWN_SHIFT & 1;
    return LIKELY((value & ((1u << TRAILER_CHECK_BITS) - 1)) ==
                  trailer_check(key, block, value, slack));
}

INLINE bool trailer_read(struct trailer *trailer, void *block, size_t usable_bytes)
{
    return trailer_read_keyed(trailer, block, usable_bytes, trailer_key);
}

/* The block is no longer ours: the same fields with another check. */
INLINE void trailer_spoil(const struct trailer *trailer)
{
    uint64_t value = trailer->value ^ 1;

    memcpy(trailer->word, &value, sizeof value);
}

INLINE void trailer_restore(const struct trailer *trailer)
{
    memcpy(trailer->word, &trailer->value, sizeof trailer->value);
}

/* Bytes at the end of the block that the target must not be told of. */
INLINE size_t trailer_hidden_bytes(const struct trailer *trailer, size_t usable_bytes)
{
    size_t slack = usable_bytes - TRAILER_BYTES - trailer->bytes;

    return slack >= TRAILER_FAR ? trailer_room + TRAILER_BYTES : trailer_room;
}

/* Where a block's id is, in a program that is traced. */
INLINE char *trailer_id_place(void *block, size_t usable_bytes, size_t bytes)
{
    size_t far = usable_bytes - TRAILER_BYTES - bytes >= TRAILER_FAR ? TRAILER_BYTES : 0;

    return (char *)block + usable_bytes - TRAILER_BYTES - far - TRACE_ID_BYTES;
}

#endif
