/* SPDX-License-Identifier: MIT
 *
 * shim/lock.h - a lock that gives up.
 *
 * Shape    one word: who holds it (0: nobody), and how long it is still worth waiting.
 * Units    spins
 * Owner    The struct that embeds it; all-zero is unlocked.
 * Threads  thread-safe, async-signal-safe: a handler that interrupts the holder is refused at
 *          once. Acquire on taking, release on leaving: what is guarded needs no more order.
 * Errors   lock_try returns false when the holder does not leave: a thread that a debugger
 *          stopped or a cancellation ended. Each failure halves the wait, so that a lock lost
 *          for ever costs next to nothing.
 * Cost     one exchange when free.
 * Source   none
 */
#ifndef TARE_SHIM_LOCK_H
#define TARE_SHIM_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/compiler.h"

enum { LOCK_SPINS = 1 << 18, LOCK_SPINS_MIN = 1 << 6 };

struct lock {
    uintptr_t holder;
    uint32_t failures; /* halvings of the wait; a guess, so races on it do no harm */
};

INLINE void cpu_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    COMPILER_BARRIER();
#endif
}

/* `me` is any address that tells threads apart. */
static inline bool lock_try(struct lock *lock, const void *me)
{
    uint32_t failures = __atomic_load_n(&lock->failures, __ATOMIC_RELAXED);
    uint32_t spins = failures < 12 ? (uint32_t)LOCK_SPINS >> failures : LOCK_SPINS_MIN;

    while (spins--) {
        uintptr_t holder = 0;

        if (__atomic_compare_exchange_n(&lock->holder, &holder, (uintptr_t)me, false,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
        if (holder == (uintptr_t)me)
            return false;
        cpu_relax();
    }
    __atomic_store_n(&lock->failures, failures + 1, __ATOMIC_RELAXED);
    return false;
}

static inline void lock_leave(struct lock *lock)
{
    __atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
}

#endif
