/* SPDX-License-Identifier: MIT
 *
 * cli/live_look.h - what the live blocks of a process hold at one moment, by site.
 *
 * Shape    live blocks -> (content, site), sorted -> one struct ledger_held a site
 * Units    As struct ledger_held.
 * Owner    Caller owns the struct; fini gives back the list.
 * Threads  Single owner.
 * Errors   -errno: the memory may not be read, or there is none of our own; -ETIME: it took longer
 *          than LIVE_LOOK_NS. Nothing is told then.
 * Cost     A pass over the memory, 24 bytes and some 100 ns a block.
 * Source   Ziv, Lempel, "A Universal Algorithm for Sequential Data Compression", 1977
 */
#ifndef TARE_CLI_LIVE_LOOK_H
#define TARE_CLI_LIVE_LOOK_H

#include "format/ledger.h"
#include "profile/ledger_file.h"

#define LIVE_LOOK_NS ((uint64_t)2000000000)

struct live_look {
    struct ledger_held *sites;
    uint32_t count;
    uint64_t live_bytes; /* of all of them */
};

/* Called when the memory has been read, and nothing is needed of the process any more. */
typedef void live_look_read_fn(void *context);

/* `path`: the ledger of the process, which runs. */
int live_look_take(struct live_look *look, const char *path, live_look_read_fn *read,
                   void *context);
void live_look_fini(struct live_look *look);

#endif
