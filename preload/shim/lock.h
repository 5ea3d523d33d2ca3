/* SPDX-License-Identifier: MIT
 *
 * shim/lock.h - a lock that gives up.
 *
 * Shape    one word: who holds it (0: nobody), and how long it is still worth waiting.
 * Units    spins, naps
 * Owner    The struct that embeds it; all-zero is unlocked.
 * Threads  thread-safe, async-signal-safe: a handler that interrupts the holder is refused at
 *          once. Acquire on taking, release on leaving: what is guarded needs no more order.
 * Errors   lock_try returns false when the holder does not leave: a thread that a debugger
 *          stopped or a cancellation ended. Each failure halves the wait, so that a lock lost
 *          for ever costs next to nothing; a holder that leaves after all restores it. errno is
 *          kept.
 * Cost     one exchange when free. Where there are more threads than processors the holder may
 *          not be running: who has waited for some microseconds lets others run, then sleeps, a
 *          fifth of a second in all.
 * Source   none
 */
#ifndef TARE_SHIM_LOCK_H
#define TARE_SHIM_LOCK_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shim/compiler.h"

enum {
    LOCK_SPINS = 1 << 10,
    LOCK_NAPS = 1 << 11,
    LOCK_YIELDS = 8,
    LOCK_NAP_NS = 50000,
    LOCK_HOLDER_GONE = 1, /* no address */
    LOCK_FAILURES_MANY = 12,
};

struct lock {
    uintptr_t holder;
    uint32_t failures; /* halvings of the wait; a guess, so races on it do no harm */
};

/* Waiting: leave the other hardware thread more. */
#if defined(__x86_64__)
#define CPU_RELAX() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define CPU_RELAX() __asm__ volatile("isb" ::: "memory")
#else
#define CPU_RELAX() COMPILER_BARRIER()
#endif

static inline bool lock_take(struct lock *lock, const void *me, uintptr_t *holder)
{
    *holder = 0;
    return __atomic_compare_exchange_n(&lock->holder, holder, (uintptr_t)me, false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Straight to the kernel: no cancellation point. */
static COLD void lock_nap(uint32_t nap)
{
    const struct timespec moment = {.tv_nsec = LOCK_NAP_NS};
    int saved_errno = errno;

    if (nap < LOCK_YIELDS)
        syscall(SYS_sched_yield);
    else
        syscall(SYS_nanosleep, &moment, NULL);
    errno = saved_errno;
}

/* It was not to be had at once. */
static COLD bool lock_wait(struct lock *lock, const void *me)
{
    uint32_t failures = __atomic_load_n(&lock->failures, __ATOMIC_RELAXED);
    uint32_t halvings = failures < 31 ? failures : 31;
    uint32_t spins = (uint32_t)LOCK_SPINS >> halvings,
             naps = (uint32_t)LOCK_NAPS >> halvings;
    uintptr_t holder;

    for (uint32_t i = 0; i <= spins + naps; i++) {
        if (lock_take(lock, me, &holder))
            return true;
        if (holder == (uintptr_t)me)
            return false;
        if (i < spins)
            CPU_RELAX();
        else
            lock_nap(i - spins);
    }
    __atomic_store_n(&lock->failures, failures + 1, __ATOMIC_RELAXED);
    return false;
}

/* `me` is any address that tells threads apart. */
static inline bool lock_try(struct lock *lock, const void *me)
{
    uintptr_t holder;

    return lock_take(lock, me, &holder) || (holder != (uintptr_t)me && lock_wait(lock, me));
}

static inline bool lock_is_mine(const struct lock *lock, const void *me)
{
    return __atomic_load_n(&lock->holder, __ATOMIC_RELAXED) == (uintptr_t)me;
}

/* In a fork's child: whoever else holds it is not there. */
static inline void lock_give_up(struct lock *lock, const void *me)
{
    if (__atomic_load_n(&lock->holder, __ATOMIC_RELAXED) && !lock_is_mine(lock, me))
        *lock = (struct lock){LOCK_HOLDER_GONE, LOCK_FAILURES_MANY};
}

static inline void lock_leave(struct lock *lock)
{
    if (UNLIKELY(__atomic_load_n(&lock->failures, __ATOMIC_RELAXED)))
        __atomic_store_n(&lock->failures, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
}

#endif
