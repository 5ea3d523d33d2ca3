/* SPDX-License-Identifier: MIT
 *
 * tare doctor as a user meets it: what it finds, and that tare run agrees.
 */
#include "support/command.h"
#include "support/json_check.h"
#include "support/run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char source[] = "int main(void) { return 0; }\n";

static void a_good_program_is_good(void **state)
{
    (void)state;
    tare("doctor", RUN_FAULT("grown"), NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "good   recorder  ");
    said(result.out, "tests/faults/grown can be recorded\n");
    said(result.out, "good   names           functions and lines of ");
    assert_null(strstr(result.out, "breaks"));
    tare("run", RUN_FAULT("grown"), NULL);
    assert_int_equal(run_exit(&result), 0);
}

/* Both refuse it. */
static void breaks(const char *program, const char *text, const char *mend)
{
    tare("doctor", program, NULL);
    assert_int_equal(run_exit(&result), 1);
    said(result.out, "\nbreaks ");
    said(result.out, text);
    said(result.out, mend);
}

static void what_cannot_be_recorded_is_told_with_its_mend(void **state)
{
    char *program = strdup(in_folder("program"));

    (void)state;
    breaks("/nonexistent/program", "/nonexistent/program is not found", "-> give its path");
    breaks("/etc/passwd", "cannot be executed", "-> chmod +x");
    breaks("/usr", "/usr is a folder", "-> give the path of a file in it");
    assert_int_equal(compile("program", source, "-static", "-O1"), 0);
    breaks(program, "it is linked statically", "-> link it without -static\n");
    tare("run", program, NULL);
    assert_int_equal(run_exit(&result), 125);
    breaks(RUN_FAULT("own_malloc"), "has a malloc of its own", "-> link that allocator");
    assert_int_equal(compile("program", source, "-fsanitize=address", "-O1"), 0);
    breaks(program, "is built with AddressSanitizer", "-> build it without -fsanitize\n");
    free(program);
}

static void what_blunts_is_told_and_no_failure(void **state)
{
    char *program = strdup(in_folder("program"));

    (void)state;
    assert_int_equal(compile("program", source, "-s", "-O1"), 0);
    tare("doctor", program, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "blunts names  ");
    said(result.out, " is stripped: ");
    assert_int_equal(compile("program", source, "-g0", "-O1"), 0);
    tare("doctor", program, NULL);
    said(result.out, "has functions' names, but no lines\n");
    said(result.out, "-> build it with -g\n");
    free(program);
}

static void settings_that_mean_nothing_are_told(void **state)
{
    (void)state;
    tare_with("TARE_STACK_DETPH=3", "doctor", NULL);
    said(result.out, "blunts environment     TARE_STACK_DETPH means nothing");
    said(result.out, "-> did you mean TARE_STACK_DEPTH?\n");
    tare_with("TARE_ALLOCATOR=fast", "doctor", NULL);
    said(result.out, "TARE_ALLOCATOR=fast is not understood");
    assert_int_equal(run_exit(&result), 0);
}

static void usage_and_forms_are_those_of_all_verbs(void **state)
{
    (void)state;
    tare("doctor", "one", "two", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("doctor", "--jsno", NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "did you mean '--json'?");
    tare("doctor", "--json", NULL);
    assert_true(json_is_valid(result.out, result.out_bytes));
    said(result.out, "\"schema\": \"tare.doctor/1\"");
    tare("doctor", "-o", "/dev/full", NULL);
    assert_int_equal(run_exit(&result), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_COMMAND(a_good_program_is_good),
        WITH_COMMAND(what_cannot_be_recorded_is_told_with_its_mend),
        WITH_COMMAND(what_blunts_is_told_and_no_failure),
        WITH_COMMAND(settings_that_mean_nothing_are_told),
        WITH_COMMAND(usage_and_forms_are_those_of_all_verbs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
