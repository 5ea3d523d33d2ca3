/* SPDX-License-Identifier: MIT
 *
 * tare diff as a user meets it: what grew between two runs, and between two builds.
 */
#include "report/change.h"
#include "report/units.h"
#include "support/command.h"
#include "support/json_check.h"
#include "support/run.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static char before[512], after[512];

static int setup(void **state)
{
    command_setup(state);
    snprintf(before, sizeof before, "%s", in_folder("before.tare"));
    snprintf(after, sizeof after, "%s", in_folder("after.tare"));
    tare("run", "-o", before, RUN_FAULT("grown"), NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("run", "-o", after, RUN_FAULT("grown"), "newer", NULL);
    assert_int_equal(run_exit(&result), 0);
    return 0;
}

static void what_changed_is_shown_with_both_values(void **state)
{
    static const char *const parts[] = {
        "  allocated         498 KiB -> 508 KiB          +9.7 KiB    +2.0 %\n",
        "  allocations            16 -> 22                     +6   +37.5 %\n",
        "  peak              498 KiB -> 508 KiB         +10.1 KiB    +2.0 %\n",
        "  live at end       9.8 KiB -> 19.8 KiB        +10.1 KiB  +103.0 %\n",
        "  temporary               6 -> 1                      -5   -83.3 %\n",
        "\nTop 3 changes of bytes allocated\n"
        "1 site grew, 0 shrank, 1 are new, 1 gone, 1 as before\n",
        "\n  1.   +9.8 KiB  9.8 KiB -> 19.5 KiB  +100.0 %\n"
        "             bytes 9.8 KiB -> 19.5 KiB in 10 -> 20 allocations; at peak 9.8 KiB "
        "-> "
        "19.5 KiB, live 9.8 KiB -> 19.5 KiB\n",
        "\n  2.     -320 B  320 B -> 0 B  gone\n",
        "\n  3.     +300 B  0 B -> 300 B  new\n",
        "        make                                          tests/faults/grown.c:14\n",
    };

    (void)state;
    tare("diff", before, after, NULL);
    assert_int_equal(run_exit(&result), 0);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        said(result.out, parts[i]);
    assert_string_equal(result.err, "");
}

static void nothing_differs_from_itself(void **state)
{
    (void)state;
    tare("diff", "--fail-on", "+0:bytes", "--fail-on", "+0%:peak", before, before, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "Top 0 changes");
    said(result.out, "0 sites grew, 0 shrank, 0 are new, 0 gone, 3 as before");
}

static void limits_decide_the_status(void **state)
{
    (void)state;
    tare("diff", "--fail-on", "+2%:bytes", "--fail-on", "+10KiB:live", before, after, NULL);
    assert_int_equal(run_exit(&result), 1);
    assert_string_equal(result.err, "tare: +10KiB:live: exceeded: live at end 9.8 KiB -> "
                                    "19.8 KiB, +10.1 KiB, +103.0 %\n");
    tare("diff", "--fail-on", "+6:calls", before, after, NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("diff", "--fail-on", "+5:calls", "--json", before, after, NULL);
    assert_int_equal(run_exit(&result), 1);
    tare("diff", "--fail-on", "+5:calls", "--format=md", after, before, NULL);
    assert_int_equal(run_exit(&result), 0);
}

static json_int_t column(const json_t *report, size_t index, const char *name)
{
    const json_t *columns = json_object_get(report, "columns");

    return json_integer_value(json_object_get(json_array_get(columns, index), name));
}

static void more_than_two_stand_side_by_side(void **state)
{
    (void)state;
    tare("diff", before, after, before, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "\n  allocated        498 KiB     508 KiB     498 KiB\n"
                     "  allocations           16          22          16\n"
                     "  peak             498 KiB     508 KiB     498 KiB\n"
                     "  live at end      9.8 KiB    19.8 KiB     9.8 KiB\n"
                     "  temporary              6           1           6\n");
    said(result.out, "\nTop 3 differences of bytes allocated, of 4 sites\n");
    said(result.out, "\n  1.               9.8 KiB    19.5 KiB     9.8 KiB\n");
    said(result.out, "\n  2.                 320 B           -       320 B\n");
    said(result.out, "tests/faults/grown.c:14\n");
    tare("diff", "--format", "md", "--top", "1", before, after, before, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "| allocations | 16 | 22 | 16 |\n");
    said(result.out, "\nTop 1 differences of bytes allocated, of 4 sites\n");
    said(result.out, "| 9.8 KiB | 19.5 KiB | 9.8 KiB | make, tests/faults/grown.c:14 |");
    tare("diff", "--json", before, after, before, NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_true(json_is_valid(result.out, strlen(result.out)));
    json_t *report = json_loads(result.out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(report, "schema")),
                        "tare.columns/1");
    assert_int_equal(column(report, 0, "allocations"), 16);
    assert_int_equal(column(report, 1, "allocations"), 22);
    const json_t *row;
    size_t i;
    json_int_t calls[3] = {0};
    json_array_foreach(json_object_get(report, "sites"), i, row) for (size_t k = 0; k < 3;
                                                                      k++) calls[k] +=
        json_integer_value(json_object_get(
            json_array_get(json_object_get(row, "columns"), k), "allocations"));
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(calls[k], column(report, k, "allocations"));
    json_decref(report);
    tare("diff", "--fail-on", "+0:calls", before, after, before, NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "--fail-on compares two");
    tare("diff", before, after, "missing.tare", NULL);
    assert_int_equal(run_exit(&result), 3);
}

static void wrong_usage_and_unreadable_files_have_their_statuses(void **state)
{
    static const char *const limits[] = {"5%:peak",   "+5%",      "+:peak",     "+5%:size",
                                         "+-5%:live", "+x:calls", "+1KiB:calls"};

    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        tare("diff", "--fail-on", limits[i], before, after, NULL);
        assert_int_equal(run_exit(&result), 2);
    }
    tare("diff", before, NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("diff", "--by", "weight", before, after, NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("diff", before, "/nonexistent.tare", NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "tare: /nonexistent.tare: cannot read: ");
    tare("diff", before, "/dev", NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "no file there is named *.tare");
    tare("diff", "-o", "/dev/full", before, after, NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "tare: /dev/full: cannot write: No space left on device\n");
}

static void json_and_markdown_say_the_same(void **state)
{
    (void)state;
    tare("diff", "--json", before, after, NULL);
    assert_true(json_is_valid(result.out, result.out_bytes));
    said(result.out, "\"schema\": \"tare.diff/1\"");
    said(result.out, "\"bytes\": 520300");
    said(result.out, "\"after\": null");
    said(result.out, "\"before\": null");
    tare("diff", "--format", "md", "--by", "calls", before, after, NULL);
    said(result.out, "| allocations | 16 -> 22 | +6 | +37.5 % |\n");
    said(result.out, "| 10 -> 20 | +10 | +100.0 % | make, tests/faults/grown.c:14 | ");
}

static void selections_cut_both_sides_down(void **state)
{
    (void)state;
    tare("diff", "--focus", "^parse$", before, after, NULL);
    said(result.out,
         "  peak              9.8 KiB -> 19.5 KiB         +9.8 KiB  +100.0 %\n");
    said(result.out, "1 site grew, 0 shrank, 0 are new, 0 gone, 0 as before");
}

static void folders_stand_for_their_profiles(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("twice"), 0700), 0);
    for (int i = 0; i < 2; i++)
        tare("run", "-o", in_folder("twice/%p.tare"), RUN_FAULT("grown"), NULL);
    tare("diff", before, in_folder("twice"), NULL);
    said(result.out, " and 1 more");
    said(result.out,
         "  allocations            16 -> 32                    +16  +100.0 %\n");
}

#define PROGRAM(lines, times)                                                        \
    lines "#include <stdlib.h>\n"                                                    \
          "__attribute__((noinline)) void *make(int n) { return malloc(n); }\n"      \
          "__attribute__((noinline)) void fill(void **to) {\n"                       \
          "    for (int i = 0; i < " times "; i++) to[i % 100] = make(100 + i); }\n" \
          "int main(void) { static void *all[100]; fill(all); return !all[0]; }\n"

static void sites_outlive_the_program_that_was_recorded(void **state)
{
    char program[512], old[512], new[512];

    (void)state;
    snprintf(program, sizeof program, "%s", in_folder("program"));
    snprintf(old, sizeof old, "%s", in_folder("old.tare"));
    snprintf(new, sizeof new, "%s", in_folder("new.tare"));
    assert_int_equal(compile("program", PROGRAM("", "10"), "-O1", "-g"), 0);
    tare("run", "-o", old, program, NULL);
    assert_int_equal(compile("program", PROGRAM("\n\nint more;\n", "20"), "-O1", "-g0"), 0);
    tare("run", "-o", new, program, NULL);
    tare("diff", old, new, NULL);
    said(result.out,
         "  allocations            10 -> 20                    +10  +100.0 %\n");
    said(result.out, "1 site grew, 0 shrank, 0 are new, 0 gone, 0 as before");
    assert_int_equal(remove(program), 0);
    tare("report", old, NULL);
    said(result.out, "        make  ");
    said(result.out, "        main  ");
    assert_null(strstr(result.out, "program+0x"));
}

/* "copy" is inlined, and smaller than what is inlined beside it. */
#define INLINED(before, bytes)                                                           \
    before                                                                               \
        "#include <stdlib.h>\n"                                                          \
        "static void *volatile kept;\n"                                                  \
        "static inline __attribute__((always_inline)) void copy(void) { kept = "         \
        "malloc(" bytes "); }\n"                                                         \
        "static inline __attribute__((always_inline)) void grow(void) { kept = "         \
        "malloc(100000); }\n"                                                            \
        "int main(int n, char **words) { copy(); grow(); if (n > 1) kept = malloc(5);\n" \
        "    return !words; }\n"

static char old[512], new[512];

static void record_two_builds(const char *flags)
{
    snprintf(old, sizeof old, "%s", in_folder("old.tare"));
    snprintf(new, sizeof new, "%s", in_folder("new.tare"));
    assert_int_equal(mkdir(in_folder("old"), 0700), 0);
    assert_int_equal(mkdir(in_folder("new"), 0700), 0);
    assert_int_equal(compile("old/program", INLINED("", "100"), "-O1", flags), 0);
    tare("run", "-o", old, in_folder("old/program"), NULL);
    assert_int_equal(compile("new/program", INLINED("int more;\n\n", "200"), "-O1", "-g"),
                     0);
    tare("run", "-o", new, in_folder("new/program"), NULL);
}

static void the_line_that_changed_is_shown_of_several(void **state)
{
    const json_t *site, *lines;

    (void)state;
    record_two_builds("-g");
    tare("diff", old, new, NULL);
    said(result.out,
         "             of 2 lines with one id; this one: +100 B\n        copy ");
    assert_null(strstr(result.out, "  grow  "));
    tare("diff", new, old, new, NULL);
    said(result.out,
         "        of 2 lines with one id; that which differs most:\n        copy ");
    tare("diff", "--format=md", old, new, NULL);
    said(result.out, "| copy, ");
    said(result.out, " (1 of 2 lines: +100 B) |");
    tare("diff", "--json", old, new, NULL);
    json_t *report = json_loads(result.out, 0, NULL);
    site = json_array_get(json_object_get(report, "sites"), 0);
    lines = json_object_get(site, "stack_lines");
    assert_int_equal(json_integer_value(json_object_get(lines, "all")), 2);
    assert_int_equal(json_integer_value(json_object_get(lines, "changed")), 1);
    assert_int_equal(json_integer_value(json_object_get(lines, "before")), 100);
    assert_int_equal(json_integer_value(json_object_get(lines, "after")), 200);
    site = json_array_get(json_object_get(site, "stack"), 0);
    assert_string_equal(json_string_value(json_object_get(site, "function")), "copy");
    json_decref(report);
    tare("diff", before, after, NULL);
    assert_null(strstr(result.out, "with one id"));
}

/* Two runs of one build: lines can be told from one another though their names are the same. */
static void a_line_that_is_new_is_shown_of_several(void **state)
{
    char more[512];

    (void)state;
    record_two_builds("-g");
    snprintf(more, sizeof more, "%s", in_folder("more.tare"));
    tare("run", "-o", more, in_folder("new/program"), "more", NULL);
    tare("diff", new, more, NULL);
    said(result.out, "             of 3 lines with one id; this one: +5 B\n        main ");
    tare("diff", more, new, NULL);
    said(result.out, "             of 3 lines with one id; this one: -5 B\n        main ");
}

/* Nobody knows what was inlined into the older one, so that its lines are nobody's. */
static void without_lines_on_one_side_nothing_is_claimed(void **state)
{
    (void)state;
    record_two_builds("-g0");
    tare("diff", old, new, NULL);
    said(result.out,
         "             of 2 lines with one id; that with most bytes:\n        grow ");
    tare("diff", old, new, old, NULL);
    said(result.out, "        of 2 lines with one id; that with most bytes:\n");
}

static void a_limit_is_reached_but_not_exceeded(void **state)
{
    struct change_limit limit;

    (void)state;
    assert_true(change_parse(&limit, "+50%:peak"));
    assert_int_equal(limit.order, ORDER_PEAK);
    assert_false(change_exceeds(&limit, 100, 150));
    assert_true(change_exceeds(&limit, 100, 151));
    assert_true(change_exceeds(&limit, 0, 1));
    assert_false(change_exceeds(&limit, 100, 0));
    assert_true(change_parse(&limit, "+1.5KiB:live"));
    assert_false(change_exceeds(&limit, 1, 1537));
    assert_true(change_exceeds(&limit, 1, 1538));
}

static void amounts_are_read_with_their_units(void **state)
{
    uint64_t value;

    (void)state;
    assert_true(units_parse("12", false, &value) && value == 12);
    assert_true(units_parse("1.5 KiB", true, &value) && value == 1536);
    assert_true(units_parse("2MB", true, &value) && value == 2000000);
    assert_true(units_parse("0", true, &value) && value == 0);
    assert_false(units_parse("12 KiB", false, &value));
    assert_false(units_parse("", true, &value));
    assert_false(units_parse("-1", true, &value));
    assert_false(units_parse("0x10", true, &value));
    assert_false(units_parse("1 elephant", true, &value));
    assert_false(units_parse("99999999999 TiB", true, &value));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, command_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(what_changed_is_shown_with_both_values),
        WITH(nothing_differs_from_itself),
        WITH(limits_decide_the_status),
        WITH(more_than_two_stand_side_by_side),
        WITH(wrong_usage_and_unreadable_files_have_their_statuses),
        WITH(json_and_markdown_say_the_same),
        WITH(selections_cut_both_sides_down),
        WITH(sites_outlive_the_program_that_was_recorded),
        WITH(the_line_that_changed_is_shown_of_several),
        WITH(a_line_that_is_new_is_shown_of_several),
        WITH(without_lines_on_one_side_nothing_is_claimed),
        WITH(folders_stand_for_their_profiles),
        cmocka_unit_test(a_limit_is_reached_but_not_exceeded),
        cmocka_unit_test(amounts_are_read_with_their_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
