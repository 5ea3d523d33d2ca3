/* SPDX-License-Identifier: MIT
 *
 * cli/copy_ledger.h - a ledger under a new name, as small as it can be.
 *
 * Shape    only the used extents, with holes where they are zero
 * Units    none
 * Owner    The caller frees the name.
 * Threads  thread-safe: a name is taken by creating it exclusively.
 * Errors   -errno; then there is no new file, or it is removed.
 * Cost     Reads and writes the used bytes.
 * Source   none
 */
#ifndef TARE_CLI_COPY_LEDGER_H
#define TARE_CLI_COPY_LEDGER_H

/* Copy `from` to the name that the pattern gives for it; the name in `to`, also of a file that
 * could not be written. */
int copy_ledger(const char *from, const char *pattern, char **to);

#endif
