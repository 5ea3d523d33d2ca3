/* SPDX-License-Identifier: MIT
 *
 * Counters, gauges and histograms of several writers, and snapshots of them.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/metrics_fixture.h"

#include <tare/pool.h>

static void what_writers_count_is_summed(void **state)
{
    struct tare_metrics_writer *other;
    struct set set;

    (void)state;
    assert_int_equal(begin(&set, NULL), 0);
    assert_int_equal(tare_metrics_writer_create(&other, set.metrics), 0);
    tare_metrics_count(set.writer, set.requests, 5);
    tare_metrics_count(other, set.requests, 7);
    tare_metrics_set(set.writer, set.open, 10);
    tare_metrics_change(set.writer, set.open, -3);
    tare_metrics_set(other, set.open, -2);
    tare_metrics_record(set.writer, set.took, 1000);
    tare_metrics_record(other, set.took, 3000);
    tare_metrics_take(set.snapshot);
    assert_int_equal(tare_metrics_value(set.snapshot, set.requests), 12);
    assert_int_equal(tare_metrics_value(set.snapshot, set.errors), 0);
    assert_int_equal(tare_metrics_value(set.snapshot, set.open), 5);
    assert_int_equal(tare_histogram_count(tare_metrics_histogram(set.snapshot, set.took)),
                     2);
    assert_int_equal(tare_metrics_value(set.snapshot, set.took), 2);

    tare_metrics_writer_destroy(&other); /* its gauge goes, what it counted stays */
    tare_metrics_count(set.writer, set.requests, 1);
    tare_metrics_take(set.snapshot);
    assert_int_equal(tare_metrics_value(set.snapshot, set.requests), 13);
    assert_int_equal(tare_metrics_value(set.snapshot, set.open), 7);
    assert_int_equal(
        tare_histogram_percentile(tare_metrics_histogram(set.snapshot, set.took), 1), 3000);
    end(&set);
}

static void nothing_is_taken_while_stopped(void **state)
{
    struct set set;

    (void)state;
    assert_int_equal(begin(&set, NULL), 0);
    tare_metrics_count(set.writer, set.requests, 1);
    tare_metrics_stop(set.metrics);
    tare_metrics_count(set.writer, set.requests, 1);
    tare_metrics_set(set.writer, set.open, 1);
    tare_metrics_record(set.writer, set.took, 1);
    tare_metrics_take(set.snapshot);
    assert_int_equal(tare_metrics_value(set.snapshot, set.requests), 1);
    assert_int_equal(tare_metrics_value(set.snapshot, set.open), 0);
    assert_int_equal(tare_histogram_count(tare_metrics_histogram(set.snapshot, set.took)),
                     0);
    tare_metrics_start(set.metrics);
    tare_metrics_count(set.writer, set.requests, 1);
    tare_metrics_take(set.snapshot);
    assert_int_equal(tare_metrics_value(set.snapshot, set.requests), 2);
    end(&set);
}

static void rates_are_by_the_second(void **state)
{
    struct tare_metrics_snapshot *before;
    struct timespec from, to;
    struct set set;

    (void)state;
    assert_int_equal(begin(&set, NULL), 0);
    assert_int_equal(tare_metrics_snapshot_create(&before, set.metrics), 0);
    clock_gettime(CLOCK_MONOTONIC, &from);
    tare_metrics_take(before);
    tare_metrics_count(set.writer, set.errors, 1000);
    usleep(20000);
    tare_metrics_take(set.snapshot);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds =
        (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    double rate = tare_metrics_rate(before, set.snapshot, set.errors);
    assert_true(rate >= 1000 / seconds && rate <= 1000 / 0.02);
    assert_true(tare_metrics_rate(before, set.snapshot, set.requests) == 0);
    assert_true(tare_metrics_rate(before, before, set.errors) == 0);
    tare_metrics_snapshot_destroy(&before);
    end(&set);
}

static void what_cannot_be_is_refused(void **state)
{
    const struct tare_metric bad[] = {
        {.name = NULL, .help = "x"},
        {.name = "", .help = "x"},
        {.name = "1a", .help = "x"},
        {.name = "a-b", .help = "x"},
        {.name = "a_total", .help = "x"},
        {.name = "a", .help = NULL},
        {.name = "a", .help = "two\nlines"},
        {.name = "a", .help = "x", .labels = "op"},
        {.name = "a", .help = "x", .labels = "op=\"get"},
        {.name = "a", .help = "x", .labels = "op=\"g\net\""},
        {.name = "a", .help = "x", .labels = "op=\"get\","},
        {.name = "a", .help = "x", .labels = "=\"get\""},
        {.name = "a", .help = "x", .kind = (enum tare_metric_kind)3},
        {.name = "a", .help = "x", .per_unit = -1},
        {.name = "errors", .help = "twice"},
        {.name = "errors", .help = "with labels", .labels = "op=\"get\""},
        {.name = "connections", .help = "of another kind"},
        {.name = "requests", .help = "twice", .labels = "op=\"get\""},
        {.name = "a",
         .help = "x",
         .kind = TARE_METRIC_HISTOGRAM,
         .sample = tare_metrics_sample_mem},
    };
    const struct tare_metric good = {
        .name = "good", .help = "x", .labels = "a=\"\\\"\",b=\"\""};
    struct tare_metrics *small = NULL;
    struct set set;

    (void)state;
    assert_int_equal(begin(&set, NULL), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(tare_metrics_add(set.metrics, &bad[i]), -EINVAL);
    assert_int_equal(tare_metrics_add(set.metrics, &good), -EBUSY);
    end(&set);
    assert_int_equal(tare_metrics_create(&small, 0, NULL), -EINVAL);
    assert_null(small);
    assert_int_equal(tare_metrics_create(&small, 2, NULL), 0);
    assert_int_equal(tare_metrics_add_process(small), -ENOSPC);
    assert_int_equal(tare_metrics_add(small, &good), 0); /* none of them stayed */
    tare_metrics_destroy(&small);
}

static void survives_failure_of_each_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct tare_mem_failer failer;
        struct set set;

        tare_mem_failer_init(&failer, NULL, n);
        int err = begin(&set, &failer.mem);
        end(&set);
        assert_int_equal(failer.counter.live_bytes, 0);
        if (!err) {
            assert_true(n > 5);
            return;
        }
        assert_int_equal(err, -ENOMEM);
    }
}

static void counting_takes_no_memory(void **state)
{
    struct tare_mem_counter counter;
    struct set set;

    (void)state;
    tare_mem_counter_init(&counter, NULL, 0);
    assert_int_equal(begin(&set, &counter.mem), 0);
    uint64_t before = counter.allocations;
    for (int i = 0; i < 1000; i++) {
        tare_metrics_count(set.writer, set.requests, 1);
        tare_metrics_record(set.writer, set.took, (uint64_t)i);
        tare_metrics_take(set.snapshot);
    }
    assert_int_equal(counter.allocations, before);
    end(&set);
    assert_int_equal(counter.live_bytes, 0);
}

struct thing {
    int value;
};

TARE_POOL_DEFINE(thing, struct thing);

static void samples_ask_counters_and_pools(void **state)
{
    struct tare_mem_counter counter;
    struct tare_metric heap = {.kind = TARE_METRIC_GAUGE,
                               .name = "cache_bytes",
                               .help = "Of the cache",
                               .sample = tare_metrics_sample_mem,
                               .context = &counter};
    struct tare_metric things = {.kind = TARE_METRIC_GAUGE,
                                 .name = "pool_objects",
                                 .labels = "pool=\"thing\"",
                                 .help = "In use",
                                 .sample = tare_metrics_sample_pool,
                                 .context = &thing_pool};
    struct tare_metrics_snapshot *snapshot;
    struct tare_metrics *metrics;
    struct thing *one = thing_alloc(), *two = thing_alloc();

    (void)state;
    tare_mem_counter_init(&counter, NULL, 0);
    assert_int_equal(tare_metrics_create(&metrics, 2, NULL), 0);
    assert_int_equal(tare_metrics_add(metrics, &heap), 0);
    assert_int_equal(tare_metrics_add(metrics, &things), 1);
    assert_int_equal(tare_metrics_snapshot_create(&snapshot, metrics), 0);
    void *block = tare_mem_alloc(&counter.mem, 1000, 8);
    tare_metrics_take(snapshot);
    assert_int_equal(tare_metrics_value(snapshot, 0), 1000);
    assert_int_equal(tare_metrics_value(snapshot, 1), 2);
    tare_mem_free(&counter.mem, block, 1000, 8);
    thing_free(one);
    thing_free(two);
    tare_metrics_take(snapshot);
    assert_int_equal(tare_metrics_value(snapshot, 0), 0);
    assert_int_equal(tare_metrics_value(snapshot, 1), 0);
    tare_metrics_snapshot_destroy(&snapshot);
    tare_metrics_destroy(&metrics);
    assert_int_equal(tare_pool_fini(&thing_pool), 0);
}

enum { THREADS = 4, COUNTS = 20000 };

static void *count_away(void *argument)
{
    struct set *set = argument;
    struct tare_metrics_writer *writer;

    for (int life = 0; life < 3; life++) {
        if (tare_metrics_writer_create(&writer, set->metrics))
            abort();
        for (uint64_t i = 0; i < COUNTS; i++) {
            tare_metrics_count(writer, set->requests, 1);
            tare_metrics_record(writer, set->took, i);
        }
        tare_metrics_writer_destroy(&writer);
    }
    return NULL;
}

static void snapshots_go_on_while_threads_count(void **state)
{
    pthread_t threads[THREADS];
    int64_t seen = 0;
    struct set set;

    (void)state;
    assert_int_equal(begin(&set, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_away, &set), 0);
    for (int i = 0; i < 50; i++) {
        tare_metrics_take(set.snapshot);
        assert_true(tare_metrics_value(set.snapshot, set.requests) >= seen);
        seen = tare_metrics_value(set.snapshot, set.requests);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    tare_metrics_take(set.snapshot);
    assert_int_equal(tare_metrics_value(set.snapshot, set.requests), 3 * THREADS * COUNTS);
    assert_int_equal(tare_histogram_count(tare_metrics_histogram(set.snapshot, set.took)),
                     3 * THREADS * COUNTS);
    end(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_writers_count_is_summed),
        cmocka_unit_test(nothing_is_taken_while_stopped),
        cmocka_unit_test(rates_are_by_the_second),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(survives_failure_of_each_allocation),
        cmocka_unit_test(counting_takes_no_memory),
        cmocka_unit_test(samples_ask_counters_and_pools),
        cmocka_unit_test(snapshots_go_on_while_threads_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
