/* SPDX-License-Identifier: MIT
 *
 * shim/unwinder.h - libunwind, where the machine has it.
 *
 * Shape    unwinder_walk is its fast walk, which remembers for each address how to go on.
 *          While it runs the thread is mute: what it allocates is not the target's.
 * Units    Return addresses, innermost first, our own frames included.
 * Owner    The library stays loaded.
 * Threads  thread-safe. It takes locks of its own, and the loader's for code not met before.
 * Errors   unwinder_open: false when the library cannot be loaded.
 * Cost     About 8 ns a frame.
 * Source   libunwind(3), unw_backtrace(3).
 *
 * It is loaded, not linked: as a dependency of ours it would stand in the global scope, and its
 * _Unwind_* would be found before libgcc's.
 */
#ifndef TARE_SHIM_UNWINDER_H
#define TARE_SHIM_UNWINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/compiler.h"

/* The return address that is meant: on aarch64 it may be signed (pointer authentication), and
 * libunwind's fast walk gives the byte in front of it. */
#if defined(__aarch64__)
INLINE uint64_t plain_address(uint64_t ip)
{
    register uint64_t x30 __asm__("x30") = ip + (ip & 1);

    __asm__("hint #7" : "+r"(x30)); /* xpaclri; does nothing on processors without it */
    return x30;
}
#else
INLINE uint64_t plain_address(uint64_t ip)
{
    return ip;
}
#endif

/* Load it, from a constructor, while the thread is mute. */
bool unwinder_open(void);

/* One of its functions or variables; NULL when there is none of that name. */
void *unwinder_symbol(const char *name);

/* How many addresses it found, at most `capacity`; 0 before it is loaded. */
uint32_t unwinder_walk(uint64_t *ips, uint32_t capacity);

#endif
