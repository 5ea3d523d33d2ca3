/* SPDX-License-Identifier: MIT
 *
 * shim/account.h - the arithmetic of one event.
 *
 * Shape    record += event; process live bytes; process peak with its epoch.
 * Units    bytes, events
 * Owner    The slot's thread: it alone writes its records.
 * Threads  single owner a slot; the header's shared lines by atomic operations.
 * Errors   none
 * Cost     About ten loads and stores of three cache lines, none of them locked.
 * Source   none
 *
 * Lazy peak: each rise of the process's peak begins an epoch. Before a record's live value
 * changes, if its epoch is not the process's, the value it had all through the epochs between is
 * kept as its value at the peak. At the end a record of the current epoch had `peak_bytes` at the
 * peak; any other has not changed since, and has it still.
 *
 * The first thread's events change the header exactly. Other threads fold in whenever theirs add
 * up to FOLD_BYTES either way, so the peak is known to within that much for each of them.
 */
#ifndef TARE_SHIM_ACCOUNT_H
#define TARE_SHIM_ACCOUNT_H

#include "shim/thread.h"

enum { FOLD_BYTES = 65536 };

/* Tell the header what this thread's events add up to. */
COLD void account_fold(struct thread *thread);

INLINE struct ledger_header *account_header(const struct thread *thread)
{
    return (struct ledger_header *)(void *)thread->base;
}

/* Call before the record's live value changes. */
INLINE void account_epoch(const struct ledger_header *header, struct ledger_record *record)
{
    uint64_t epoch =
        counter_read(&header->epoch_first) + counter_read(&header->epoch_others);

    if (counter_read(&record->epoch) != epoch) {
        __atomic_store_n(&record->peak_bytes,
                         (int64_t)(record->bytes - record->freed_bytes), __ATOMIC_RELAXED);
        counter_set(&record->epoch, epoch);
    }
}

INLINE void account_total(struct thread *thread, struct ledger_header *header,
                          int64_t change)
{
    if (LIKELY(thread->is_first)) {
        int64_t live = __atomic_load_n(&header->live_first, __ATOMIC_RELAXED) + change;

        __atomic_store_n(&header->live_first, live, __ATOMIC_RELAXED);
        if (change <= 0)
            return;
        live += __atomic_load_n(&header->live_others, __ATOMIC_RELAXED);
        if (live > (int64_t)counter_read(&header->peak_bytes)) {
            counter_set(&header->peak_bytes, (uint64_t)live);
            counter_add(&header->epoch_first, 1);
            counter_set(&header->peak_monotonic_ns, thread->now_ns);
        }
    } else {
        thread->pending_bytes += change;
        if (UNLIKELY((uint64_t)(thread->pending_bytes + FOLD_BYTES) > 2 * FOLD_BYTES))
            account_fold(thread);
    }
}

INLINE void account_allocation(struct thread *thread, struct ledger_record *record,
                               size_t bytes)
{
    struct ledger_header *header = account_header(thread);

    account_epoch(header, record);
    counter_add(&record->allocations, 1);
    counter_add(&record->bytes, bytes);
    account_total(thread, header, (int64_t)bytes);
}

INLINE void account_free(struct thread *thread, struct ledger_record *record, size_t bytes,
                         bool temporary)
{
    struct ledger_header *header = account_header(thread);

    account_epoch(header, record);
    counter_add(&record->frees, 1);
    counter_add(&record->freed_bytes, bytes);
    if (temporary)
        counter_add(&record->temporary, 1);
    account_total(thread, header, -(int64_t)bytes);
}

#endif
