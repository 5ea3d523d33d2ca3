/* SPDX-License-Identifier: MIT
 *
 * cli/append_extents.h - more extents behind those that a ledger has.
 *
 * Shape    bytes, then kinds, then the header's number of extents: until that they are not there
 * Units    Extents of LEDGER_EXTENT_BYTES.
 * Owner    The caller owns everything.
 * Threads  Single owner: nobody else writes the ledger any more.
 * Errors   -ENOSPC: it has no room for them; others of the system calls. The ledger is then as it
 *          was, or cut behind its last extent.
 * Cost     Three writes.
 * Source   none
 */
#ifndef TARE_CLI_APPEND_EXTENTS_H
#define TARE_CLI_APPEND_EXTENTS_H

#include <stdint.h>

int append_extents(const char *path, const uint8_t *bytes, const uint8_t *kinds,
                   uint32_t count);

#endif
