/* SPDX-License-Identifier: MIT
 *
 * tare run, report and dump as a user meets them: statuses, streams, names, what is said.
 */
#include "support/json_check.h"
#include "support/command.h"
#include "support/run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

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
    said(result.err, "unknown option '--nonsense' (see tare run --help)");
    tare("report", "--evidense", NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "unknown option '--evidense', did you mean '--evidence'?");
    tare("run", "--output", NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "'--output' needs an argument");
    tare("run", "--output", "%z", "true", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("run", "--output", "/usr", "true", NULL);
    assert_int_equal(run_exit(&result), 2);
    said(result.err, "'/usr' is a folder: into it with -o '/usr/%e.%p.tare'");
    tare("run", "--allocator", "none", "true", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("report", "--by", "size", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("report", "--format", "html", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("report", "--top-down", "--bottom-up", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("report", "--top-down", "--json", NULL);
    assert_int_equal(run_exit(&result), 2);
    tare("dump", NULL);
    assert_int_equal(run_exit(&result), 2);
}

static void colour_is_as_asked_for(void **state)
{
    (void)state;
    tare("true", NULL);
    tare_with("CLICOLOR_FORCE=1", "report", in_folder("true.tare"), NULL);
    said(result.out, "\033[1m");
    tare_with("CLICOLOR_FORCE=1", "report", "--color=never", in_folder("true.tare"), NULL);
    assert_null(strchr(result.out, '\033'));
    tare("report", in_folder("true.tare"), NULL);
    assert_null(strchr(result.out, '\033'));
    tare_with("NO_COLOR=1", "report", "--color", "always", in_folder("true.tare"), NULL);
    said(result.out, "\033[1m");
}

static void help_and_version_go_to_standard_output(void **state)
{
    static const char *const verbs[] = {"run", "report", "diff", "check", "doctor", "dump"};

    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
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
    tare("sh", "-c", "sleep 20 >/dev/null 2>&1 & exit 4", NULL);
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

static void profiles_that_are_deleted_are_said(void **state)
{
    (void)state;
    tare("sh", "-c", "kill -9 $$", NULL); /* one that lasts is not */
    assert_null(strstr(result.err, "deleted"));
    tare("sh", "-c", "rm -rf \"${TARE_OUTPUT%/*}\"; exit 3", NULL);
    assert_int_equal(run_exit(&result), 3);
    said(result.err, "of its profiles ");
    said(result.err, "deleted while it ran, in /");
    assert_null(strstr(result.err, "it allocated nothing"));
}

static void profiles_without_room_are_said(void **state)
{
    (void)state;
    struct run limited;
    run(&limited,
        (const char *const[]){"sh", "-c",
                              "ulimit -f 8; exec " RUN_TARE " run sh -c 'exit 3'", NULL},
        NULL);
    assert_int_equal(run_exit(&limited), 3);
    said(limited.err, "recorded nothing: there was no room for its profile");
    run_fini(&limited);
}

/* A server that takes the connection and never answers. */
static void nobody_is_asked_for_symbols(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    char setting[80];
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    (void)state;
    assert_true(server >= 0);
    assert_int_equal(bind(server, (void *)&address, sizeof address), 0);
    assert_int_equal(listen(server, 8), 0);
    assert_int_equal(getsockname(server, (void *)&address, &bytes), 0);
    snprintf(setting, sizeof setting, "DEBUGINFOD_URLS=http://127.0.0.1:%d",
             ntohs(address.sin_port));
    tare_with(setting, "run", "sh", "-c", "echo $DEBUGINFOD_URLS", NULL);
    assert_int_equal(run_exit(&result), 0);
    assert_int_equal(strncmp(result.out, strchr(setting, '=') + 1, strlen(result.out) - 1),
                     0);
    tare_with(setting, "report", in_folder("dash.tare"), NULL);
    assert_int_equal(accept(server, NULL, NULL), -1);
    assert_int_equal(errno, EAGAIN);
    close(server);
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
    char *program = strdup(in_folder("lines"));

    (void)state;
    assert_int_equal(compile("lines", source, "-O2", "-g"), 0);
    tare("run", program, NULL);
    said(result.err, "121 KiB in 1 allocation");
    said(result.err, "lines.c:3 (inlined)\n");
    said(result.err, "lines.c:7\n");
    said(result.err, "lines.c:10\n");
    /* Another build under the same name must not lend its names. The recorder alone keeps none. */
    char *profile = strdup(in_folder("alone.tare"));
    char *kept = strdup(in_folder("lines.tare"));
    char preload[4200], alone[600];
    char *shim = realpath(RUN_SHIM, NULL);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", shim);
    snprintf(alone, sizeof alone, "TARE_OUTPUT=%s", profile);
    free(shim);
    run_fini(&result);
    run(&result, (const char *const[]){program, NULL},
        (const char *const[]){preload, alone, NULL});
    assert_int_equal(compile("lines", source, "-O0", "-g0"), 0);
    tare("report", profile, NULL);
    said(result.out, "lines+0x");
    said(result.out, "another build");
    assert_null(strstr(result.out, "lines.c:"));
    assert_int_equal(unlink(program), 0);
    tare("report", profile, NULL);
    said(result.out, "lines+0x");
    said(result.out, "the file is gone");
    tare("report", kept, NULL);
    said(result.out, "        work  ");
    assert_null(strstr(result.out, "lines.c:"));
    free(kept);
    free(profile);
    free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_COMMAND(status_is_the_program_s),
        WITH_COMMAND(signals_are_raised_again),
        WITH_COMMAND(programs_that_cannot_run_have_statuses_of_their_own),
        WITH_COMMAND(streams_are_left_alone),
        WITH_COMMAND(verbs_win_over_programs),
        WITH_COMMAND(wrong_usage_is_status_2_and_says_what),
        WITH_COMMAND(help_and_version_go_to_standard_output),
        WITH_COMMAND(colour_is_as_asked_for),
        WITH_COMMAND(names_are_never_taken_twice),
        WITH_COMMAND(profile_is_as_small_as_its_contents),
        WITH_COMMAND(every_program_of_a_run_has_its_profile),
        WITH_COMMAND(background_processes_are_left_and_named),
        WITH_COMMAND(profile_that_cannot_be_brought_stays_and_is_shown),
        WITH_COMMAND(profiles_that_are_deleted_are_said),
        WITH_COMMAND(profiles_without_room_are_said),
        WITH_COMMAND(nobody_is_asked_for_symbols),
        WITH_COMMAND(report_takes_several_files_and_writes_to_one),
        WITH_COMMAND(functions_and_lines_are_those_of_the_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
