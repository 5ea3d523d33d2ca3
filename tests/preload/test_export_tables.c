/* SPDX-License-Identifier: MIT
 *
 * The exports for programs that compute: CSV, lines of JSON, OpenMetrics.
 */
#include "support/command.h"
#include "support/exported.h"
#include "support/json_check.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum {
    FIELDS = 23,
    ALLOCATIONS = 1,
    FREES,
    BYTES,
    LIVE_BLOCKS,
    LIVE_BYTES,
    AT_PEAK,
    TEMPORARY
};

/* One line as RFC 4180 has it, its fields unquoted in place; what is behind it. */
static char *read_line(char *at, char *fields[FIELDS])
{
    for (int i = 0; i < FIELDS; i++) {
        bool is_quoted = *at == '"';
        char *to = fields[i] = at;

        at += is_quoted;
        while (is_quoted ? *at != '"' || at[1] == '"' : !strchr(",\n", *at)) {
            assert_true(*at && *at != '\n' && (is_quoted || *at != '"'));
            at += is_quoted && *at == '"';
            *to++ = *at++;
        }
        at += is_quoted;
        assert_int_equal(*at, i + 1 < FIELDS ? ',' : '\n');
        *to = '\0';
        at++;
    }
    return at;
}

static void csv_has_a_line_for_each_site_with_our_sums(void **state)
{
    const struct export_options options = by_metric(ORDER_BYTES);
    char *text = strdup(export_text("csv", &options, NULL));
    char *fields[FIELDS];
    struct counts sum = {0};
    uint64_t lines = 0, last = UINT64_MAX;

    (void)state;
    char *at = read_line(text, fields);
    assert_string_equal(fields[0], "id");
    assert_string_equal(fields[AT_PEAK], "bytes_at_peak");
    assert_string_equal(fields[FIELDS - 1], "stack");
    for (; *at; lines++) {
        at = read_line(at, fields);
        assert_int_equal(strlen(fields[0]), 16);
        sum.allocations += strtoull(fields[ALLOCATIONS], NULL, 10);
        sum.frees += strtoull(fields[FREES], NULL, 10);
        sum.bytes += strtoull(fields[BYTES], NULL, 10);
        sum.live_blocks += strtoull(fields[LIVE_BLOCKS], NULL, 10);
        sum.live_bytes += strtoull(fields[LIVE_BYTES], NULL, 10);
        sum.bytes_at_peak += strtoull(fields[AT_PEAK], NULL, 10);
        sum.temporary += strtoull(fields[TEMPORARY], NULL, 10);
        assert_true(strtoull(fields[BYTES], NULL, 10) <= last);
        last = strtoull(fields[BYTES], NULL, 10);
        assert_non_null(strstr(fields[FIELDS - 1], fields[FIELDS - 5]));
    }
    assert_int_equal(lines, export_result.samples);
    assert_memory_equal(&sum, &exported_counts, sizeof sum);
    free(text);
}

static void each_line_of_jsonl_is_json_with_our_sums(void **state)
{
    const char *text = export_text("jsonl", NULL, NULL);
    struct counts sum = {0};
    uint64_t lines = 0;

    (void)state;
    for (const char *at = text; *at; lines++) {
        size_t bytes = strcspn(at, "\n") + 1;

        assert_true(json_is_valid(at, bytes));
        char *line = strndup(at, bytes);
        sum.allocations += number_after(line, "\"allocations\":");
        sum.frees += number_after(line, "\"frees\":");
        sum.bytes += number_after(line, "\"bytes\":");
        sum.live_blocks += number_after(line, "\"live_blocks\":");
        sum.live_bytes += number_after(line, "\"live_bytes\":");
        sum.bytes_at_peak += number_after(line, "\"bytes_at_peak\":");
        sum.temporary += number_after(line, "\"temporary\":");
        free(line);
        at += bytes;
    }
    assert_int_equal(lines, export_result.samples);
    assert_memory_equal(&sum, &exported_counts, sizeof sum);
    assert_non_null(strstr(text, ",\"stack\":[\"sizes_of\",\"main\","));
}

static void sqlite_reads_the_table(void **state)
{
    char line[64];
    const char *path = export_file("csv", NULL, "x.csv");

    (void)state;
    char import[4200];
    snprintf(import, sizeof import, ".import '%s' sites", path);
    const char *said = export_read_by(
        (const char *const[]){"sqlite3", "-csv", "-cmd", import,
                              ":memory:", "select sum(bytes) from sites", NULL});
    snprintf(line, sizeof line, "%llu\n", (unsigned long long)exported_counts.bytes);
    assert_string_equal(said, line);
}

/* NAME{LABELS} VALUE, and each name announced by a line of its type. The sum of a family. */
static uint64_t sum_of(const char *text, const char *name, uint32_t *count)
{
    char begin[128];
    uint64_t sum = 0;

    snprintf(begin, sizeof begin, "\n%s{program=\"", name);
    *count = 0;
    for (const char *at = strstr(text, begin); at; at = strstr(at + 1, begin)) {
        const char *end = strchr(at + 1, '\n');
        const char *space = memrchr(at, ' ', (size_t)(end - at));

        assert_int_equal(space[-1], '}');
        sum += strtoull(space, NULL, 10);
        ++*count;
    }
    return sum;
}

/* Two functions inlined into main have one id: what is said of both is main's. */
static void openmetrics_names_what_the_id_means(void **state)
{
    static const char source[] =
        "#include <stdlib.h>\n"
        "static void *volatile kept;\n"
        "#define INLINE static inline __attribute__((always_inline)) void\n"
        "INLINE add(void) { kept = malloc(10); }\n"
        "INLINE grow(void) { kept = malloc(990); }\n"
        "int main(void) { add(); grow(); return 0; }\n";
    char profile[512];

    command_setup(state);
    snprintf(profile, sizeof profile, "%s", in_folder("x.tare"));
    assert_int_equal(compile("program", source, "-O1", "-g"), 0);
    tare("run", "-o", profile, in_folder("program"), NULL);
    tare("export", "--to", "openmetrics", "-o", "-", profile, NULL);
    said(result.out, ",function=\"main\"} 1000\n");
    assert_null(strstr(result.out, "function=\"add\""));
    assert_null(strstr(result.out, "function=\"grow\""));
    command_teardown(state);
}

/* The words of a series before its value; it may stand in the text only once. */
static void openmetrics_has_each_series_once(void **state)
{
    const struct export_options options = {.has_max_samples = true};
    char *text = strdup(export_text("openmetrics", &options, NULL));
    uint32_t lines = 0;

    (void)state;
    for (char *at = text; *at; lines++) {
        char *end = strchr(at, '\n');
        const char *space = memrchr(at, ' ', (size_t)(end - at));
        size_t bytes = (size_t)(space - at);

        for (const char *other = end + 1; *at != '#' && *other;
             other = strchr(other, '\n') + 1)
            assert_false(!strncmp(at, other, bytes) && other[bytes] == ' ');
        at = end + 1;
    }
    assert_true(lines > export_result.samples);
    free(text);
}

static void openmetrics_has_totals_and_as_much_in_sites(void **state)
{
    static const struct {
        const char *total, *of_sites;
        enum site_order order;
    } families[] = {
        {"tare_allocated_bytes_total", "tare_site_allocated_bytes_total", ORDER_BYTES},
        {"tare_allocations_total", "tare_site_allocations_total", ORDER_CALLS},
        {"tare_peak_bytes", "tare_site_peak_bytes", ORDER_PEAK},
        {"tare_live_bytes", "tare_site_live_bytes", ORDER_LIVE},
    };
    const char *text = export_text("openmetrics", NULL, NULL);
    uint32_t count;

    (void)state;
    assert_int_equal(export_result.samples, 20);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        uint64_t ours = counts_value(&exported_counts, families[i].order);

        assert_int_equal(sum_of(text, families[i].total, &count), ours);
        assert_int_equal(count, 1);
        assert_int_equal(sum_of(text, families[i].of_sites, &count), ours);
        assert_int_equal(count, 20);
    }
    assert_non_null(strstr(text, "# UNIT tare_live_bytes bytes\n"));
    assert_non_null(strstr(text, ",site=\"other\",function=\"[other]\"} "));
    assert_string_equal(text + strlen(text) - strlen("# EOF\n"), "# EOF\n");
}

/* promtool's check is of the older text format. Its other reader of metrics wants their times. */
static void promtool_takes_it(void **state)
{
    char command[9000], folder[4096];
    unsigned series = 0, samples, count = 0;

    (void)state;
    for (const char *at = export_text("openmetrics", NULL, NULL); *at;
         at = strchr(at, '\n') + 1)
        series += *at != '#';
    export_read_by((const char *const[]){"promtool", "--version", NULL});
    const char *path = export_file("openmetrics", NULL, "x.prom");
    snprintf(folder, sizeof folder, "%s/tsdb", exported.folder);
    snprintf(command, sizeof command,
             "sed 's/^[^#].*/& 1700000000/' %s >%s.timed && promtool tsdb "
             "create-blocks-from openmetrics %s.timed %s",
             path, path, path, folder);
    const char *said = export_read_by((const char *const[]){"sh", "-c", command, NULL});
    const char *numbers = strstr(said, "1ms");
    assert_non_null(numbers);
    assert_int_equal(sscanf(numbers, "1ms %u %*u %u", &samples, &count), 2);
    assert_int_equal(samples, series);
    assert_int_equal(count, series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_has_a_line_for_each_site_with_our_sums),
        cmocka_unit_test(each_line_of_jsonl_is_json_with_our_sums),
        cmocka_unit_test(sqlite_reads_the_table),
        cmocka_unit_test(openmetrics_has_totals_and_as_much_in_sites),
        cmocka_unit_test(openmetrics_has_each_series_once),
        cmocka_unit_test(openmetrics_names_what_the_id_means),
        cmocka_unit_test(promtool_takes_it),
    };

    return cmocka_run_group_tests(tests, exported_setup, exported_teardown);
}
