/* SPDX-License-Identifier: MIT
 *
 * tare run, report and dump as a user meets them: statuses, streams, names, what is said.
 */
#include "support/json_check.h"
#include "support/run.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { WORDS_MAX = 16 };

static char *folder;
static char setting[512];
static struct run result;

static int setup(void **state)
{
    (void)state;
    folder = run_folder();
    snprintf(setting, sizeof setting, "TARE_OUTPUT=%s/%%e.tare", folder);
    memset(&result, 0, sizeof result);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    run_fini(&result);
    run_folder_remove(folder);
    return 0;
}

/* tare with these words, ended by NULL, its profiles in the folder. */
static void tare(const char *word, ...)
{
    const char *words[WORDS_MAX] = {RUN_TARE, word};
    const char *const settings[] = {setting, NULL};
    va_list more;

    va_start(more, word);
    for (int i = 2; word && i < WORDS_MAX; i++)
        words[i] = word = va_arg(more, const char *);
    va_end(more);
    run_fini(&result);
    run(&result, words, settings);
}

static const char *in_folder(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static bool exists(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

static void said(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void status_is_the_program_s(void **state)
{
    (void)state;
    tare("true", NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("run", "false", NULL);
    assert_int_equal(run_exit(&result), 1);
    tare("run", "--", "sh", "-c", "exit 7", NULL);
    assert_int_equal(run_exit(&result), 7);
    said(result.err, "exit status 7");
}

static void signals_are_raised_again(void **state)
{
    (void)state;
    tare("sh", "-c", "kill -9 $$", NULL);
    assert_true(WIFSIGNALED(result.status));
    assert_int_equal(WTERMSIG(result.status), SIGKILL);
    said(result.err, "ended by signal 9");
    tare("sh", "-c", "kill -TERM $$", NULL);
    assert_int_equal(WTERMSIG(result.status), SIGTERM);
}

static void programs_that_cannot_run_have_statuses_of_their_own(void **state)
{
    (void)state;
    tare("/nonexistent/program", NULL);
    assert_int_equal(run_exit(&result), 127);
    assert_string_equal(
        result.err, "tare: /nonexistent/program: cannot run: No such file or directory\n");
    tare("run", "no-program-of-this-name", NULL);
    assert_int_equal(run_exit(&result), 127);
    tare("/etc/passwd", NULL);
    assert_int_equal(run_exit(&result), 126);
    assert_false(exists("true.tare"));
}

static void streams_are_left_alone(void **state)
{
    (void)state;
    tare("sh", "-c", "echo out; echo err >&2; cat", NULL);
    assert_string_equal(result.out, "out\n");
    said(result.err, "err\n");
}

static void verbs_win_over_programs(void **state)
{
    (void)state;
    tare("--", "report", NULL);
    assert_int_equal(run_exit(&result), 127);
    said(result.err, "report: cannot run");
    tare("report", in_folder("none.tare"), NULL);
    assert_int_equal(run_exit(&result), 3);
}

static void wrong_usage_is_status_2_and_says_what(void **state)
{
    (void)state;
    tare(NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("run", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("run", "--nonsense", "true", NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "unknown option '--nonsense'");
    tare("run", "--output", NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "'--output' needs an argument");
    tare("run", "--output", "%z", "true", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("run", "--allocator", "none", "true", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("report", "--by", "size", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("dump", NULL);
    assert_int_equal(run_exit(&result), 2);
}

static void help_and_version_go_to_standard_output(void **state)
{
    static const char *const verbs[] = {"run", "report", "dump"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        tare(verbs[i], "--help", NULL);
        assert_int_equal(run_exit(&result), 0);
        said(result.out, "Usage: tare ");
        assert_int_equal(result.err_bytes, 0);
    }
    tare("--help", NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("--version", NULL);
    assert_int_equal(strncmp(result.out, "tare ", 5), 0);
}

static void names_are_never_taken_twice(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        tare("true", NULL);
    assert_true(exists("true.tare"));
    assert_true(exists("true-1.tare"));
    assert_true(exists("true-2.tare"));
    tare("run", "--output", in_folder("new/folder/%n.tare"), "true", NULL);
    assert_true(exists("new/folder/0.tare"));
    said(result.err, "new/folder/0.tare\n");
}

static void profile_is_as_small_as_its_contents(void **state)
{
    struct stat file;

    (void)state;
    tare("true", NULL);
    assert_int_equal(stat(in_folder("true.tare"), &file), 0);
    assert_true(file.st_size < 1 << 20);
    assert_int_equal(file.st_mode & 0777, 0600);
}

static void every_program_of_a_run_has_its_profile(void **state)
{
    (void)state;
    tare("run", "--json", "sh", "-c", "ls / >/dev/null; exec sleep 0", NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_true(json_is_valid(result.err, result.err_bytes));
    assert_true(exists("ls.tare"));
    assert_true(exists("sleep.tare"));
    said(result.err, "\"end\": \"exec\"");
    tare("dump", in_folder("sleep.tare"), NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "\nend 2\nend_status 0x0\n");
    said(result.out, "\nargument sleep\nargument 0\n");
    said(result.out, " run_bytes ");
    tare("report", "--evidence", in_folder("sleep.tare"), NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "most live at a time: ");
    said(result.out, "lifetime\n");
}

static void background_processes_are_left_and_named(void **state)
{
    char *at;

    (void)state;
    tare("sh", "-c", "sleep 1 >/dev/null 2>&1 & exit 4", NULL);
    assert_int_equal(run_exit(&result), 4);
    said(result.err, "still runs");
    assert_int_equal(strncmp(result.err, "tare: /", 7), 0);
    char *run_place = strdup(result.err + 6);
    run_place[strcspn(run_place, ":")] = '\0';
    *strrchr(run_place, '/') = '\0';
    at = strstr(result.err, "report --live ");
    assert_non_null(at);
    at += strlen("report --live ");
    at[strcspn(at, "\n")] = '\0';
    char *number = strdup(at);
    tare("report", "--live", "--top", "1", number, NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "still running");
    said(result.out, "live now");
    free(number);
    run_folder_remove(run_place);
}

static void profile_that_cannot_be_brought_stays_and_is_shown(void **state)
{
    (void)state;
    tare("run", "--output", "/dev/null/x.tare", "sh", "-c", "exit 3", NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err,
         "/dev/null/x.tare: cannot write the profile: Not a directory; it stays in ");
    said(result.err, "exit status 3");
    char *at = strstr(result.err, "tare: profile: ");
    assert_non_null(at);
    at += strlen("tare: profile: ");
    at[strcspn(at, "\n")] = '\0';
    assert_int_equal(unlink(at), 0);
    *strrchr(at, '/') = '\0';
    assert_int_equal(rmdir(at), 0);
}

static void report_takes_several_files_and_writes_to_one(void **state)
{
    struct stat file;

    (void)state;
    tare("sh", "-c", "ls / >/dev/null", NULL);
    char *one = strdup(in_folder("dash.tare"));
    char *other = strdup(in_folder("ls.tare"));
    if (!exists("dash.tare")) {
        free(one);
        one = strdup(other);
    }
    tare("report", one, other, "--by", "calls", "--top", "2", NULL);
    assert_int_equal(run_exit(&result), 0);
    said(result.out, "processes    2, merged");
    tare("report", "--per-process", one, other, NULL);
    assert_int_equal(run_exit(&result), 0);
    tare("report", "--json", one, "--output", in_folder("report.json"), NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_int_equal(result.out_bytes, 0);
    assert_int_equal(stat(in_folder("report.json"), &file), 0);
    assert_true(file.st_size > 100);
    free(one);
    free(other);
}

static void functions_and_lines_are_those_of_the_source(void **state)
{
    static const char source[] = "#include <stdlib.h>\n"
                                 "static inline void *take(int n) {\n"
                                 "    return malloc(n);\n"
                                 "}\n"
                                 "void *volatile kept;\n"
                                 "__attribute__((noinline)) void work(void) {\n"
                                 "    kept = take(123457);\n"
                                 "    kept = 0;\n"
                                 "}\n"
                                 "int main(void) { work(); return 0; }\n";
    FILE *file = fopen(in_folder("lines.c"), "we");
    char *program = strdup(in_folder("lines"));
    struct run compiled;

    (void)state;
    assert_non_null(file);
    fputs(source, file);
    fclose(file);
    run(&compiled,
        (const char *const[]){"cc", "-O2", "-g", "-o", program, in_folder("lines.c"), NULL},
        NULL);
    assert_int_equal(run_exit(&compiled), 0);
    run_fini(&compiled);
    tare("run", program, NULL);
    said(result.err, "121 KiB in 1 allocation");
    said(result.err, "lines.c:3 (inlined)\n");
    said(result.err, "lines.c:7\n");
    said(result.err, "lines.c:10\n");
    /* Another build under the same name must not lend its names. */
    char *profile = strdup(in_folder("lines.tare"));
    run(&compiled,
        (const char *const[]){"cc", "-O0", "-o", program, in_folder("lines.c"), NULL},
        NULL);
    assert_int_equal(run_exit(&compiled), 0);
    run_fini(&compiled);
    tare("report", profile, NULL);
    said(result.out, "lines+0x");
    said(result.out, "another build");
    assert_null(strstr(result.out, "lines.c:"));
    assert_int_equal(unlink(program), 0);
    tare("report", profile, NULL);
    said(result.out, "lines+0x");
    said(result.out, "the file is gone");
    free(profile);
    free(program);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(status_is_the_program_s),
        WITH(signals_are_raised_again),
        WITH(programs_that_cannot_run_have_statuses_of_their_own),
        WITH(streams_are_left_alone),
        WITH(verbs_win_over_programs),
        WITH(wrong_usage_is_status_2_and_says_what),
        WITH(help_and_version_go_to_standard_output),
        WITH(names_are_never_taken_twice),
        WITH(profile_is_as_small_as_its_contents),
        WITH(every_program_of_a_run_has_its_profile),
        WITH(background_processes_are_left_and_named),
        WITH(profile_that_cannot_be_brought_stays_and_is_shown),
        WITH(report_takes_several_files_and_writes_to_one),
        WITH(functions_and_lines_are_those_of_the_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
