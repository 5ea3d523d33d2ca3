/* SPDX-License-Identifier: MIT
 *
 * Two threads serve requests and count them, each in cells of its own, without an atomic addition
 * or an allocation; the main thread takes two snapshots, says the rates between them and prints what
 * a monitoring system would fetch.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <tare/metrics.h>

enum { THREADS = 2, REQUESTS = 200000 };

static const struct tare_metric definitions[] = {
    {.name = "requests", .kind = TARE_METRIC_COUNTER, .help = "Requests that were served"},
    {.name = "errors", .kind = TARE_METRIC_COUNTER, .help = "Requests that failed"},
    {.name = "request_seconds",
     .kind = TARE_METRIC_HISTOGRAM,
     .help = "Time that a request took",
     .per_unit = 1e9,
     .highest = (uint64_t)1 << 36},
};

enum { METRICS = sizeof definitions / sizeof *definitions, PROCESS_METRICS = 9 };

static struct tare_metrics *metrics;
static int requests, errors, request_seconds;

/* A request took some microseconds, a few of them a hundred times as long; one of 500 fails. */
static void *serve(void *writer)
{
    unsigned random = 1;

    for (unsigned i = 0; i < REQUESTS; i++) {
        random = random * 1664525 + 1013904223;
        uint64_t ns = 2000 + random % 3000;

        tare_metrics_record(writer, request_seconds, random >> 22 ? ns : 100 * ns);
        tare_metrics_count(writer, requests, 1);
        tare_metrics_count(writer, errors, i % 500 == 0);
    }
    return NULL;
}

static int define(void)
{
    int *const ids[METRICS] = {&requests, &errors, &request_seconds};
    int err = tare_metrics_create(&metrics, METRICS + PROCESS_METRICS, NULL);

    for (size_t i = 0; !err && i < METRICS; i++) {
        *ids[i] = tare_metrics_add(metrics, &definitions[i]);
        err = *ids[i] < 0 ? *ids[i] : 0;
    }
    return err ? err : tare_metrics_add_process(metrics);
}

/* 0, or what went wrong. */
static int count(struct tare_metrics_writer *writers[THREADS])
{
    pthread_t threads[THREADS];
    int err = 0;

    for (size_t i = 0; !err && i < THREADS; i++)
        err = tare_metrics_writer_create(&writers[i], metrics);
    for (size_t i = 0; !err && i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, serve, writers[i]))
            abort();
    for (size_t i = 0; !err && i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return err;
}

static bool show(const struct tare_metrics_snapshot *before,
                 const struct tare_metrics_snapshot *now)
{
    char buffer[4096];
    struct tare_string_builder text;

    printf("%.0f requests a second, %.2f %% of them errors; 99.9 %% within %.1f us\n\n",
           tare_metrics_rate(before, now, requests),
           100 * tare_metrics_rate(before, now, errors) /
               tare_metrics_rate(before, now, requests),
           1e-3 * (double)tare_histogram_percentile(
                      tare_metrics_histogram(now, request_seconds), 0.999));
    tare_string_builder_init_fixed(&text, buffer, sizeof buffer);
    bool is_whole = tare_metrics_write(now, TARE_METRICS_TABLE, &text);
    puts(tare_string_builder_text(&text));
    tare_string_builder_clear(&text);
    is_whole &= tare_metrics_write(now, TARE_METRICS_OPENMETRICS, &text);
    fputs(tare_string_builder_text(&text), stdout);
    return is_whole && tare_metrics_value(now, requests) == THREADS * REQUESTS;
}

int main(void)
{
    struct tare_metrics_writer *writers[THREADS] = {NULL};
    struct tare_metrics_snapshot *before = NULL, *now = NULL;
    bool works = false;

    if (define() == 0 && tare_metrics_snapshot_create(&before, metrics) == 0 &&
        tare_metrics_snapshot_create(&now, metrics) == 0) {
        tare_metrics_take(before);
        works = count(writers) == 0;
        tare_metrics_take(now);
        works = works && show(before, now);
    }
    for (size_t i = 0; i < THREADS; i++)
        tare_metrics_writer_destroy(&writers[i]);
    tare_metrics_snapshot_destroy(&before);
    tare_metrics_snapshot_destroy(&now);
    tare_metrics_destroy(&metrics);
    return works ? 0 : 1;
}
