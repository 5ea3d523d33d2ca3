/* SPDX-License-Identifier: MIT
 *
 * toolkit/rc_guard.h - when nobody can hold any more what was taken away from where they find it.
 *
 * Shape    reader: enter, load, use, leave           who takes away: unlink, seal, later has_passed
 * Units    epochs: each seal begins one
 * Owner    A reader belongs to its thread.
 * Threads  thread-safe
 * Errors   seal: 0, when the kernel refuses; nothing can be let go of then.
 * Cost     enter and leave: tare/rc_cache.h. seal: a membarrier, 0.1 to 2 microseconds. has_passed:
 *          a look at each thread that ever entered.
 * Source   Desnoyers et al., "User-Level Implementations of Read-Copy Update", 2012.
 */
#ifndef TARE_TOOLKIT_RC_GUARD_H
#define TARE_TOOLKIT_RC_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include <tare/rc_cache.h>

/* Of the calling thread; RC_READER_SHARED: it shares it with others. */
enum { RC_READERS = TARE__RC_READERS, RC_READER_SHARED = RC_READERS - 1 };

/* Before all else, but enter. */
void tare__rc_guard_begin(void);

/* What was unlinked before this is free once has_passed(what it gives). */
uint64_t tare__rc_guard_seal(void);
bool tare__rc_guard_has_passed(uint64_t epoch);

/* Is the calling thread in? */
bool tare__rc_guard_is_in(void);

/* For the fork of a process: locked, and in the child without the threads that are gone. */
void tare__rc_guard_lock(void);
void tare__rc_guard_unlock(void);
void tare__rc_guard_forked(void);

/* For tests: the calling thread enters with a fence, as all do where there is no membarrier. */
void tare__rc_guard_use_fences(bool use);

#endif
