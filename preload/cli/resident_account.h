/* SPDX-License-Identifier: MIT
 *
 * cli/resident_account.h - where the memory of a process is, looked at from outside.
 *
 * Shape    /proc/PID/smaps -> mappings -> parts;  records of the ledger -> sums
 * Units    Bytes.
 * Owner    The caller owns everything.
 * Threads  Single owner. The kernel keeps the process from changing its mappings while it lists
 *          them, one after another.
 * Errors   -ENOMEM; -EIO: the ledger makes no sense any more; others of the system calls.
 * Cost     The kernel walks the process's page tables. Reads the ledger's records once.
 * Source   proc_pid_smaps(5); docs/decisions/0018-resident-memory.md
 */
#ifndef TARE_CLI_RESIDENT_ACCOUNT_H
#define TARE_CLI_RESIDENT_ACCOUNT_H

#include "format/ledger.h"

#include <stdbool.h>
#include <stdio.h>

/* All but at_ns. `fd` and `inode` are of the process's ledger. */
int resident_account_take(struct ledger_resident *account, uint32_t pid, int fd,
                          uint64_t inode);

/* rss_bytes and parts, of a list like /proc/PID/smaps. */
int resident_account_mappings(struct ledger_resident *account, FILE *smaps, uint64_t inode);

#endif
