/* SPDX-License-Identifier: MIT
 *
 * cli/dump_advice.h - the evidence for advice in tare dump.
 *
 * Shape    extent -> lines of text, one an object
 * Units    As format/ledger.h.
 * Owner    none
 * Threads  Single owner.
 * Errors   none: the caller asks the stream (ferror).
 * Cost     O(objects).
 * Source   docs/format.md
 */
#ifndef TARE_CLI_DUMP_ADVICE_H
#define TARE_CLI_DUMP_ADVICE_H

#include "profile/ledger_file.h"

void dump_advice_header(const struct ledger_header *header);

/* Of the kinds LEDGER_ADVICE, LEDGER_ENDS and LEDGER_HELD. */
void dump_advice(const struct ledger_file *file, uint32_t extent);

#endif
