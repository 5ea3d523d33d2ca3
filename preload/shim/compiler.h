/* SPDX-License-Identifier: MIT
 *
 * shim/compiler.h - what we ask of the compiler, and the counters' discipline.
 *
 * Shape    macros and three inline functions.
 * Units    none
 * Owner    none
 * Threads  A counter has one writing thread; anyone may read it. Relaxed atomic accesses keep
 *          its value whole; what must be seen in order says so where it is stored.
 * Errors   none
 * Cost     plain loads and stores: no locked instruction except in counter_add_shared.
 * Source   none
 */
#ifndef TARE_SHIM_COMPILER_H
#define TARE_SHIM_COMPILER_H

#include <stdint.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define INLINE static inline __attribute__((always_inline))
#define COLD __attribute__((noinline, cold))
#define HOOK __attribute__((visibility("default")))
#define COMPILER_BARRIER() __asm__ volatile("" ::: "memory")

/* Read by the owner or by anyone. */
INLINE uint64_t counter_read(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* By the one writer; what is added to is also returned. */
INLINE void counter_set(uint64_t *counter, uint64_t value)
{
    __atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

INLINE uint64_t counter_add(uint64_t *counter, uint64_t n)
{
    uint64_t value = *counter + n; /* nobody else writes it */

    counter_set(counter, value);
    return value;
}

/* By any thread. */
INLINE uint64_t counter_add_shared(uint64_t *counter, uint64_t n)
{
    return __atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

#endif
