/* SPDX-License-Identifier: MIT
 *
 * governors/figures.h - what is measured: resident memory, and how long things took.
 *
 * Shape    histogram: eight steps for each power of two, of nanoseconds
 * Units    KiB as the kernel tells them; nanoseconds
 * Owner    the caller's structs
 * Threads  single owner
 * Errors   Where the kernel tells nothing, 0.
 * Cost     a clock read, some 20 ns; a histogram 1 KiB
 * Source   none
 */
#ifndef GOVERNORS_FIGURES_H
#define GOVERNORS_FIGURES_H

#include <stdint.h>

int64_t figures_now_ns(void); /* of the monotonic clock */
int64_t
figures_processor_ns(void); /* of the process: what others do meanwhile is not in it */

/* A line of /proc/self/status, "VmRSS" or "RssAnon". */
unsigned long figures_status_kib(const char *name);

/* Resident memory as it is now, in one line. */
void figures_print_resident(const char *when);

enum { HISTOGRAM_SLOTS = 256 };

struct histogram {
    uint32_t counts[HISTOGRAM_SLOTS];
    uint64_t count;
    int64_t most_ns;
};

void histogram_add(struct histogram *histogram, int64_t ns);

/* At most this long took `share` of them; to the next eighth of a power of two. */
int64_t histogram_within(const struct histogram *histogram, double share);

#endif
