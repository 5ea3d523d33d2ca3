/* SPDX-License-Identifier: MIT
 *
 * Snapshots as text, read by others.
 */
#include "support/openmetrics_check.h"
#include "support/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/metrics_fixture.h"

static const char *written(struct set *set, enum tare_metrics_form form,
                           struct tare_string_builder *text)
{
    for (uint64_t i = 1; i <= 1000; i++)
        tare_metrics_record(set->writer, set->took, i * 1000);
    tare_metrics_count(set->writer, set->requests, 17);
    tare_metrics_set(set->writer, set->open, -4);
    tare_metrics_take(set->snapshot);
    assert_true(tare_metrics_write(set->snapshot, form, text));
    return tare_string_builder_text(text);
}

static void another_decoder_reads_the_text(void **state)
{
    struct tare_string_builder builder = {0};
    struct set set;

    (void)state;
    assert_int_equal(begin(&set, NULL), 0);
    const char *text = written(&set, TARE_METRICS_OPENMETRICS, &builder);
    assert_null(openmetrics_check(text));
    assert_true(openmetrics_value(text, "requests_total{op=\"get\"}") == 17);
    assert_true(openmetrics_value(text, "errors_total") == 0);
    assert_true(openmetrics_value(text, "connections") == -4);
    assert_true(openmetrics_value(text, "took_seconds_count") == 1000);
    assert_true(fabs(openmetrics_value(text, "took_seconds_sum") - 0.5005) < 1e-9);
    assert_true(fabs(openmetrics_value(text, "took_seconds{quantile=\"0.999\"}") - 999e-6) <
                5e-6);
    assert_true(fabs(openmetrics_value(text, "took_seconds{quantile=\"0.5\"}") - 500e-6) <
                3e-6);
    assert_true(openmetrics_value(text, "process_resident_bytes") > 100000);
    assert_true(openmetrics_value(text, "process_page_faults_total{kind=\"minor\"}") > 10);
    assert_true(openmetrics_value(text, "process_cpu_seconds_total{mode=\"user\"}") >= 0);
    tare_string_builder_fini(&builder);
    end(&set);
}

static void the_decoder_refuses_what_is_wrong(void **state)
{
    static const char *const bad[] = {
        "",
        "# TYPE a gauge\n# HELP a x\na 1\n",
        "# TYPE a counter\n# HELP a x\na 1\n# EOF\n",
        "# TYPE a gauge\n# HELP b x\n# EOF\n",
        "# TYPE a gauge\na 1\na 2\n# EOF\n",
        "# TYPE a gauge\na{b=\"c} 1\n# EOF\n",
        "# TYPE a gauge\na one\n# EOF\n",
        "# TYPE a gauge\na 1\n# TYPE a gauge\n# EOF\n",
        "# TYPE a summary\na 1\n# EOF\n",
        "# TYPE a counter\na_total -1\n# EOF\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(openmetrics_check(bad[i]));
}

static void promtool_takes_the_older_text(void **state)
{
    static const char path[] = TEST_BUILD "/metrics.prom";
    struct tare_string_builder builder = {0};
    struct run result;
    struct set set;

    (void)state;
    if (system("command -v promtool >/dev/null") != 0)
        skip();
    assert_int_equal(begin(&set, NULL), 0);
    const char *text = written(&set, TARE_METRICS_PROMETHEUS, &builder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    run(&result,
        (const char *const[]){"sh", "-c",
                              "promtool check metrics <" TEST_BUILD "/metrics.prom", NULL},
        NULL);
    assert_string_equal(result.out, "");
    assert_string_equal(result.err, "");
    assert_int_equal(run_exit(&result), 0);
    run_fini(&result);
    remove(path);
    tare_string_builder_fini(&builder);
    end(&set);
}

static void the_table_has_a_line_each_and_says_when_it_is_cut(void **state)
{
    struct tare_string_builder builder = {0}, little;
    struct set set;
    char buffer[40], line[100];
    unsigned lines = 0;

    (void)state;
    assert_int_equal(begin(&set, NULL), 0);
    const char *text = written(&set, TARE_METRICS_TABLE, &builder);
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 4 + 9);
    snprintf(line, sizeof line, "%-44s17\n", "requests{op=\"get\"}");
    assert_non_null(strstr(text, line));
    snprintf(line, sizeof line, "%-44s-4\n", "connections");
    assert_non_null(strstr(text, line));
    assert_non_null(strstr(text, "1000  p50 0.000"));
    tare_string_builder_fini(&builder);
    tare_string_builder_init_fixed(&little, buffer, sizeof buffer);
    assert_false(tare_metrics_write(set.snapshot, TARE_METRICS_TABLE, &little));
    end(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_decoder_reads_the_text),
        cmocka_unit_test(the_decoder_refuses_what_is_wrong),
        cmocka_unit_test(promtool_takes_the_older_text),
        cmocka_unit_test(the_table_has_a_line_each_and_says_when_it_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
