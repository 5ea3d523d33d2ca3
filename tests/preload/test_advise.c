/* SPDX-License-Identifier: MIT
 *
 * tare advise and tare verify as a user meets them: forms, little and nothing, costs that are kept or
 * cannot be, wrong arguments and files.
 */
#include "advice/costs.h"
#include "support/command.h"
#include "support/json_check.h"
#include "support/run.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Made with -DLESS, the lines stay on the stack, and the others are reserved. */
static const char source[] =
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "static volatile unsigned sum;\n"
    "__attribute__((noinline)) void line(unsigned i) {\n"
    "#ifdef LESS\n"
    "    char room[64]; char *text = room;\n"
    "#else\n"
    "    char *text = malloc(64);\n"
    "#endif\n"
    "    memset(text, (int)i, 64); sum += text[i % 64];\n"
    "#ifndef LESS\n"
    "    free(text);\n"
    "#endif\n"
    "}\n"
    "__attribute__((noinline)) void grow(void) {\n"
    "    char *text = NULL;\n"
    "    for (unsigned i = 1; i < 60000; i++) { text = realloc(text, i * 4); text[i] = "
    "'x'; }\n"
    "    sum += text[9]; free(text);\n"
    "}\n"
    "int main(int count, char **words) {\n"
    "    (void)words;\n"
    "    for (unsigned i = 0; count == 1 && i < 200000; i++) line(i);\n"
    "    if (count == 1) grow();\n"
    "    return 0;\n"
    "}\n";

static char before[512], after[512], nothing[512], renamed[512], cache[PATH_MAX + 32];

static int setup(void **state)
{
    char program[512];

    command_setup(state);
    char *folder = realpath(in_folder(""), NULL);
    assert_non_null(folder);
    snprintf(cache, sizeof cache, "XDG_CACHE_HOME=%s/cache", folder);
    free(folder);
    snprintf(before, sizeof before, "%s", in_folder("before.tare"));
    snprintf(after, sizeof after, "%s", in_folder("after.tare"));
    snprintf(nothing, sizeof nothing, "%s", in_folder("nothing.tare"));
    assert_int_equal(compile("program", source, "-O1", "-g"), 0);
    snprintf(program, sizeof program, "%s", in_folder("program"));
    tare("run", "-o", before, program, NULL);
    tare("run", "-o", nothing, program, "word", NULL);
    assert_int_equal(compile("other", source, "-O1", "-g"), 0);
    snprintf(renamed, sizeof renamed, "%s", in_folder("renamed.tare"));
    snprintf(program, sizeof program, "%s", in_folder("other"));
    tare("run", "-o", renamed, program, NULL);
    snprintf(program, sizeof program, "%s", in_folder("program"));
    assert_int_equal(compile("program", source, "-O1", "-DLESS"), 0);
    tare("run", "-o", after, program, NULL);
    assert_int_equal(run_exit(&result), 0);
    return 0;
}

static unsigned line_count(const char *text)
{
    unsigned lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void the_first_screen_is_ten_lines(void **state)
{
    (void)state;
    tare_with(cache, "advise", before, NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_true(line_count(result.out) <= 10);
    said(result.out, "2 things are worth doing\n");
    said(result.out, "vec         line");
    said(result.out, "reserve     grow");
    said(result.err, "recorded without evidence");
    tare_with(cache, "advise", "--all", before, NULL);
    said(result.out, "    not when    the stack is small");
    said(result.out,
         "TARE_VEC_DEFINE_INLINE(bytes, char, 64);    /* line: no call for so many */");
    said(result.out, "confidence high");
}

static void json_and_markdown_say_the_same(void **state)
{
    (void)state;
    tare_with(cache, "advise", "--json", before, NULL);
    assert_true(json_is_valid(result.out, result.out_bytes));
    said(result.out, "\"schema\": \"tare.advice/1\"");
    said(result.out, "\"remedy\": \"vec\"");
    said(result.out, "\"calls_saved\": 200000,");
    said(result.out, "\"remedy\": \"reserve\"");
    tare_with(cache, "advise", "--format", "md", before, NULL);
    said(result.out, "| vec | line");
    said(result.out, "```c\n");
}

static const char *record_advised_nothing(void)
{
    static char path[512];
    char program[512];

    snprintf(program, sizeof program, "%s", in_folder("program"));
    snprintf(path, sizeof path, "%s", in_folder("advised.tare"));
    tare("run", "--advise", "-o", path, program, "word", NULL);
    assert_int_equal(run_exit(&result), 0);
    return path;
}

static void a_program_with_nothing_to_do_is_told_so(void **state)
{
    (void)state;
    const char *advised = record_advised_nothing();

    tare_with(cache, "advise", advised, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "nothing is worth doing: its allocations are fine\n");
    assert_int_equal(line_count(result.out), 1);
    tare_with(cache, "advise", "--json", advised, NULL);
    said(result.out, "\"advice\": []");
    tare_with(cache, "advise", "--format", "md", advised, NULL);
    said(result.out, "Nothing is worth doing: its allocations are fine.\n");
}

static void of_what_was_not_recorded_nothing_is_claimed(void **state)
{
    (void)state;
    tare_with(cache, "advise", nothing, NULL); /* without evidence */
    said(result.out, "nothing is worth doing, as far as the profile tells\n");
    tare_with(cache, "advise", "--format", "md", nothing, NULL);
    said(result.out, "Nothing is worth doing, as far as the profile tells.\n");
    const char *advised = record_advised_nothing();
    assert_int_equal(truncate(advised, 5000), 0);
    tare_with(cache, "advise", advised, NULL);
    said(result.err, "says too little: the file is incomplete");
    said(result.out, "nothing is worth doing, as far as the profile tells\n");
    /* Nor can it prove anything. */
    tare_with(cache, "verify", before, advised, NULL);
    assert_int_equal(run_exit(&result), 0);
    tare_with(cache, "verify", "--within", "1000000", before, advised, NULL);
    assert_int_equal(run_exit(&result), 3);
}

static void what_was_saved_is_compared(void **state)
{
    (void)state;
    tare_with(cache, "verify", "--within", "1", before, after, NULL);
    said(result.out, "1 of 2 pieces of advice were followed\n");
    said(result.out, "  done         vec ");
    said(result.out, "  not done     reserve ");
    assert_null(strstr(result.err, "few sites in common"));
    assert_int_equal(run_exit(&result), 0);
    tare_with(cache, "verify", "--within", "1", before, before, NULL);
    said(result.out, "0 of 2 pieces");
    assert_int_equal(run_exit(&result), 1);
    tare_with(cache, "verify", "--json", before, after, NULL);
    assert_true(json_is_valid(result.out, result.out_bytes));
    said(result.out, "\"calls_error_per_mille\": 0");
}

static void profiles_without_common_sites_are_told_of(void **state)
{
    (void)state;
    tare_with(cache, "verify", before, renamed, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.err, "the profiles have few sites in common");
}

static void wrong_arguments_and_files_are_told(void **state)
{
    (void)state;
    tare_with(cache, "verify", before, NULL);
    assert_int_equal(run_exit(&result), 2);
    tare_with(cache, "verify", "--within", "few", before, after, NULL);
    assert_int_equal(run_exit(&result), 2);
    tare_with(cache, "advise", "--format", "xml", before, NULL);
    assert_int_equal(run_exit(&result), 2);
    tare_with(cache, "advise", "/nowhere.tare", NULL);
    assert_int_equal(run_exit(&result), 3);
    tare_with(cache, "verify", before, "/nowhere.tare", NULL);
    assert_int_equal(run_exit(&result), 3);
    tare_with(cache, "advise", "-o", "/nowhere/file", before, NULL);
    assert_int_equal(run_exit(&result), 3);
}

static void costs_are_kept_and_read_again(void **state)
{
    struct costs costs;
    char path[PATH_MAX + 64];

    (void)state;
    tare_with(cache, "advise", before, NULL);
    snprintf(path, sizeof path, "%s/tare/costs", strchr(cache, '=') + 1);
    assert_int_equal(costs_read(&costs, path), 0);
    assert_true(costs.ns[COST_PAIR_SMALL] > 0);
    costs.ns[COST_PAIR_SMALL] = 12345; /* so that we see who is read */
    assert_int_equal(costs_write(&costs, path), 0);
    tare_with(cache, "advise", "--json", before, NULL);
    said(result.out, "\"cpu_ns_saved\": 2469000000");
}

static void costs_that_are_none_are_measured_anew(void **state)
{
    static const char *const contents[] = {
        "", "tare.costs/2\n", "tare.costs/1\npair_small -1 0\n",
        "tare.costs/1\npair_small nan 0\n", "tare.costs/1\npair_small 1 0\n"};
    struct costs costs = costs_typical;
    char path[PATH_MAX + 64];

    (void)state;
    snprintf(path, sizeof path, "%s", in_folder("costs"));
    assert_int_equal(costs_read(&costs, path), -ENOENT);
    for (unsigned i = 0; i < sizeof contents / sizeof *contents; i++) {
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        fputs(contents[i], file);
        fclose(file);
        assert_int_equal(costs_read(&costs, path), -EBADMSG);
    }
    assert_memory_equal(&costs, &costs_typical, sizeof costs);
    assert_int_equal(costs_write(&costs, path), 0);
    assert_int_equal(costs_read(&costs, path), 0);
    assert_int_equal(costs_write(&costs, in_folder("none/costs")), -ENOENT);
}

static void a_cache_that_cannot_be_is_done_without(void **state)
{
    (void)state;
    tare_with("XDG_CACHE_HOME=/dev/null", "advise", before, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "things are worth doing\n");
    tare_with("XDG_CACHE_HOME=relative", "advise", nothing, NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_false(exists("relative"));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, command_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(the_first_screen_is_ten_lines),
        WITH(json_and_markdown_say_the_same),
        WITH(a_program_with_nothing_to_do_is_told_so),
        WITH(of_what_was_not_recorded_nothing_is_claimed),
        WITH(what_was_saved_is_compared),
        WITH(profiles_without_common_sites_are_told_of),
        WITH(wrong_arguments_and_files_are_told),
        WITH(costs_are_kept_and_read_again),
        WITH_COMMAND(costs_that_are_none_are_measured_anew),
        WITH(a_cache_that_cannot_be_is_done_without),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
