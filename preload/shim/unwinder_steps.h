/* SPDX-License-Identifier: MIT
 *
 * shim/unwinder_steps.h - libunwind's walk, frame by frame.
 *
 * Shape    As unwinder_walk; the addresses carry what only a step tells.
 * Units    Addresses, innermost first, our own frames included.
 * Owner    none
 * Threads  thread-safe, as unwinder.h.
 * Errors   unwinder_steps_open: false when the library is not the one of our header.
 * Cost     About 200 ns a frame.
 * Source   unw_step(3), unw_is_signal_frame(3), unw_flush_cache(3).
 */
#ifndef TARE_SHIM_UNWINDER_STEPS_H
#define TARE_SHIM_UNWINDER_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#define UNWOUND_EXACT ((uint64_t)1 << 63) /* interrupted here: no return address */
#define UNWOUND_CUT ((uint64_t)1 << 62)   /* no step leads out, though the stack goes on */
#define UNWOUND_ADDRESS (UNWOUND_CUT - 1)

/* After unwinder_open. */
bool unwinder_steps_open(void);

/* How many addresses it found, at most `capacity`; 0 before it is open. */
uint32_t unwinder_steps_walk(uint64_t *ips, uint32_t capacity);

/* Something was unloaded: what is remembered of its addresses is wrong for what comes there. The
 * fast walk of unwinder.h cannot be told. */
void unwinder_steps_flush(void);

#endif
