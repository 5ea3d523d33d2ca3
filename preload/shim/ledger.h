/* SPDX-License-Identifier: MIT
 *
 * shim/ledger.h - the ledger of this process, mapped and growing.
 *
 * Shape    map: [header][directory][extent]... ; one open extent for each kind takes what is new.
 * Units    Offsets and sizes in bytes from the start of the file.
 * Owner    The recorder. The file stays after the process; the mapping is not inherited by a
 *          fork's child.
 * Threads  ledger_open, ledger_new: externally synchronised (recorder's lock).
 * Errors   ledger_open: a file cannot be had -> anonymous memory and `why` set; no memory either
 *          -> false. ledger_new: 0 when there is no more room; a refusal is latched.
 * Cost     ledger_new: an addition; every 16 KiB two system calls.
 * Source   none
 */
#ifndef TARE_SHIM_LEDGER_H
#define TARE_SHIM_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "format/ledger.h"

enum { LEDGER_KINDS = LEDGER_ENDS + 1 };

struct ledger {
    char *base;
    struct ledger_header *header;
    uint64_t bytes;              /* mapped */
    uint32_t extents;            /* as the header has it */
    int why;                     /* errno that kept it from being a file; 0: it is one */
    bool full;                   /* room was refused once: not asked for again */
    uint32_t next[LEDGER_KINDS]; /* next free byte of the open extent */
    uint32_t end[LEDGER_KINDS];
    char path[LEDGER_PATH_BYTES];
};

/* Create, map and begin the file; the header is complete but for `magic`. */
bool ledger_open(struct ledger *ledger, bool fork_child);

/* Everything is in place: readers may come. */
void ledger_publish(struct ledger *ledger);

/* Has somebody deleted the file? Asks the kernel for its name, and for more only when that is not
 * there. */
bool ledger_is_deleted(const struct ledger *ledger);

/* Room for `bytes` (a multiple of the kind's unit, at most an extent); its offset, or 0. */
uint32_t ledger_new(struct ledger *ledger, enum ledger_kind kind, uint32_t bytes);

/* A record with this number or a greater one is not there yet. For who may not look into the
 * ledger now. */
static inline uint32_t ledger_records_end(const struct ledger *ledger)
{
    return __atomic_load_n(&ledger->extents, __ATOMIC_ACQUIRE) *
           (LEDGER_EXTENT_BYTES / (uint32_t)sizeof(struct ledger_record));
}

/* Addresses that it may still grow into. */
static inline uint64_t ledger_unused_bytes(const struct ledger *ledger)
{
    return ledger->bytes - (uint64_t)ledger->extents * LEDGER_EXTENT_BYTES;
}

/* Keep only so many of them, or a few more. False when there are no more. Under the lock. */
bool ledger_give_back(struct ledger *ledger, uint64_t keep_bytes);

static inline void *ledger_at(const struct ledger *ledger, uint32_t offset)
{
    return ledger->base + offset;
}

#endif
