/* SPDX-License-Identifier: MIT */
#include "shim/account.h"

void account_fold(struct thread *thread)
{
    struct ledger_header *header = account_header(thread);
    int64_t live;
    uint64_t peak = counter_read(&header->peak_bytes);

    if (thread->is_first || thread->pending_bytes == 0)
        return;
    live =
        __atomic_add_fetch(&header->live_others, thread->pending_bytes, __ATOMIC_RELAXED);
    thread->pending_bytes = 0;
    live += __atomic_load_n(&header->live_first, __ATOMIC_RELAXED);
    /* The first thread stores its own rises without a compare: one of two simultaneous rises
     * may be lost, by less than what the two threads allocated meanwhile. */
    while (live > (int64_t)peak) {
        if (__atomic_compare_exchange_n(&header->peak_bytes, &peak, (uint64_t)live, true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            counter_add_shared(&header->epoch_others, 1);
            counter_set(&header->peak_monotonic_ns, thread->now_ns);
            break;
        }
    }
}
