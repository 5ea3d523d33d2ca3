/* SPDX-License-Identifier: MIT
 *
 * shim/locks.h - room for a program that locks all its memory.
 *
 * Shape    RLIMIT_MEMLOCK counts every address that is mapped when mlockall is called. What the ledger
 *          has reserved and not used is given back then, but for a part of what the limit leaves.
 * Units    bytes
 * Owner    The recorder.
 * Threads  thread-safe
 * Errors   none: where the lock is not to be had, nothing is given back.
 * Cost     Some system calls.
 * Source   mlock(2), capabilities(7)
 */
#ifndef TARE_SHIM_LOCKS_H
#define TARE_SHIM_LOCKS_H

#include <stdbool.h>

/* Does RLIMIT_MEMLOCK hold for this process? False when that may not be asked. */
bool locks_are_limited(void);

/* False when there is nothing to give back. errno is kept. */
bool locks_give_back(void);

#endif
