/* SPDX-License-Identifier: MIT
 *
 * The corpus of tests/advice/: each known waste is named first, at its site; what was predicted is
 * what the remedied twin saves; programs without waste get no advice.
 *
 * ADVICE_TABLE=FILE: what was predicted and measured, a line for each program. ADVICE_CASE=NAME: that
 * one only.
 */
#include "advice/costs.h"
#include "support/command.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define PROGRAM(name) TEST_BUILD "/tests/advice/" name

struct expected {
    const char *name;
    const char *remedy, *function; /* NULL: there is nothing to advise */
};

static const struct expected corpus[] = {
    {"duplicate_words", "intern", "read_word"},
    {"duplicate_paths", "intern", "note_folder"},
    {"duplicate_settings", "rc", "copy_settings"},
    {"churn_orders", "pool", "new_order"},
    {"churn_events", "pool", "post_event"},
    {"churn_tasks", "pool", "spawn"},
    {"churn_wrapped", "pool", "receive"},
    {"burst_requests", "arena", "read_header"},
    {"burst_document", "arena", "parse_node"},
    {"temporary_lines", "vec", "print_line"},
    {"temporary_sums", "vec", "middle_of"},
    {"temporary_frames", "arena", "decode_frame"},
    {"growth_samples", "reserve", "add_sample"},
    {"growth_points", "reserve", "load_points"},
    {"growth_messages", "reserve", "append"},
    {"unwritten_buffers", "shrink", "open_connection"},
    {"unwritten_names", "shrink", "add_record"},
    {"tiny_points", "pool", "add_point"},
    {"tiny_edges", "pool", "connect"},
    {"table_squares", "map", "fill"},
    {"table_visits", "map", "insert_visit"},
    {"slack_records", "shrink", "add_record"},
    {"slack_orders", "shrink", "place_order"},
    {"cold_pages", "codec", "load_page"},
    {"cold_history", "codec", "record_hour"},
    {"remote_messages", "batch-free", "make_message"},
    {"remote_results", "batch-free", "compute"},
    {"leak_sessions", "leak", "open_session"},
    {"leak_listeners", "leak", "add_listener"},
    {"clean_tables", NULL, NULL},
    {"clean_pool", NULL, NULL},
    {"clean_arena", NULL, NULL},
    {"clean_sorted", NULL, NULL},
    {"clean_threads", NULL, NULL},
    {"clean_little", NULL, NULL},
    {"clean_map", NULL, NULL},
};
enum { PROGRAMS = sizeof corpus / sizeof *corpus, WORST_PER_MILLE = 200 };

static char cache[PATH_MAX + 32];
static char *folder;
static FILE *table;
static long errors[2 * PROGRAMS];
static unsigned error_count;

/* What is said first must not depend on how busy this machine is: costs are the typical ones. */
static int group_setup(void **state)
{
    const char *path = getenv("ADVICE_TABLE");
    char file[PATH_MAX + 64];
    (void)state; /* it is each test's own */
    folder = run_folder();
    char *whole = realpath(folder, NULL);

    assert_non_null(whole);
    snprintf(file, sizeof file, "%s/tare", whole);
    assert_int_equal(mkdir(file, 0700), 0);
    snprintf(file, sizeof file, "%s/tare/costs", whole);
    assert_int_equal(costs_write(&costs_typical, file), 0);
    snprintf(cache, sizeof cache, "XDG_CACHE_HOME=%s", whole);
    free(whole);
    table = path ? fopen(path, "we") : NULL;
    return path && !table;
}

static int group_teardown(void **state)
{
    (void)state;
    run_folder_remove(folder);
    return table ? fclose(table) : 0;
}

static void record_program(const char *name, const char *end, char path[512])
{
    char program[512];

    snprintf(program, sizeof program, "%s%s", name, end);
    snprintf(path, 512, "%s.tare", in_folder(program));
    snprintf(program, sizeof program, PROGRAM("%s%s"), name, end);
    tare("run", "--advise", "--samples", "50", "-o", path, program, NULL);
    if (run_exit(&result))
        fail_msg("%s: %s", program, result.err);
}

static json_t *parse(void)
{
    json_error_t error;

    assert_int_equal(run_exit(&result), 0);
    json_t *json = json_loads(result.out, 0, &error);
    assert_non_null(json);
    return json;
}

static bool has_function(const json_t *site, const char *name)
{
    const json_t *stack = json_object_get(site, "stack");
    size_t length = strlen(name);

    for (size_t i = 0; i < json_array_size(stack); i++) {
        const char *function =
            json_string_value(json_object_get(json_array_get(stack, i), "function"));

        if (function && !strncmp(function, name, length) && strchr("(", function[length]))
            return true;
    }
    return false;
}

static void is_first(const struct expected *expected, const char *path)
{
    tare_with(cache, "advise", "--json", path, NULL);
    json_t *json = parse();
    const json_t *first = json_array_get(json_object_get(json, "advice"), 0);
    const char *remedy = json_string_value(json_object_get(first, "remedy"));

    if (!expected->remedy && first)
        fail_msg("%s: there is nothing to advise, but: %s", expected->name, result.out);
    if (expected->remedy &&
        (!remedy || strcmp(remedy, expected->remedy) != 0 ||
         !has_function(json_object_get(first, "site"), expected->function)))
        fail_msg("%s: not %s in %s first: %s", expected->name, expected->remedy,
                 expected->function, result.out);
    json_decref(json);
}

/* -1: too little of it was saved, and predicted, to be compared. */
static long note_error(const json_t *json, const char *key, const struct expected *expected)
{
    const json_t *number = json_object_get(json, key);

    if (!json_is_integer(number))
        return -1;
    long error = (long)json_integer_value(number);
    errors[error_count++] = error;
    if (error > WORST_PER_MILLE)
        fail_msg("%s: %s %ld: %s", expected->name, key, error, result.out);
    return error;
}

static long long saved(const json_t *json, const char *who, const char *key)
{
    return (long long)json_integer_value(json_object_get(json_object_get(json, who), key));
}

static void is_as_predicted(const struct expected *expected, const char *before,
                            const char *after)
{
    tare_with(cache, "verify", "--json", before, after, NULL);
    json_t *json = parse();
    const json_t *first = json_array_get(json_object_get(json, "advice"), 0);

    if (!json_is_true(json_object_get(first, "followed")))
        fail_msg("%s: the twin does not follow: %s", expected->name, result.out);
    long peak = note_error(json, "peak_error_per_mille", expected);
    long calls = note_error(json, "calls_error_per_mille", expected);
    if (table)
        fprintf(table, "%s\t%s\t%lld\t%lld\t%ld\t%lld\t%lld\t%ld\n", expected->name,
                expected->remedy, saved(json, "predicted", "peak_bytes_saved"),
                saved(json, "real", "peak_bytes_saved"), peak,
                saved(json, "predicted", "calls_saved"), saved(json, "real", "calls_saved"),
                calls);
    json_decref(json);
}

static void check_program(void **state)
{
    const struct expected *expected = *state;
    const char *only = getenv("ADVICE_CASE");
    char before[512], after[512];

    if (only && strcmp(only, expected->name) != 0)
        skip();
    command_setup(NULL);
    record_program(expected->name, "", before);
    is_first(expected, before);
    if (expected->remedy) {
        record_program(expected->name, ".twin", after);
        is_as_predicted(expected, before, after);
    } else if (table) {
        fprintf(table, "%s\tnone\t0\t0\t-1\t0\t0\t-1\n", expected->name);
    }
    command_teardown(NULL);
}

static int by_value(const void *a, const void *b)
{
    long one = *(const long *)a;
    long other = *(const long *)b;

    return (one > other) - (one < other);
}

static void half_of_the_predictions_are_within_a_tenth(void **state)
{
    (void)state;
    if (getenv("ADVICE_CASE"))
        skip();
    assert_true(error_count >= 24);
    qsort(errors, error_count, sizeof *errors, by_value);
    assert_true(errors[error_count / 2] <= 100);
}

int main(void)
{
    struct CMUnitTest tests[PROGRAMS + 1];

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    puts("1..1\nok 1 # SKIP what is recorded has no sanitizer: no corpus");
    return 0;
#endif
    for (unsigned i = 0; i < PROGRAMS; i++)
        tests[i] = (struct CMUnitTest){corpus[i].name, check_program, NULL, NULL,
                                       (void *)(uintptr_t)&corpus[i]};
    tests[PROGRAMS] =
        (struct CMUnitTest)cmocka_unit_test(half_of_the_predictions_are_within_a_tenth);
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
