/* SPDX-License-Identifier: MIT
 *
 * usage: metrics - <tare/metrics.h> and <tare/histogram.h> beside an atomic counter, in the top
 * folder. Environment: REPS rounds (15). Writes build/bench/metrics.tsv.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/results.h"

#include <tare/metrics.h>

enum {
    REPETITIONS = 15,
    TIMES = 1000000,
    SNAPSHOTS = 100,
    METRICS = 1000,
    HISTOGRAMS = 20,
    WRITERS = 4,
    RECORDS = 100000 /* in each histogram of each writer, for snapshots */
};

static struct tare_metrics *metrics;
static struct tare_metrics_writer *writers[WRITERS];
static struct tare_metrics_snapshot *snapshot;
static int counter, histogram; /* one of each kind */
static uint64_t values[4096];
static uint64_t shared;

/* A long tail from 1 us up, as times of requests have it. */
static void make_values(void)
{
    uint64_t state = 88172645463325252u;

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        values[i] =
            (uint64_t)(1000 / (1.0001 - (double)(state >> 11) / 9007199254740992.0));
    }
}

static void make_metrics(void)
{
    static char names[METRICS][24];

    if (tare_metrics_create(&metrics, METRICS, NULL))
        abort();
    for (int i = 0; i < METRICS; i++) {
        struct tare_metric metric = {.name = names[i], .help = "measured"};

        snprintf(names[i], sizeof names[i], "metric_%d", i);
        metric.kind = i < HISTOGRAMS ? TARE_METRIC_HISTOGRAM : TARE_METRIC_COUNTER;
        metric.highest = (uint64_t)1 << 36;
        if (tare_metrics_add(metrics, &metric) != i)
            abort();
    }
    histogram = 0;
    counter = HISTOGRAMS;
    for (size_t i = 0; i < WRITERS; i++)
        if (tare_metrics_writer_create(&writers[i], metrics))
            abort();
    if (tare_metrics_snapshot_create(&snapshot, metrics))
        abort();
    for (int i = 0; i < WRITERS * HISTOGRAMS; i++)
        for (size_t j = 0; j < RECORDS; j++)
            tare_metrics_record(writers[i / HISTOGRAMS], i % HISTOGRAMS, values[j % 4096]);
}

static void count(void *context)
{
    struct tare_metrics_writer *writer = context;

    for (size_t i = 0; i < TIMES; i++) {
        tare_metrics_count(writer, counter, 1);
        measure_keep(writer);
    }
}

static void count_atomic(void *context)
{
    for (size_t i = 0; i < TIMES; i++)
        __atomic_add_fetch((uint64_t *)context, 1, __ATOMIC_RELAXED);
}

static void record(void *context)
{
    struct tare_metrics_writer *writer = context;

    for (size_t i = 0; i < TIMES; i++) {
        tare_metrics_record(writer, histogram, values[i % 4096]);
        measure_keep(writer);
    }
}

static void take(void *context)
{
    for (size_t i = 0; i < SNAPSHOTS; i++)
        tare_metrics_take(context);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* By how many per cent p999 is not that of the sorted values. */
static double p999_error(void)
{
    enum { COUNT = 1000000 };
    size_t bytes = tare_histogram_bytes(0);
    uint64_t *all = malloc(COUNT * sizeof *all), state = 1;
    struct tare_histogram *made;

    if (!all || tare_histogram_init(&made, malloc(bytes), bytes, 0))
        abort();
    for (size_t i = 0; i < COUNT; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        all[i] = (uint64_t)(1000 / (1.00001 - (double)(state >> 11) / 9007199254740992.0));
        tare_histogram_record(made, all[i]);
    }
    qsort(all, COUNT, sizeof *all, compare);
    double exact = (double)all[COUNT / 1000 * 999 - 1];
    double told = (double)tare_histogram_percentile(made, 0.999);
    free(all);
    free(made);
    return 100 * fabs(told - exact) / exact;
}

static struct number each(const struct measure_way *way, double times)
{
    struct number ns = samples_number(&way->ns);

    return (struct number){ns.least / times, ns.median / times};
}

int main(void)
{
    struct results results = {0};
    int cpus[MEASURE_CPUS] = {-1};

    if (!measure_cpus(cpus) || measure_pin(cpus, 1))
        fputs("not bound to a processor\n", stderr);
    make_values();
    make_metrics();
    struct measure_way ways[] = {{.run = count, .context = writers[0]},
                                 {.run = count_atomic, .context = &shared},
                                 {.run = record, .context = writers[0]},
                                 {.run = take, .context = snapshot}};

    measure_ways(ways, sizeof ways / sizeof *ways,
                 measure_repetitions("REPS", REPETITIONS));
    struct number counted = each(&ways[0], TIMES), atomic = each(&ways[1], TIMES),
                  recorded = each(&ways[2], TIMES), taken = each(&ways[3], SNAPSHOTS * 1e6),
                  error = number_of(p999_error());

    results_add(&results, &(struct result){.name = "count",
                                           .metric = "ns",
                                           .unit = "ns",
                                           .ours = counted,
                                           .peer = "atomic addition",
                                           .theirs = atomic});
    results_add_target(&results, &(struct target){"a counter, ns", counted, 1, 0});
    results_add_target(&results,
                       &(struct target){"a histogram's record, ns", recorded, 3, 0});
    results_add_target(
        &results,
        &(struct target){"snapshot of 1,000 metrics, 4 writers, ms", taken, 1, 0});
    results_add_target(&results,
                       &(struct target){"p999 beside the exact one, %", error, 1, 0});
    printf("%u repetitions after one to warm up, bound to processor %d; the atomic "
           "addition takes "
           "%.2f ns.\n",
           measure_repetitions("REPS", REPETITIONS), cpus[0], atomic.median);
    results_print_targets(&results, stdout);
    return results_end(&results, "metrics") ? 0 : 1;
}
