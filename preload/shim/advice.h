/* SPDX-License-Identifier: MIT
 *
 * shim/advice.h - what advice needs to know of blocks beyond their numbers (TARE_ADVISE).
 *
 * Shape    record -> ids[], by the record's number -> struct ledger_advice -> struct ledger_ends
 *          A sample of blocks is told by address and time of allocation alone, which both ends of a
 *          block's life know: no table says which ones were filled, or whose callers were noted.
 * Units    bytes, blocks
 * Owner    ids[] is the process's; an entry and what it leads to is the slot's that has the record.
 * Threads  single owner a slot
 * Errors   Where the ledger has no room, the record has no advice; header's lost_advice counts it.
 * Cost     Some 20 ns an event, and a look at the block's content when it is freed. Events take the
 *          slow paths (THREAD_MEASURED): without TARE_ADVISE nothing of this is asked.
 * Source   docs/decisions/0021-evidence-for-advice.md
 */
#ifndef TARE_SHIM_ADVICE_H
#define TARE_SHIM_ADVICE_H

#include "shim/ledger.h"
#include "shim/thread.h"
#include "shim/trailer.h"

/* The recorder begins: room for the ids; false where there is none, and no advice is taken. */
bool advice_open(const struct ledger *ledger);

/* How many addresses go with so many of the ledger's; they are given back after those are. */
uint64_t advice_unused_bytes(uint64_t ledger_bytes);
void advice_give_back(const struct ledger *ledger);

/* What is known of the bytes of a new block. */
enum advice_bytes {
    ADVICE_BYTES_FREE,   /* nobody may rely on them: they can be filled */
    ADVICE_BYTES_ZERO,   /* they are zero */
    ADVICE_BYTES_KEPT,   /* the first `kept` are an older block's */
    ADVICE_BYTES_UNKNOWN /* zero or not, as the target asked somebody else */
};

struct advice_block {
    void *at;
    size_t bytes, usable;
    enum advice_bytes are;
    size_t kept;
};

/* In the event: the block has its trailer. */
void advice_came(struct thread *thread, const struct ledger_record *record,
                 const struct advice_block *block);

/* In the event, and counted; the block is still there, unless it `moves` into another one. `at`:
 * who frees it; NULL: not known. */
void advice_went(struct thread *thread, const struct ledger_record *record, void *block,
                 const struct trailer *trailer, bool moves, const struct call_frame *at);

/* The process ends: wait a little for who reads its live blocks from outside. */
void advice_wait_for_look(void);

#endif
