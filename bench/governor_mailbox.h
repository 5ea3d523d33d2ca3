/* SPDX-License-Identifier: MIT
 *
 * bench/governor_mailbox.h - a governor in a thread of its own, asked through one ring and answering
 * through another.
 *
 * Shape    caller -> ring of requests -> thread with the governor -> ring of decisions -> caller
 * Units    nanoseconds a request
 * Owner    none
 * Threads  one more while it measures
 * Errors   NAN: it could not be measured
 * Cost     both threads spin, each on a processor of its own
 * Source   none
 */
#ifndef TARE_BENCH_GOVERNOR_MAILBOX_H
#define TARE_BENCH_GOVERNOR_MAILBOX_H

/* `calls` requests of a caller that has at most `under_way` at a time. */
double mailbox_ns(const int *cpus, unsigned under_way, unsigned calls);

#endif
