/* SPDX-License-Identifier: MIT
 *
 * Histograms beside the values themselves, sorted.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <tare/histogram.h>

#include "support/random.h"

enum { VALUES = 100000 };

static uint64_t values[VALUES];
static const double shares[] = {0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};

static struct tare_histogram *make(uint64_t highest)
{
    size_t bytes = tare_histogram_bytes(highest);
    void *memory = malloc(bytes);
    struct tare_histogram *histogram;

    assert_non_null(memory);
    assert_int_equal(tare_histogram_init(&histogram, memory, bytes, highest), 0);
    return histogram;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t seed = 88172645463325252u;

/* Sorts the values. Within 0.4 %, where the task asks for 1 %. */
static void agrees(const struct tare_histogram *histogram, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    assert_int_equal(tare_histogram_count(histogram), count);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        double exact_rank = shares[i] * (double)count;
        size_t rank = (size_t)exact_rank;

        rank += (double)rank < exact_rank;
        double exact = (double)values[rank ? rank - 1 : 0];
        double told = (double)tare_histogram_percentile(histogram, shares[i]);

        assert_true(fabs(told - exact) <= 0.004 * exact);
    }
}

static void percentiles_are_within_half_a_percent(void **state)
{
    (void)state;
    for (unsigned shape = 0; shape < 4; shape++) {
        struct tare_histogram *histogram = make(0);
        uint64_t sum = 0;

        for (size_t i = 0; i < VALUES; i++) {
            uint64_t bits = next_random(&seed);
            double unit = (double)(bits >> 11) / 9007199254740992.0;

            values[i] = shape == 0   ? bits % 1000
                        : shape == 1 ? (uint64_t)(1e4 / (1 - unit)) /* a long tail */
                        : shape == 2 ? bits >> bits % 50
                                     : bits; /* all of them */
            tare_histogram_record(histogram, values[i]);
            sum += values[i];
        }
        assert_int_equal(tare_histogram_sum(histogram), sum);
        agrees(histogram, VALUES);
        free(histogram);
    }
}

static void each_bucket_follows_the_one_before(void **state)
{
    uint32_t bucket = tare__histogram_bucket(0);

    (void)state;
    assert_int_equal(bucket, 0);
    for (uint64_t value = 1; value < 1 << 20; value++) {
        uint32_t next = tare__histogram_bucket(value);

        assert_true(next == bucket || next == bucket + 1);
        bucket = next;
    }
    assert_int_equal(tare_histogram_bytes(UINT64_MAX), tare_histogram_bytes(0));
    assert_true(tare_histogram_bytes((uint64_t)1 << 36) < 31 << 10);
}

static void merged_ones_are_as_one(void **state)
{
    struct tare_histogram *parts[3] = {make(1 << 30), make(1 << 20), make(1 << 30)};
    struct tare_histogram *all = make(0);

    (void)state;
    for (size_t i = 0; i < VALUES; i++) {
        values[i] = next_random(&seed) % (1 << 20);
        tare_histogram_record(parts[i % 3], values[i]);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tare_histogram_merge(all, parts[i]), 0);
    agrees(all, VALUES);
    assert_int_equal(tare_histogram_merge(parts[1], parts[0]), -EINVAL);
    tare_histogram_clear(parts[2]);
    assert_int_equal(tare_histogram_count(parts[2]), 0);
    assert_int_equal(tare_histogram_percentile(parts[2], 0.5), 0);
    assert_int_equal(tare_histogram_merge(all, parts[2]), 0);
    assert_int_equal(tare_histogram_count(all), VALUES);
    tare_histogram_record(parts[2], 7);
    assert_int_equal(tare_histogram_percentile(parts[2], 1), 7);
    assert_int_equal(tare_histogram_count(parts[2]), 1);
    for (size_t i = 0; i < 3; i++)
        free(parts[i]);
    free(all);
}

static void what_is_too_high_counts_as_the_highest(void **state)
{
    struct tare_histogram *histogram = make(1000);

    (void)state;
    tare_histogram_record(histogram, 5);
    tare_histogram_record(histogram, 1000000);
    assert_int_equal(tare_histogram_count(histogram), 2);
    assert_int_equal(tare_histogram_percentile(histogram, 1), 1000);
    assert_int_equal(tare_histogram_percentile(histogram, 0.5), 5);
    assert_int_equal(tare_histogram_sum(histogram), 1005);
    free(histogram);
}

static void too_little_memory_is_refused(void **state)
{
    static uint64_t memory[5000];
    struct tare_histogram *histogram = NULL;

    (void)state;
    assert_int_equal(
        tare_histogram_init(&histogram, memory, tare_histogram_bytes(1000) - 1, 1000),
        -EINVAL);
    assert_int_equal(
        tare_histogram_init(&histogram, (char *)memory + 4, sizeof memory - 8, 1000),
        -EINVAL);
    assert_null(histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_within_half_a_percent),
        cmocka_unit_test(each_bucket_follows_the_one_before),
        cmocka_unit_test(merged_ones_are_as_one),
        cmocka_unit_test(what_is_too_high_counts_as_the_highest),
        cmocka_unit_test(too_little_memory_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
