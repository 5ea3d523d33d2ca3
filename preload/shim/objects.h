/* SPDX-License-Identifier: MIT
 *
 * shim/objects.h - what an allocator of the target's own hands out: objects, by where they begin.
 *
 * Shape    64 shards, by the address's page. In a shard one mapping, which doubles:
 *              heads    a cache line for a page: one for each of its granules of 256 bytes
 *                `-> entries, linked by number; 0: none
 * Units    bytes; numbers of entries
 * Owner    The process: a fork's child begins with empty shards.
 * Threads  thread-safe, async-signal-safe. Nobody holds two shards' locks. A child that a signal
 *          handler forked finds the memory zeroed under the call that it returns to: that sees
 *          empty lists.
 * Errors   OBJECTS_LOST: no memory, no room, or the lock does not come free.
 * Cost     A lock, two cache lines, and one for each object of the same granule that is looked at
 *          before. 28 bytes an object, to 56; 4 KiB a shard at first.
 * Source   none
 */
#ifndef TARE_SHIM_OBJECTS_H
#define TARE_SHIM_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    OBJECTS_SHARDS = 64,
    OBJECTS_SHARD_FIRST = 128,
    OBJECTS_SHARD_MAX = 1 << 20, /* entries */
    OBJECT_WHEN_BITS = 16,
};

#define OBJECT_BYTES_MAX (((uint64_t)1 << (64 - OBJECT_WHEN_BITS)) - 1)

struct object {
    uint64_t start; /* 0: an unused entry */
    uint64_t bytes : 64 - OBJECT_WHEN_BITS;
    uint64_t when : OBJECT_WHEN_BITS; /* time code */
    uint32_t record;                  /* as a trailer's */
    uint32_t next;                    /* entry of the same list */
};

enum objects_answer { OBJECTS_NONE, OBJECTS_ONE, OBJECTS_LOST };

/* Enter an object. OBJECTS_ONE: another one began there; it is taken out, and `old`. */
enum objects_answer objects_put(const struct object *object, struct object *old);

/* Take out the one that begins there. */
enum objects_answer objects_take(uint64_t start, struct object *object);

/* Those that begin in [start, end): first all-zero but for these two. */
struct objects_range {
    uint64_t start, end;
    uint64_t at; /* the next page, or the next entry of the shard */
    uint32_t shard;
    uint32_t lost; /* shards that were passed over */
    bool is_begun, is_by_shard;
};

/* Take out up to `room` of them. Again, until there is none. */
uint32_t objects_take_some(struct objects_range *range, struct object *objects,
                           uint32_t room);

/* In a fork's child that has returned into its parent's event: begin anew. */
void objects_forget(void);

#endif
