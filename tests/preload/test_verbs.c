/* SPDX-License-Identifier: MIT
 *
 * Help, completions and the manual have every verb and every option, as they come from one table.
 */
#include "cli/verbs.h"
#include "support/command.h"
#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Each option's name is in the text, written as the format says. */
static void has_all(const char *text, const char *verb_format, const char *option_format)
{
    char part[128];

    for (size_t i = 0; i < verb_count; i++) {
        snprintf(part, sizeof part, verb_format, verbs[i].name);
        said(text, part);
        for (const struct option_line *line = verbs[i].options->lines; line->name; line++) {
            snprintf(part, sizeof part, option_format, line->name);
            said(text, part);
        }
    }
}

static void tables_are_those_of_their_verbs(void **state)
{
    (void)state;
    for (size_t i = 0; i < verb_count; i++) {
        assert_string_equal(verbs[i].options->verb, verbs[i].name);
        assert_ptr_equal(find_verb(verbs[i].name), &verbs[i]);
        tare("help", verbs[i].name, NULL);
        assert_int_equal(run_exit(&result), 0);
        for (const struct option_line *line = verbs[i].options->lines; line->name; line++) {
            said(result.out, line->name);
            /* A description stays within a usual terminal. */
            for (const char *at = line->help; at; at = strchr(at, '\n')) {
                at += *at == '\n';
                assert_true(strcspn(at, "\n") <= 76);
            }
        }
    }
    assert_null(find_verb("true"));
}

static void completions_know_all_options(void **state)
{
    char path[512];

    (void)state;
    tare("completion", "bash", NULL);
    has_all(result.out, "    %s) options=\"", "--%s ");
    snprintf(path, sizeof path, "%s", in_folder("completion"));
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(result.out, file);
    fclose(file);
    struct run completed;
    run(&completed,
        (const char *const[]){"bash", "-c",
                              ". \"$0\"; COMP_WORDS=(tare diff --fa); COMP_CWORD=2; _tare; "
                              "echo \"${COMPREPLY[*]}\"",
                              path, NULL},
        NULL);
    assert_string_equal(completed.out, "--fail-on\n");
    assert_string_equal(completed.err, "");
    run_fini(&completed);
    tare("completion", "zsh", NULL);
    has_all(result.out, "    %s) _arguments", "'*--%s[");
    tare("completion", "fish", NULL);
    has_all(result.out, "-a %s ", " -l %s");
    tare("completion", "tcsh", NULL);
    assert_int_equal(run_exit(&result), 2);
}

/* What a shell that is installed says when it runs the script, ended by NULL; false: it is not. */
static bool asked_of_shell(const char *shell, const char *name, const char *script,
                           struct run *completed)
{
    char path[512];

    run(completed, (const char *const[]){"sh", "-c", "command -v \"$0\"", shell, NULL},
        NULL);
    bool is_installed = run_exit(completed) == 0;
    run_fini(completed);
    if (!is_installed) {
        print_message("%s is not installed: its completion is not tried\n", shell);
        return false;
    }
    tare("completion", shell, NULL);
    snprintf(path, sizeof path, "%s", in_folder(name));
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(result.out, file);
    fclose(file);
    *strrchr(path, '/') = '\0';
    run(completed, (const char *const[]){shell, "-c", script, path, NULL},
        (const char *const[]){"TERM=dumb", NULL});
    return true;
}

/* zsh completes on a terminal only, and fish has no $0. */
static void completions_work_in_their_shells(void **state)
{
    static const char zsh[] =
        "zmodload zsh/zpty; zpty z zsh -f -i; zpty -w z \"PS1=; fpath=($0 \\$fpath); "
        "autoload -Uz compinit; compinit -u -D; echo rea''dy\"; zpty -r -m z text "
        "'*ready*'; "
        "zpty -w -n z $'tare diff --fa\\t'; zpty -r -m z text '*--fail-on*' && echo found; "
        "zpty -d z";
    static const char fish[] = "source $argv[1]/tare.fish; complete -C 'tare diff --fa'";
    struct run completed;

    (void)state;
    if (asked_of_shell("zsh", "_tare", zsh, &completed)) {
        said(completed.out, "found\n");
        run_fini(&completed);
    }
    if (asked_of_shell("fish", "tare.fish", fish, &completed)) {
        said(completed.out, "--fail-on\tstatus 1 when");
        run_fini(&completed);
    }
}

static void manual_knows_all_options(void **state)
{
    (void)state;
    tare("manual", NULL);
    assert_int_equal(run_exit(&result), 0);
    for (size_t i = 0; i < verb_count; i++) {
        char part[64];

        snprintf(part, sizeof part, "\n.SS tare %s\n", verbs[i].name);
        said(result.out, part);
    }
    said(result.out, "\n.B \\-\\-fail\\-on +N:WHAT\n");
    said(result.out, "\n.B \\-o, \\-\\-output FILE\n");
    said(result.out, "\n.SH EXIT STATUS\n");
}

static void a_misspelt_verb_is_recognised(void **state)
{
    (void)state;
    tare("reprot", NULL);
    assert_int_equal(run_exit(&result), 127);
    said(result.err, "tare: reprot: did you mean the verb 'report'?\n");
    tare("./reprot", NULL);
    assert_null(strstr(result.err, "did you mean"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_COMMAND(tables_are_those_of_their_verbs),
        WITH_COMMAND(completions_know_all_options),
        WITH_COMMAND(completions_work_in_their_shells),
        WITH_COMMAND(manual_knows_all_options),
        WITH_COMMAND(a_misspelt_verb_is_recognised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
