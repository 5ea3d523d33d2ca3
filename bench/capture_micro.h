/* SPDX-License-Identifier: MIT
 *
 * bench/capture_micro.h - runs capture_loop and capture_memory, and makes rows of what they say.
 *
 * Shape    none
 * Units    Nanoseconds a pair of malloc and free; bytes a block, bytes a (site, thread) pair.
 * Owner    Caller owns all.
 * Threads  Single owner.
 * Errors   False when a run failed; its rows and targets are then missing.
 * Cost     Half a minute together.
 * Source   none
 */
#ifndef TARE_BENCH_CAPTURE_MICRO_H
#define TARE_BENCH_CAPTURE_MICRO_H

#include <stdbool.h>

#include "bench/capture_workloads.h"
#include "bench/results.h"

bool capture_loops(struct results *results, struct bench_place *place,
                   unsigned repetitions);
bool capture_memory(struct results *results, struct bench_place *place);

#endif
