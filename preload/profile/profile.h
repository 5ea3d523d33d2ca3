/* SPDX-License-Identifier: MIT
 *
 * profile/profile.h - the ledgers of one or several processes, ready to be reported.
 *
 * Shape    profile -> processes (by start) -> sites, one for each stack
 *                  -> symbols
 * Units    As profile/process.h.
 * Owner    Caller owns the struct; it owns everything below it.
 * Threads  Single owner.
 * Errors   As profile/process.h.
 * Cost     As profile/process.h; no file of code is opened.
 * Source   none
 */
#ifndef TARE_PROFILE_PROFILE_H
#define TARE_PROFILE_PROFILE_H

#include "profile/process.h"
#include "profile/symbols.h"

struct profile {
    struct process *processes;
    uint32_t process_count;
    struct symbols symbols;
    bool is_with_imports; /* compared with one: ids are of readable names */
};

/* Read one more file; after an error the profile is as before. The latter takes over what the
 * file owns, in any case. */
int profile_add(struct profile *profile, const char *path);
int profile_add_ledger(struct profile *profile, struct ledger_file *file, const char *path);

/* After the last file: order the processes, find out how they ended, merge sites. */
int profile_finish(struct profile *profile);
void profile_fini(struct profile *profile);

#endif
