/* SPDX-License-Identifier: MIT
 *
 * cli/looks.h - when the live blocks of a process are looked at, and what becomes of that.
 *
 * Shape    ledger of a process with --advise -> the look when most was live, the look at its exit
 * Units    Bytes, nanoseconds.
 * Owner    Caller owns the struct; fini gives back what is below it.
 * Threads  Single owner. The process waits only at its exit: a fifth of a second for a look to begin,
 *          and two seconds for its end. Else it goes on while it is looked at.
 * Errors   A look that fails is left out. Where the kernel refuses, none is tried again, and
 *          looks_write says so.
 * Cost     A look each time when a tenth more is live than before, at most a tenth of the time.
 * Source   none
 */
#ifndef TARE_CLI_LOOKS_H
#define TARE_CLI_LOOKS_H

#include "cli/live_look.h"

#include <stdbool.h>

struct looks {
    int fd; /* of the ledger, to answer the process; -1: it has no --advise, or has ended */
    int error;     /* the kernel refuses; 0: it has not */
    bool too_late; /* the process did not wait for the end of a look */
    struct live_look most, end;
    int64_t most_live; /* as the ledger said when `most` was taken */
    uint64_t next_ns;
};

void looks_init(struct looks *looks, const char *path, const struct ledger_header *header);
void looks_fini(struct looks *looks);

/* The process has ended. */
void looks_stop(struct looks *looks);

/* Does the process wait? Then it is looked at. */
void looks_answer(struct looks *looks, const char *path);

/* So much is live now. */
void looks_tick(struct looks *looks, const char *path, int64_t live_bytes);

/* Put them into the ledger of a process that has ended. */
int looks_write(const struct looks *looks, const char *path);

#endif
