/* SPDX-License-Identifier: MIT
 *
 * shim/levels.h - the process's own timeline: how much was live, now and then.
 *
 * Shape    LEVELS of struct ledger_level in one extent. When all are used every other one goes, and
 *          the next ones come half as often.
 * Units    nanoseconds, bytes
 * Owner    The recorder.
 * Threads  thread-safe: who finds the lock taken leaves it to the next tick. A level's time is zero
 *          while it is written, so that one that a kill cut short is none; and while levels are
 *          thinned one is there twice rather than not at all.
 * Errors   none: a ledger without room has no levels, or those it had.
 * Cost     A compare for each 64 events of a thread. A level: half a microsecond; 512 of them in
 *          the first 2.5 seconds, then 256 each time the process has become twice as old.
 * Source   none
 */
#ifndef TARE_SHIM_LEVELS_H
#define TARE_SHIM_LEVELS_H

#include "shim/recorder.h"
#include "shim/thread.h"

/* It is time for a level. In an event. */
COLD void levels_take(const struct thread *thread);

/* The thread has read the clock. */
INLINE void levels_tick(const struct thread *thread)
{
    if (UNLIKELY(thread->now_ns >=
                 __atomic_load_n(&recorder->next_level_ns, __ATOMIC_RELAXED)))
        levels_take(thread);
}

#endif
