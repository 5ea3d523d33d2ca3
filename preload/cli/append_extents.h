/* SPDX-License-Identifier: MIT
 *
 * cli/append_extents.h - adds extents to a ledger whose process has ended.
 *
 * Shape    [ledger][extents of one kind]
 * Units    Extents.
 * Owner    none
 * Threads  Single owner.
 * Errors   -errno of the system calls; -ENOSPC: the ledger's directory is full. The number of
 *          extents is written last: without it the file is as it was.
 * Cost     Three writes.
 * Source   none
 */
#ifndef TARE_CLI_APPEND_EXTENTS_H
#define TARE_CLI_APPEND_EXTENTS_H

#include "format/ledger.h"

int append_extents(int fd, const void *bytes, uint32_t count, enum ledger_kind kind);

#endif
