/* SPDX-License-Identifier: MIT
 *
 * tare/metrics.h - counters, gauges and histograms that many threads count and one looks at.
 *
 * Shape    metrics: definitions -> a block of cells for each writer -> snapshot: their sum
 *          writer: [cell][cell]...[histogram][histogram]...      of one thread
 * Units    Counters uint64_t, gauges int64_t, histograms uint64_t, of any unit; the text may have
 *          another one, as per_unit says.
 * Owner    The caller owns metrics, writers and snapshots, and ends them in the reverse order; the
 *          strings of definitions stay his and as they are.
 * Threads  A writer is single owner: one a thread. A snapshot likewise. All else is thread-safe, but
 *          for destroy, which must be alone.
 * Errors   -EINVAL: a name, labels or kind that cannot be, or a metric that is there already.
 *          -ENOSPC: no more than `capacity`. -EBUSY: there is a snapshot already, or
 *          was a writer. -ENOMEM.
 * Cost     count, set: a load, an addition and a store; record: some ten more instructions. A
 *          snapshot: a load for each metric and writer, and the used part of histograms. Only create
 *          and add take memory.
 * Source   OpenMetrics 1.0; Prometheus text format 0.0.4.
 *
 *     int requests = tare_metrics_add(metrics, &(struct tare_metric){
 *         .kind = TARE_METRIC_COUNTER, .name = "requests", .help = "Requests that were served"});
 *     tare_metrics_count(writer, requests, 1);
 */
#ifndef TARE_METRICS_H
#define TARE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/histogram.h>
#include <tare/mem.h>
#include <tare/string_builder.h>

TARE_BEGIN

struct tare_metrics;

enum tare_metric_kind { TARE_METRIC_COUNTER, TARE_METRIC_GAUGE, TARE_METRIC_HISTOGRAM };

struct tare_metric {
    const char *name;   /* [a-zA-Z_:][a-zA-Z0-9_:]*, without _total */
    const char *labels; /* as in the text: op="get",shard="1"; NULL: none */
    const char *help;
    enum tare_metric_kind kind;
    /* How many of what is counted make one of what the text tells: 1e9 for ns as seconds. 0: 1 */
    double per_unit;
    uint64_t highest; /* of a histogram; 0: all values */
    /* What is counted elsewhere: asked for at each snapshot, under a lock; it adds to what writers
     * count. Not for histograms. NULL: writers alone. */
    int64_t (*sample)(void *context);
    void *context;
};

/* Metrics of which there will be at most `capacity`. */
TARE_API TARE_NODISCARD int tare_metrics_create(struct tare_metrics **metrics,
                                                uint32_t capacity, struct tare_mem *mem);

/* Its writers and snapshots are gone already. *metrics is NULL then; NULL is nothing. */
TARE_API void tare_metrics_destroy(struct tare_metrics **metrics);

/* One more metric: its id, from 0 up. Those of one name have the same kind, and labels each its own. */
TARE_API TARE_NODISCARD int tare_metrics_add(struct tare_metrics *metrics,
                                             const struct tare_metric *metric);

/* Those of the process: resident bytes, those that malloc gave, processor time, page faults. Nine
 * metrics; 0, or as add, and then none of them is there. */
TARE_API TARE_NODISCARD int tare_metrics_add_process(struct tare_metrics *metrics);

/* For definitions: live bytes of a struct tare_mem_counter, live objects of a struct tare_pool. */
TARE_API int64_t tare_metrics_sample_mem(void *counter);
TARE_API int64_t tare_metrics_sample_pool(void *pool);

/* From stop on, nothing that writers count is taken; what they counted stays. Begins started. */
TARE_API void tare_metrics_start(struct tare_metrics *metrics);
TARE_API void tare_metrics_stop(struct tare_metrics *metrics);

/* Its members are the library's. */
struct tare_metrics_writer {
    uint64_t *cells; /* of histograms: where it is, in bytes from here */
    const bool *is_on;
    struct tare_metrics *metrics;
    struct tare_metrics_writer *next;
};

TARE_API TARE_NODISCARD int tare_metrics_writer_create(struct tare_metrics_writer **writer,
                                                       struct tare_metrics *metrics);

/* What it counted stays; what its gauges said does not. *writer is NULL then; NULL is nothing. */
TARE_API void tare_metrics_writer_destroy(struct tare_metrics_writer **writer);

/* Only the writer writes: no addition can be lost between the load and the store. */
TARE_INLINE void tare__metrics_put(struct tare_metrics_writer *writer, int metric,
                                   uint64_t value)
{
    __atomic_store_n(&writer->cells[metric], value, __ATOMIC_RELAXED);
}

/* Of a counter: so many more. */
TARE_INLINE void tare_metrics_count(struct tare_metrics_writer *writer, int metric,
                                    uint64_t count)
{
    if (TARE_LIKELY(__atomic_load_n(writer->is_on, __ATOMIC_RELAXED)))
        tare__metrics_put(writer, metric, writer->cells[metric] + count);
}

/* Of a gauge: this writer's part of it, new or changed. */
TARE_INLINE void tare_metrics_set(struct tare_metrics_writer *writer, int metric,
                                  int64_t value)
{
    if (TARE_LIKELY(__atomic_load_n(writer->is_on, __ATOMIC_RELAXED)))
        tare__metrics_put(writer, metric, (uint64_t)value);
}

TARE_INLINE void tare_metrics_change(struct tare_metrics_writer *writer, int metric,
                                     int64_t by)
{
    tare_metrics_count(writer, metric, (uint64_t)by);
}

/* Of a histogram: one value. */
TARE_INLINE void tare_metrics_record(struct tare_metrics_writer *writer, int metric,
                                     uint64_t value)
{
    if (TARE_LIKELY(__atomic_load_n(writer->is_on, __ATOMIC_RELAXED)))
        tare_histogram_record((struct tare_histogram *)(void *)((char *)writer->cells +
                                                                writer->cells[metric]),
                              value);
}

struct tare_metrics_snapshot;

TARE_API TARE_NODISCARD int
tare_metrics_snapshot_create(struct tare_metrics_snapshot **snapshot,
                             struct tare_metrics *metrics);
TARE_API void tare_metrics_snapshot_destroy(struct tare_metrics_snapshot **snapshot);

/* All values as they are now. */
TARE_API void tare_metrics_take(struct tare_metrics_snapshot *snapshot);

/* Of a counter or a gauge, as it was counted; of a histogram, how many values. */
TARE_API int64_t tare_metrics_value(const struct tare_metrics_snapshot *snapshot,
                                    int metric);

TARE_API const struct tare_histogram *
tare_metrics_histogram(const struct tare_metrics_snapshot *snapshot, int metric);

/* How many a second were counted, or recorded, from one snapshot to a later one; 0 if no time went
 * by. Of requests and of errors: their rates. */
TARE_API double tare_metrics_rate(const struct tare_metrics_snapshot *before,
                                  const struct tare_metrics_snapshot *now, int metric);

enum tare_metrics_form {
    TARE_METRICS_TABLE, /* for people */
    TARE_METRICS_OPENMETRICS,
    TARE_METRICS_PROMETHEUS /* the older text, as promtool reads it */
};

/* Append the snapshot; false: it is not whole. Histograms are told as summaries: p50, p90, p99, p999,
 * count and sum. */
TARE_API TARE_NODISCARD bool
tare_metrics_write(const struct tare_metrics_snapshot *snapshot,
                   enum tare_metrics_form form, struct tare_string_builder *to);

TARE_END

#endif
