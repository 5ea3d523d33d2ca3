/* SPDX-License-Identifier: MIT
 *
 * What make install puts somewhere works there.
 */
#include "support/run.h"

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

#include <tare/version.h>

#define STAGED TEST_BUILD "/stage"

static int make_folder(void **state)
{
    *state = run_folder();
    return 0;
}

static int remove_folder(void **state)
{
    run_folder_remove(*state);
    return 0;
}

static void installed_command_says_its_version(void **state)
{
    struct run result;

    (void)state;
    run(&result, (const char *const[]){STAGED "/bin/tare", "--version", NULL}, NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_string_equal(result.out, "tare " TARE_VERSION "\n");
    run_fini(&result);
}

static void installed_command_finds_its_library(void **state)
{
    const char *folder = *state;
    char pattern[256], profile[256];
    struct run result;
    struct stat file;

    snprintf(pattern, sizeof pattern, "%s/%%e.tare", folder);
    snprintf(profile, sizeof profile, "%s/perl.tare", folder);
    run(&result,
        (const char *const[]){STAGED "/bin/tare", "run", "-o", pattern, "perl", "-e",
                              "print 6 * 7; exit 3", NULL},
        NULL);
    assert_int_equal(run_exit(&result), 3);
    assert_string_equal(result.out, "42");
    assert_int_equal(stat(profile, &file), 0);
    assert_true(file.st_size > 0);
    run_fini(&result);
}

static void installed_command_alone_says_what_it_misses(void **state)
{
    char alone[256];
    struct run result;

    snprintf(alone, sizeof alone, "%s/tare", (const char *)*state);
    run(&result, (const char *const[]){"cp", STAGED "/bin/tare", alone, NULL}, NULL);
    assert_int_equal(run_exit(&result), 0);
    run_fini(&result);
    run(&result, (const char *const[]){alone, "run", "true", NULL}, NULL);
    assert_int_equal(run_exit(&result), 125);
    assert_non_null(strstr(result.err, "libtare-preload.so"));
    run_fini(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(installed_command_says_its_version),
        cmocka_unit_test_setup_teardown(installed_command_finds_its_library, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(installed_command_alone_says_what_it_misses,
                                        make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
