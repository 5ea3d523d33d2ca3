/* SPDX-License-Identifier: MIT
 *
 * What the tests of metrics have in common: some of each kind, and those of the process.
 */
#ifndef LIB_METRICS_FIXTURE_H
#define LIB_METRICS_FIXTURE_H

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <tare/metrics.h>

enum { CAPACITY = 20 };

struct set {
    struct tare_metrics *metrics;
    struct tare_metrics_writer *writer;
    struct tare_metrics_snapshot *snapshot;
    int requests, errors, open, took;
};

static inline int begin(struct set *set, struct tare_mem *mem)
{
    const struct tare_metric requests = {.kind = TARE_METRIC_COUNTER,
                                         .name = "requests",
                                         .labels = "op=\"get\"",
                                         .help = "Served"};
    const struct tare_metric errors = {
        .kind = TARE_METRIC_COUNTER, .name = "errors", .help = "Not served"};
    const struct tare_metric open = {
        .kind = TARE_METRIC_GAUGE, .name = "connections", .help = "Open ones"};
    const struct tare_metric took = {.kind = TARE_METRIC_HISTOGRAM,
                                     .name = "took_seconds",
                                     .help = "Time that a request took",
                                     .per_unit = 1e9,
                                     .highest = 1 << 30};
    int err;

    memset(set, 0, sizeof *set);
    err = tare_metrics_create(&set->metrics, CAPACITY, mem);
    if (err)
        return err;
    set->requests = tare_metrics_add(set->metrics, &requests);
    set->errors = tare_metrics_add(set->metrics, &errors);
    set->open = tare_metrics_add(set->metrics, &open);
    set->took = tare_metrics_add(set->metrics, &took);
    err = tare_metrics_add_process(set->metrics);
    if (!err)
        err = tare_metrics_writer_create(&set->writer, set->metrics);
    return err ? err : tare_metrics_snapshot_create(&set->snapshot, set->metrics);
}

static inline void end(struct set *set)
{
    tare_metrics_snapshot_destroy(&set->snapshot);
    tare_metrics_writer_destroy(&set->writer);
    tare_metrics_destroy(&set->metrics);
    assert_null(set->metrics);
}

#endif
