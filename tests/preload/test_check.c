/* SPDX-License-Identifier: MIT
 *
 * tare check as a user and a pipeline meet it: budgets, baselines, suppressions, forms, statuses.
 */
#include "check/budget.h"
#include "check/suppress.h"
#include "profile/match.h"
#include "support/ci_check.h"
#include "support/command.h"
#include "support/json_check.h"
#include "support/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static char profile[512], newer[512], budget[512];
static char parse_id[17]; /* of the site of what parse allocates */

static int setup(void **state)
{
    command_setup(state);
    snprintf(profile, sizeof profile, "%s", in_folder("grown.tare"));
    snprintf(newer, sizeof newer, "%s", in_folder("newer.tare"));
    snprintf(budget, sizeof budget, "%s", in_folder("budget.json"));
    tare("run", "-o", profile, RUN_FAULT("grown"), NULL);
    tare("run", "-o", newer, RUN_FAULT("grown"), "newer", NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("report", "--json", "--focus", "^parse$", profile, NULL);
    const char *id = strstr(result.out, "\"id\": \"");
    assert_non_null(id);
    snprintf(parse_id, sizeof parse_id, "%.16s", id + 7);
    return 0;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void limit(const char *limits)
{
    char text[1024];

    snprintf(text, sizeof text, "{\"schema\": \"tare.budget/1\", \"limits\": [%s]}",
             limits);
    write_file(budget, text);
}

static void checks(const char *limits, int status, const char *says)
{
    limit(limits);
    tare("check", "--budget", budget, profile, NULL);
    said(result.out, says);
    assert_int_equal(run_exit(&result), status);
}

static void limits_of_the_whole_are_kept_or_exceeded(void **state)
{
    (void)state;
    checks("{\"bytes\": 510320, \"calls\": 16, \"live\": 10000, \"peak\": 510000}", 0,
           ": 0 of 4 limits exceeded\n");
    checks("{\"bytes\": 510319}", 1,
           "  exceeded  bytes allocated of the whole: 510320 of at most 510319\n"
           "              most: make, tests/faults/grown.c:14  site ");
    checks("{\"calls\": 15}", 1,
           "  exceeded  allocations of the whole: 16 of at most 15\n");
    checks("{\"peak\": \"9 KiB\"}", 1,
           "bytes at the peak of the whole: 498 KiB of at most");
    checks("{\"live\": 0}", 1, "bytes not freed of the whole: 9.8 KiB of at most 0 B\n");
    checks("{\"temporary\": 5}", 1, "temporary allocations of the whole: 6 of at most 5\n");
}

static void limits_are_of_functions_modules_and_sites(void **state)
{
    char text[200];

    (void)state;
    checks("{\"function\": \"^load$\", \"calls\": 14}", 1,
           "exceeded  allocations of function ^load$: 15 of at most 14\n");
    checks("{\"function\": \"^scan$\", \"calls\": 5, \"live\": 0}", 0, "0 of 2 limits");
    checks("{\"module\": \"/grown$\", \"calls\": 15}", 1,
           "exceeded  allocations of module /grown$: 16 of at most 15\n");
    assert_null(strstr(result.err, "there is no such stack"));
    checks("{\"module\": \"libc.so\", \"calls\": 0}", 0, "0 of 1 limits exceeded");
    said(result.err,
         "allocations of module libc.so: there is no such stack, so it is kept");
    snprintf(text, sizeof text, "exceeded  allocations of site %s: 10 of at most 5\n",
             parse_id);
    checks("{\"each_site\": true, \"calls\": 5}", 1, text);
    snprintf(text, sizeof text, "kept      allocations of site %s: 10 of at most 10\n",
             parse_id);
    checks("{\"each_site\": true, \"calls\": 10}", 0, text);
    snprintf(text, sizeof text, "{\"site\": \"%s\", \"live\": 9999, \"name\": \"parser\"}",
             parse_id);
    checks(text, 1, "exceeded  parser: bytes not freed: 10000 of at most 9999\n");
    checks("{\"site\": \"0123456789abcdef\", \"live\": 0}", 0, "0 of 1 limits exceeded");
}

static void a_baseline_is_made_kept_and_outgrown(void **state)
{
    (void)state;
    tare("check", "--budget", budget, profile, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "to make it: tare check --budget ");
    tare("check", "--budget", budget, "--update", profile, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.err, "has a new baseline of 3 sites");
    tare("check", "--budget", budget, profile, NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("check", "--budget", budget, newer, NULL);
    assert_int_equal(run_exit(&result), 1);
    said(result.out,
         "exceeded  allocations of the whole, by the baseline: 22 of at most 16\n");
    said(result.out, parse_id);
    said(result.out, ": 20 of at most 10\n");
    said(result.out, "of at most 0 B\n"); /* the new site */
    said(result.err, "take the new values: tare check --budget ");
    tare("check", "--budget", budget, "--update", newer, NULL);
    tare("check", "--budget", budget, newer, NULL);
    assert_int_equal(run_exit(&result), 0);
}

static void a_tolerance_is_added_to_the_baseline(void **state)
{
    char text[4096];
    size_t used;

    (void)state;
    tare("check", "--budget", budget, "--update", profile, NULL);
    FILE *file = fopen(budget, "re");
    used = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[used] = '\0';
    char *tolerance = strstr(text, "\"percent\": 0");
    assert_non_null(tolerance);
    char *rest = strdup(tolerance + strlen("\"percent\": 0"));
    strcpy(tolerance, "\"events\": 10, \"bytes\": \"11 KiB\"");
    strcat(text, rest);
    free(rest);
    write_file(budget, text);
    tare("check", "--budget", budget, newer, NULL);
    assert_int_equal(run_exit(&result), 0);
    /* What stands beside the baseline stays. */
    tare("check", "--budget", budget, "--update", newer, NULL);
    file = fopen(budget, "re");
    used = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[used] = '\0';
    said(text, "\"bytes\": \"11 KiB\"");
}

static void known_leaks_are_not_counted(void **state)
{
    char known[512];

    (void)state;
    snprintf(known, sizeof known, "%s", in_folder("known.supp"));
    write_file(known, "# comment\nleak:^parse$\nleak:nowhere\nrace:anything\n");
    limit("{\"live\": 0}");
    tare("check", "--budget", budget, "--suppressions", known, profile, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "left out  9.8 KiB not freed, of 1 site: leak:^parse$\n");
    said(result.err, "no leak is suppressed by leak:nowhere");
    char setting[600];
    snprintf(setting, sizeof setting, "LSAN_OPTIONS=verbosity=1:suppressions=%s", known);
    tare_with(setting, "check", "--budget", budget, profile, NULL);
    assert_int_equal(run_exit(&result), 0);
    write_file(budget, "{\"schema\": \"tare.budget/1\", \"limits\": [{\"live\": 0}],"
                       "\"suppressions\": [\"known.supp\"]}");
    tare("check", "--budget", budget, profile, NULL);
    assert_int_equal(run_exit(&result), 0);
    write_file(known, "leak:^parse$\nnonsense\n");
    tare("check", "--budget", budget, profile, NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "line 2 is no suppression");
}

static void each_form_says_the_same(void **state)
{
    char paths[4][600];
    static const char *const forms[] = {"json", "junit", "sarif", "github"};

    (void)state;
    limit("{\"calls\": 15}, {\"function\": \"^scan$\", \"live\": 0, \"name\": \"<a> & "
          "\\\"b\\\"\"}");
    for (int i = 0; i < 4; i++) {
        snprintf(paths[i], sizeof paths[i], "%s=%s", forms[i], in_folder(forms[i]));
        tare("check", "--budget", budget, "--format", paths[i], profile, NULL);
        assert_int_equal(run_exit(&result), 1);
        assert_string_equal(result.out, "");
        assert_true(exists(forms[i]));
    }
    tare("check", "--budget", budget, "--json", profile, NULL);
    assert_true(json_is_valid(result.out, result.out_bytes));
    said(result.out, "\"schema\": \"tare.check/1\"");
    said(result.out, "\"metric\": \"calls\"");
    tare("check", "--budget", budget, "--format", "sarif", profile, NULL);
    assert_true(json_is_valid(result.out, result.out_bytes));
    assert_null(sarif_fault(result.out));
    said(result.out, "\"uri\": \"tests/faults/grown.c\"");
    said(result.out, "\"startLine\": 14");
    tare("check", "--budget", budget, "--format", "junit", profile, NULL);
    assert_null(junit_fault(result.out));
    said(result.out, " tests=\"2\" failures=\"1\" errors=\"0\" ");
    said(result.out, "name=\"&lt;a&gt; &amp; &quot;b&quot;: bytes not freed\"");
    said(result.out, "<failure type=\"exceeded\" message=\"16 of at most 15\">");
    tare("check", "--budget", budget, "--format", "github", profile, NULL);
    said(result.out, "::error file=tests/faults/grown.c,line=14,title=allocations of the "
                     "whole::16 of at most 15 in make, site ");
    tare("check", "--budget", budget, "--format", "md", profile, NULL);
    said(result.out,
         "| **exceeded** | allocations of the whole | 16 of at most 15 | make, ");
}

/* The checks of these forms can fail. */
static void what_no_ci_takes_is_found(void **state)
{
    static const char *const breaks[][2] = {{"\"2.1.0\"", "\"2.2.0\""},
                                            {"\"ruleId\"", "\"ruleID\""},
                                            {"\"startLine\": ", "\"startLine\": -"},
                                            {"\"level\": \"error\"", "\"level\": \"bad\""},
                                            {"\"uri\": \"", "\"uri\": \" "},
                                            {"\"ruleIndex\": ", "\"ruleIndex\": 3"},
                                            {"<testcase", "<testcase id=\"1\""},
                                            {"</failure>", ""},
                                            {" failures=\"1\"", " failures=\"2\""},
                                            {" hostname=\"localhost\"", ""},
                                            {"&lt;", "<"},
                                            {"&amp;", "&"}};
    enum { SARIF_BREAKS = 6, BREAKS = sizeof breaks / sizeof *breaks };

    (void)state;
    limit(
        "{\"calls\": 15}, {\"function\": \"^scan$\", \"live\": 0, \"name\": \"<a> & b\"}");
    for (int i = 0; i < BREAKS; i++) {
        bool is_sarif = i < SARIF_BREAKS;
        char *broken = NULL;

        tare("check", "--budget", budget, "--format", is_sarif ? "sarif" : "junit", profile,
             NULL);
        char *at = strstr(result.out, breaks[i][0]);
        assert_non_null(at);
        assert_true(asprintf(&broken, "%.*s%s%s", (int)(at - result.out), result.out,
                             breaks[i][1], at + strlen(breaks[i][0])) > 0);
        assert_non_null(is_sarif ? sarif_fault(broken) : junit_fault(broken));
        free(broken);
    }
}

static void statuses_tell_kept_exceeded_usage_and_inconclusive(void **state)
{
    static const char *const wrong[] = {
        "",
        "[]",
        "{}",
        "{\"schema\": \"tare.budget/2\"}",
        "{\"schema\": \"tare.budget/1\", \"limits\": [{}]}",
        "{\"schema\": \"tare.budget/1\", \"limits\": [{\"calls\": -1}]}",
        "{\"schema\": \"tare.budget/1\", \"limits\": [{\"calls\": \"1 KiB\"}]}",
        "{\"schema\": \"tare.budget/1\", \"limits\": [{\"peek\": 1}]}",
        "{\"schema\": \"tare.budget/1\", \"limits\": [{\"site\": \"x\", \"live\": 0}]}",
        "{\"schema\": \"tare.budget/1\", \"limits\": [{\"module\": \"a\", \"function\": "
        "\"b\", "
        "\"live\": 0}]}",
        "{\"schema\": \"tare.budget/1\", \"baseline\": {\"total\": {}}}"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_file(budget, wrong[i]);
        tare("check", "--budget", budget, profile, NULL);
        assert_int_equal(run_exit(&result), 2);
        said(result.err, "is no budget: ");
    }
    checks("", 2, "");
    said(result.err, "has neither limits nor a baseline");
    tare("check", "--budget", in_folder("."), profile, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "cannot read: Is a directory");
    tare("check", profile, NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("check", "--budget", budget, "--format", "xml", profile, NULL);
    assert_int_equal(run_exit(&result), 2);
    limit("{\"calls\": 1000}");
    tare("check", "--budget", budget, "/nonexistent.tare", NULL);
    assert_int_equal(run_exit(&result), 3);
    tare("check", "--budget", budget, "--format", "text=/dev/full", profile, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "/dev/full: cannot write: ");
}

static void a_profile_that_says_too_little_is_inconclusive(void **state)
{
    char cut[512];

    (void)state;
    snprintf(cut, sizeof cut, "%s", in_folder("cut.tare"));
    tare("run", "--no-sites", "-o", cut, RUN_FAULT("grown"), NULL);
    checks("{\"calls\": 1000}", 0, "0 of 1");
    tare("check", "--budget", budget, cut, NULL);
    assert_int_equal(run_exit(&result), 0);
    limit("{\"function\": \"main\", \"calls\": 1000}");
    tare("check", "--budget", budget, cut, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "inconclusive: it was recorded without sites");
    tare("check", "--budget", budget, "--format", "junit", cut, NULL);
    assert_null(junit_fault(result.out));
    tare("check", "--budget", budget, "--format", "sarif", cut, NULL);
    assert_null(sarif_fault(result.out));
    tare("check", "--budget", budget, "--format", "junit", cut, NULL);
    said(result.out, "<error type=\"inconclusive\" ");
    tare("run", "-o", in_folder("killed.tare"), "sh", "-c", "kill -9 $$", NULL);
    limit("{\"live\": \"1 GiB\"}");
    tare("check", "--budget", budget, in_folder("killed.tare"), NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "inconclusive: the program was ended by a signal");
}

static void a_selection_of_nothing_keeps_no_budget_and_is_no_baseline(void **state)
{
    (void)state;
    limit("{\"calls\": 1000}");
    tare("check", "--budget", budget, "--focus", "^parse$", profile, NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("check", "--budget", budget, "--focus", "^prase$", profile, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "inconclusive: no allocation is selected");
    tare("check", "--budget", budget, "--update", "--focus", "^prase$", profile, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "cannot write: no allocation is selected");
    tare("check", "--budget", budget, profile, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "0 of 1 limits exceeded");
}

static void amounts_never_wrap(void **state)
{
    struct budget wide = {.tolerance = {.percent = 1e12, .bytes = UINT64_MAX}};

    (void)state;
    assert_int_equal(budget_allowed(&wide, ORDER_BYTES, 5), UINT64_MAX);
    assert_int_equal(budget_allowed(&wide, ORDER_CALLS, UINT64_MAX / 2), UINT64_MAX);
    wide.tolerance = (struct tolerance){.percent = 5, .events = 2, .bytes = 100};
    assert_int_equal(budget_allowed(&wide, ORDER_CALLS, 100), 107);
    assert_int_equal(budget_allowed(&wide, ORDER_PEAK, 1000), 1150);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, command_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(limits_of_the_whole_are_kept_or_exceeded),
        WITH(limits_are_of_functions_modules_and_sites),
        WITH(a_baseline_is_made_kept_and_outgrown),
        WITH(a_tolerance_is_added_to_the_baseline),
        WITH(known_leaks_are_not_counted),
        WITH(each_form_says_the_same),
        WITH(what_no_ci_takes_is_found),
        WITH(statuses_tell_kept_exceeded_usage_and_inconclusive),
        WITH(a_profile_that_says_too_little_is_inconclusive),
        WITH(a_selection_of_nothing_keeps_no_budget_and_is_no_baseline),
        cmocka_unit_test(amounts_never_wrap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
