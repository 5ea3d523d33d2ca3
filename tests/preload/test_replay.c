/* SPDX-License-Identifier: MIT
 *
 * tare replay and tare whatif, on traces of programs whose allocations are known.
 */
#include "profile/process.h"
#include "replay/compile.h"
#include "support/recorded.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define WORDS(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

/* Allocates at random from four functions, one block each in half of its 300,000 events. */
#define VICTIM RUN_FAULT("peak")

static struct recorded recorded;
static struct run result;
static json_t *json;

static const struct process *process(void)
{
    return &recorded.profile.processes[0];
}

static const char *path(void)
{
    return process()->file_path;
}

static int record_victim(void **state)
{
    (void)state;
    record(&recorded, WORDS(VICTIM), WORDS("TARE_TRACE=64"));
    return 0;
}

static int remove_victim(void **state)
{
    (void)state;
    recorded_fini(&recorded);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(json);
    json = NULL;
    run_fini(&result);
    memset(&result, 0, sizeof result);
    return 0;
}

static void load_json(void)
{
    assert_int_equal(run_exit(&result), 0);
    json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
}

static uint64_t number(const json_t *of, const char *key)
{
    const json_t *value = json_object_get(of, key);

    assert_true(json_is_integer(value));
    return (uint64_t)json_integer_value(value);
}

/* The steps of a script add up to what was recorded. */
static void a_script_has_every_event(void **state)
{
    const struct compile_site none = {0};
    struct compiled compiled;
    uint64_t came = 0, went = 0;

    (void)state;
    assert_int_equal(compile_trace(&compiled, process(), &none), 0);
    const struct script *script =
        mmap(NULL, sizeof *script + compiled.script.steps * sizeof(struct step), PROT_READ,
             MAP_SHARED, compiled.fd, 0);
    assert_true(script != MAP_FAILED);
    const struct step *steps = (const struct step *)(script + 1);
    for (uint64_t i = 0; i < script->steps; i++) {
        came += steps[i].kind == STEP_MALLOC ? steps[i].bytes : 0;
        went += steps[i].kind == STEP_FREE;
        assert_true(steps[i].place < script->places);
    }
    assert_int_equal(came, process()->counts.bytes);
    assert_int_equal(went, process()->counts.frees);
    assert_int_equal(script->peak_bytes, process()->peak_bytes);
    munmap((void *)(uintptr_t)script,
           sizeof *script + compiled.script.steps * sizeof(struct step));
    close(compiled.fd);
}

static void replay_measures_each_allocator(void **state)
{
    (void)state;
    run(&result,
        WORDS(RUN_TARE, "replay", "--json", "--reps", "2", "--allocator", "glibc,glibc",
              path()),
        NULL);
    load_json();
    json_t *list = json_object_get(json, "allocators");
    assert_int_equal(json_array_size(list), 2);
    assert_int_equal(number(json, "peak_bytes"), process()->peak_bytes);
    for (size_t i = 0; i < 2; i++) {
        json_t *one = json_array_get(list, i);
        assert_int_equal(number(one, "failed_calls"), 0);
        assert_true(number(one, "least_ns") <= number(one, "median_ns"));
        /* what was live has been touched, page by page; small blocks share theirs */
        assert_true(number(one, "rss_at_peak_bytes") > process()->peak_bytes * 9 / 10);
        assert_true(number(one, "rss_at_peak_bytes") < process()->peak_bytes * 3);
    }
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    run(&result,
        WORDS(RUN_TARE, "replay", "--reps", "1", "--allocator", "./no.so,glibc", path()),
        NULL);
    assert_int_equal(run_exit(&result), 3);
    assert_non_null(strstr(result.err, "./no.so"));
    assert_non_null(strstr(result.out, "glibc"));
}

static void wrong_words_are_usage_errors(void **state)
{
    static const char *const wrong[][4] = {
        {"replay", "--allocator", "nonesuch"}, {"replay", "--reps", "0"},
        {"whatif", "--site", "xyz"},           {"whatif", "--site", ""},
        {"whatif", "--remedy", "pool:0"},      {"whatif", "--remedy", "arena:8"},
        {"whatif", "--remedy", "intern:101"},  {"whatif", "--remedy", "vec:99999999"},
        {"whatif", "--remedy", "po"},          {"whatif", "--site", "1"},
        {"run", "--trace-limit", "1000"},      {"run", "--trace-limit", "0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        run(&result, WORDS(RUN_TARE, wrong[i][0], wrong[i][1], wrong[i][2], path()), NULL);
        assert_int_equal(run_exit(&result), 2);
        assert_non_null(strstr(result.err, "tare "));
        run_fini(&result);
    }
    memset(&result, 0, sizeof result);
}

static void a_profile_without_a_trace_is_refused(void **state)
{
    struct recorded other;

    (void)state;
    record(&other, WORDS("true"), NULL);
    run(&result, WORDS(RUN_TARE, "replay", other.profile.processes[0].file_path), NULL);
    assert_int_equal(run_exit(&result), 3);
    assert_non_null(strstr(result.err, "tare run --trace"));
    recorded_fini(&other);
}

static const struct site *site_in(const char *function)
{
    for (uint32_t i = 0; i < process()->site_count; i++)
        if (recorded_is_in(&recorded, process(), process()->sites[i].leaf, function))
            return &process()->sites[i];
    fail_msg("no site in %s", function);
    return NULL;
}

/* The site's numbers with malloc, and with the remedy. */
static void try(const char *remedy, uint64_t before[2], uint64_t after[2])
{
    static const char *const keys[] = {"calls", "most_bytes"};
    char id[17], *sites;
    json_t *report;

    run(&result, WORDS(RUN_TARE, "report", "--json", "--by", "calls", path()), NULL);
    load_json();
    report = json;
    sites = NULL;
    const json_t *list =
        json_object_get(json_array_get(json_object_get(report, "processes"), 0), "sites");
    for (size_t i = 0; i < json_array_size(list) && !sites; i++) {
        const json_t *site = json_array_get(list, i);
        if (number(site, "allocations") == site_in("site_b")->counts.allocations)
            sites = strdup(json_string_value(json_object_get(site, "id")));
    }
    assert_non_null(sites);
    snprintf(id, sizeof id, "%s", sites);
    free(sites);
    teardown(NULL);
    run(&result,
        WORDS(RUN_TARE, "whatif", "--json", "--reps", "1", "--site", id, "--remedy", remedy,
              path()),
        NULL);
    load_json();
    assert_int_equal(number(json, "blocks"), site_in("site_b")->counts.allocations);
    for (int i = 0; i < 2; i++) {
        before[i] = number(json_object_get(json, keys[i]), "before");
        after[i] = number(json_object_get(json, keys[i]), "after");
    }
    teardown(NULL);
    assert_int_equal(before[0], site_in("site_b")->counts.allocations);
}

static void remedies_save_what_they_must(void **state)
{
    uint64_t before[2], after[2];
    uint64_t blocks = site_in("site_b")->counts.allocations;

    (void)state;
    try("pool:2000", before, after); /* half of the blocks fit */
    assert_true(after[0] > blocks / 4 && after[0] < blocks * 3 / 4);
    try("arena", before, after); /* some are always live: nothing is ever given back */
    assert_true(after[0] < blocks / 10 && after[1] > 5 * before[1]);
    try("intern:1", before, after); /* one of a hundred contents is new */
    assert_true(after[0] < blocks);
    try("vec:2000", before, after); /* all fit */
    assert_int_equal(after[0], 0);
    try("reserve:4000", before, after);
    assert_int_equal(after[0], blocks);
    assert_true(after[1] > 2 * before[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_script_has_every_event, teardown),
        cmocka_unit_test_teardown(replay_measures_each_allocator, teardown),
        cmocka_unit_test_teardown(what_is_not_there_is_said, teardown),
        cmocka_unit_test_teardown(wrong_words_are_usage_errors, teardown),
        cmocka_unit_test_teardown(a_profile_without_a_trace_is_refused, teardown),
        cmocka_unit_test_teardown(remedies_save_what_they_must, teardown),
    };

    return cmocka_run_group_tests(tests, record_victim, remove_victim);
}
