/* SPDX-License-Identifier: MIT
 *
 * tare whatif where one id is that of several lines: it says of how many.
 */
#include "support/command.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char source[] = "#include <stdlib.h>\n"
                             "static void *volatile kept;\n"
                             "__attribute__((noinline)) void alone(void) {\n"
                             "    kept = malloc(32);\n"
                             "}\n"
                             "__attribute__((noinline)) void together(void) {\n"
                             "    kept = malloc(16);\n"
                             "    kept = malloc(24);\n"
                             "}\n"
                             "int main(void) {\n"
                             "    for (int i = 0; i < 100; i++) { alone(); together(); }\n"
                             "    return 0;\n"
                             "}\n";

static char profile[512];

static int setup(void **state)
{
    char program[512];

    command_setup(state);
    assert_int_equal(compile("program", source, "-O1", "-g"), 0);
    snprintf(program, sizeof program, "%s", in_folder("program"));
    snprintf(profile, sizeof profile, "%s", in_folder("x.tare"));
    tare("run", "--trace", "-o", profile, program, NULL);
    assert_int_equal(run_exit(&result), 0);
    return 0;
}

static void try_pool_at(const char *function)
{
    char id[17];

    tare("export", "--to", "csv", "--focus", function, profile, NULL);
    const char *row = strchr(result.out, '\n');
    assert_non_null(row);
    snprintf(id, sizeof id, "%s", row + 1);
    tare("whatif", "--site", id, "--remedy", "pool:32", "--reps", "1", profile, NULL);
    assert_int_equal(run_exit(&result), 0);
}

static void how_many_sites_have_the_id_is_said(void **state)
{
    (void)state;
    try_pool_at("^together$");
    said(result.out, "program: 200 blocks of 2 sites, a pool");
    said(result.out, " have one id: all of them are\n");
    try_pool_at("^alone$");
    said(result.out, "program: 100 blocks of the site, a pool");
    assert_null(strstr(result.out, "have one id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(how_many_sites_have_the_id_is_said, setup,
                                        command_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
