/* SPDX-License-Identifier: MIT
 *
 * cli/why_nothing.h - why a program may have left no ledger.
 *
 * Shape    none
 * Units    none
 * Owner    The text is constant.
 * Threads  thread-safe.
 * Errors   none: it is a likely reason, not a proof.
 * Cost     Reads the beginning of one or two files.
 * Source   ld.so(8), execve(2), capabilities(7)
 */
#ifndef TARE_CLI_WHY_NOTHING_H
#define TARE_CLI_WHY_NOTHING_H

/* `program` as it was typed; it is looked for in PATH. */
const char *why_nothing(const char *program);

#endif
