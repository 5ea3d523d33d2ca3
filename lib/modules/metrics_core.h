/* SPDX-License-Identifier: MIT
 *
 * modules/metrics_core.h - what the files of the metrics share.
 *
 * Shape    A block is `capacity` cells and the histograms behind them; each writer, each snapshot and
 *          the metrics themselves, for writers that are gone, have one.
 * Units    as tare/metrics.h says
 * Owner    the metrics
 * Threads  The lock is held for the list of writers, for definitions and for snapshots.
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_MODULES_METRICS_CORE_H
#define TARE_MODULES_METRICS_CORE_H

#include <pthread.h>

#include <tare/metrics.h>

struct tare__metric {
    struct tare_metric told;
    uint64_t histogram; /* its place in a block, in bytes */
    int next;           /* of the same name, later; -1: none */
    bool is_first;      /* of its name */
};

struct tare_metrics {
    struct tare_mem *mem;
    pthread_mutex_t lock;
    struct tare_metrics_writer *writers;
    uint64_t *gone; /* the block of writers that ended; NULL: there was never one */
    uint32_t capacity, count;
    uint32_t blocks; /* beside `gone` */
    bool is_on;
    struct tare__metric metrics[];
};

struct tare_metrics_snapshot {
    struct tare_metrics *metrics;
    uint64_t ns; /* when it was taken, by the monotonic clock */
    uint64_t *cells;
};

static inline struct tare_histogram *tare__metrics_histogram(uint64_t *cells, int metric)
{
    return (struct tare_histogram *)(void *)((char *)cells + cells[metric]);
}

/* All of them or none; the last one's id, or the first error. */
int tare__metrics_add_all(struct tare_metrics *metrics, const struct tare_metric *list,
                          size_t count);

#endif
