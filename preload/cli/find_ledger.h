/* SPDX-License-Identifier: MIT
 *
 * cli/find_ledger.h - which file is meant where no file is named.
 *
 * Shape    none
 * Units    none
 * Owner    The caller frees the paths.
 * Threads  thread-safe.
 * Errors   find_ledger_live: the status, with a message printed.
 * Cost     One directory, or the maps of one process.
 * Source   proc(5)
 */
#ifndef TARE_CLI_FIND_LEDGER_H
#define TARE_CLI_FIND_LEDGER_H

/* The *.tare in the working directory that was written last; NULL: none. */
char *find_ledger_newest(void);

/* The ledger of a process that runs, from its number or from the ledger's path. */
int find_ledger_live(const char *word, char **path);

#endif
