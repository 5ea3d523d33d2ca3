/* SPDX-License-Identifier: MIT
 *
 * bench/governor_rows.h - what is measured of governors.
 *
 * Shape    each measurement: lines of a table, rows and targets of the results
 * Units    nanoseconds, bytes
 * Owner    none
 * Threads  Single owner.
 * Errors   Without memory the program ends.
 * Cost     a minute
 * Source   none
 */
#ifndef TARE_BENCH_GOVERNOR_ROWS_H
#define TARE_BENCH_GOVERNOR_ROWS_H

#include "bench/results.h"

void governor_rows_bytes(struct results *results);
void governor_rows_checks(struct results *results); /* by type and number, beside buckets */
void governor_rows_answers(struct results *results); /* with ids, and many at once */
void governor_rows_latency(struct results *results);
void governor_rows_start(struct results *results); /* of a million, and snapshots */

#endif
