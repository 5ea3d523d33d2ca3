/* SPDX-License-Identifier: MIT
 *
 * What make install puts somewhere works there, and make uninstall takes all of it away.
 */
#include "support/run.h"

#include <ftw.h>
#include <glob.h>
#include <libgen.h>
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

/* make, told of this build and of nothing that concerns only the make that runs this test. */
static void make_goal(const char *goal, const char *folder, const char *prefix)
{
    char build[] = TEST_BUILD, variant[64], to[256], under[256];
    struct run result;

    snprintf(variant, sizeof variant, "VARIANT=%s", basename(build));
    snprintf(to, sizeof to, "DESTDIR=%s", folder);
    snprintf(under, sizeof under, "PREFIX=%s", prefix);
    run(&result,
        (const char *const[]){
            "sh", "-c",
            "case ${MAKEFLAGS-} in *'-- '*) MAKEFLAGS=\"-- ${MAKEFLAGS#*-- }\" ;; "
            "*) unset MAKEFLAGS ;; esac; exec make \"$@\"",
            "make", goal, variant, to, under, NULL},
        NULL);
    assert_string_equal(result.err, "");
    assert_int_equal(run_exit(&result), 0);
    run_fini(&result);
}

static bool is_file(const char *folder, const char *name)
{
    char path[512];
    struct stat file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return lstat(path, &file) == 0 && S_ISREG(file.st_mode) && file.st_size > 0;
}

static void links_to(const char *folder, const char *name, const char *expected)
{
    char path[512], target[256] = "";

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(readlink(path, target, sizeof target - 1) > 0);
    assert_string_equal(target, expected);
}

static void all_is_there(const char *folder)
{
    static const char *const files[] = {"bin/tare", "lib/libtare-preload.so",
                                        "lib/libtare.a", "lib/libtare.so." TARE_VERSION,
                                        "lib/pkgconfig/tare.pc"};
    glob_t headers;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_true(is_file(folder, files[i]));
    links_to(folder, "lib/libtare.so.0", "libtare.so." TARE_VERSION);
    links_to(folder, "lib/libtare.so", "libtare.so.0");
    assert_int_equal(glob("include/tare/*.h", 0, NULL, &headers), 0);
    for (size_t i = 0; i < headers.gl_pathc; i++)
        assert_true(is_file(folder, headers.gl_pathv[i]));
    globfree(&headers);
}

static void installation_is_complete(void **state)
{
    (void)state;
    all_is_there(STAGED);
}

static int files_left;

static int count_file(const char *path, const struct stat *file, int kind,
                      struct FTW *place)
{
    (void)path;
    (void)file;
    (void)place;
    files_left += kind != FTW_D;
    return 0;
}

static void has_line(const char *path, const char *expected)
{
    char line[512];
    bool found = false;
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    while (!found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        found = strcmp(line, expected) == 0;
    }
    fclose(file);
    assert_true(found);
}

static void each_installation_names_its_own_prefix_and_can_be_removed(void **state)
{
    static const char *const prefixes[] = {"/usr", "/opt/tare"};
    const char *folder = *state;
    char path[512], expected[256];

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        make_goal("install", folder, prefixes[i]);
        snprintf(path, sizeof path, "%s%s", folder, prefixes[i]);
        all_is_there(path);
        snprintf(path, sizeof path, "%s%s/lib/pkgconfig/tare.pc", folder, prefixes[i]);
        snprintf(expected, sizeof expected, "prefix=%s", prefixes[i]);
        has_line(path, expected);
        has_line(path, "Version: " TARE_VERSION);
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        make_goal("uninstall", folder, prefixes[i]);
    files_left = 0;
    assert_int_equal(nftw(folder, count_file, 16, FTW_PHYS), 0);
    assert_int_equal(files_left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(installed_command_says_its_version),
        cmocka_unit_test_setup_teardown(installed_command_finds_its_library, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(installed_command_alone_says_what_it_misses,
                                        make_folder, remove_folder),
        cmocka_unit_test(installation_is_complete),
        cmocka_unit_test_setup_teardown(
            each_installation_names_its_own_prefix_and_can_be_removed, make_folder,
            remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
