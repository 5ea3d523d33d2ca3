/* SPDX-License-Identifier: MIT
 *
 * tare/ring_merge.h - the events of several rings as one stream, by time.
 *
 * Shape    ring, ring, ring -> a reader and a batch each -> heap of the first ones -> events
 * Units    Events of one size; the key is a uint64_t in each, at key_offset.
 * Owner    The caller owns the rings, which outlive the merge; the merge owns its readers.
 * Threads  A merge is single owner; the rings' writers go on meanwhile.
 * Errors   create: -EINVAL, -ENOMEM; read fails never.
 * Cost     An event: two copies and log2 of the number of rings comparisons. Memory: 64 events a
 *          ring.
 * Source   Knuth, TAOCP 3, 5.4.1.
 *
 * Events come by (key, ring's number, id): those of one ring in the order in which they were pushed,
 * whatever their keys. An event that is pushed later with a lesser key than what was already given
 * comes late: give `until` a time that no writer will go below.
 */
#ifndef TARE_RING_MERGE_H
#define TARE_RING_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include <tare/ring.h>

TARE_BEGIN

struct tare_ring_merge;

/* Begin with the oldest events of `count` rings, 1 or more. -EINVAL: there are none, their events
 * differ in size, or the key is not within one at a multiple of 8. */
TARE_API TARE_NODISCARD int tare_ring_merge_create(struct tare_ring_merge **merge,
                                                   struct tare_ring *const *rings,
                                                   size_t count, size_t key_offset,
                                                   struct tare_mem *mem);

/* *merge is NULL then. NULL is nothing. */
TARE_API void tare_ring_merge_destroy(struct tare_ring_merge **merge);

/* Copies of at most `count` events whose keys are below `until`; how many. rings[i], unless `rings`
 * is NULL, says where event i is from. */
TARE_API size_t tare_ring_merge_read(struct tare_ring_merge *merge, void *events,
                                     uint32_t *rings, size_t count, uint64_t until);

/* Events that this merge never read, of all rings or of one: gone before their turn. */
TARE_API uint64_t tare_ring_merge_lost(const struct tare_ring_merge *merge);
TARE_API uint64_t tare_ring_merge_lost_of(const struct tare_ring_merge *merge, size_t ring);

TARE_END

#endif
