/* SPDX-License-Identifier: MIT
 *
 * shim/evidence.h - what a site's blocks were like: sizes, lifetimes, growth, slack.
 *
 * Shape    record -> a run of equal sizes and one of like lifetimes, in the record itself
 *                 -> struct ledger_histogram, where a run goes when it ends
 *                 -> struct ledger_growth, for a site that calls realloc
 * Units    bytes; lifetimes in units of LEDGER_LIFE_UNIT_NS
 * Owner    The slot's thread, as of the record.
 * Threads  single owner a slot
 * Errors   Where there is no room for a histogram, what it would count is added to the header's
 *          lost_evidence.
 * Cost     Two compares while a run lasts, about 5 ns when it ends. What an allocation touches is
 *          the record's first line alone, while a run lasts.
 * Source   Boyer and Moore, "MJRTY - A Fast Majority Vote Algorithm", 1981 (commonest size).
 */
#ifndef TARE_SHIM_EVIDENCE_H
#define TARE_SHIM_EVIDENCE_H

#include "shim/thread.h"

/* An allocation that does not go on with the run of sizes. */
__attribute__((noinline)) void evidence_of_size(struct thread *thread,
                                                struct ledger_record *record, size_t bytes);

/* A lifetime that does not go on with the run of lifetimes. */
__attribute__((noinline)) void
evidence_of_life(struct thread *thread, struct ledger_record *record, uint8_t bucket);

/* realloc gave `moved` or the same block; `old_bytes` were asked for before. */
__attribute__((noinline)) void evidence_of_growth(struct thread *thread,
                                                  struct ledger_record *record, bool moved,
                                                  size_t old_bytes);

/* A block of realloc's is freed with its final size. */
__attribute__((noinline)) void
evidence_of_chain(struct thread *thread, struct ledger_record *record, size_t bytes);

INLINE uint8_t bucket_of(uint64_t value, uint8_t buckets)
{
    uint8_t bucket = value ? (uint8_t)(64 - __builtin_clzll(value)) : 0;

    return bucket < buckets ? bucket : (uint8_t)(buckets - 1);
}

INLINE void evidence_allocation(struct thread *thread, struct ledger_record *record,
                                size_t bytes)
{
    uint8_t bucket = record->life_bucket;

    if (!(bucket & LEDGER_RISING))
        __atomic_store_n(&record->life_bucket, bucket | LEDGER_RISING, __ATOMIC_RELAXED);
    /* a run that has begun, and has room */
    if (LIKELY(record->run_bytes == bytes &&
               (uint16_t)(record->size_run - 1) < UINT16_MAX - 1))
        __atomic_store_n(&record->size_run, (uint16_t)(record->size_run + 1),
                         __ATOMIC_RELAXED);
    else
        evidence_of_size(thread, record, bytes);
}

/* Call before a block is accounted as freed: what was live has risen up to here. */
INLINE void evidence_of_turn(struct ledger_record *record)
{
    uint8_t bucket = record->life_bucket;

    if (!(bucket & LEDGER_RISING))
        return;
    int64_t live = (int64_t)(record->bytes - record->freed_bytes);
    int64_t blocks = (int64_t)(record->allocations - record->frees);
    if (live > record->most_bytes)
        __atomic_store_n(&record->most_bytes, live, __ATOMIC_RELAXED);
    if (blocks > record->most_blocks)
        __atomic_store_n(&record->most_blocks, blocks, __ATOMIC_RELAXED);
    __atomic_store_n(&record->life_bucket, bucket & ~LEDGER_RISING, __ATOMIC_RELAXED);
}

INLINE void evidence_free(struct thread *thread, struct ledger_record *record,
                          uint64_t units)
{
    uint8_t bucket = bucket_of(units, LEDGER_LIFE_BUCKETS);

    /* no longer rising */
    if (LIKELY(record->life_bucket == bucket && record->life_run < UINT16_MAX))
        __atomic_store_n(&record->life_run, (uint16_t)(record->life_run + 1),
                         __ATOMIC_RELAXED);
    else
        evidence_of_life(thread, record, bucket);
}

#endif
