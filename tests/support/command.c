/* SPDX-License-Identifier: MIT */
#include "support/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WORDS_MAX = 16 };

struct run result;
static char *folder;
static char output[512];

int command_setup(void **state)
{
    (void)state;
    folder = run_folder();
    snprintf(output, sizeof output, "TARE_OUTPUT=%s/%%e.tare", folder);
    memset(&result, 0, sizeof result);
    return 0;
}

int command_teardown(void **state)
{
    (void)state;
    run_fini(&result);
    run_folder_remove(folder);
    return 0;
}

static void run_tare(const char *setting, const char *word, va_list more)
{
    const char *words[WORDS_MAX] = {RUN_TARE, word};
    const char *const settings[] = {output, setting, NULL};

    for (int i = 2; word && i < WORDS_MAX; i++)
        words[i] = word = va_arg(more, const char *);
    run_fini(&result);
    run(&result, words, settings);
}

void tare(const char *word, ...)
{
    va_list more;

    va_start(more, word);
    run_tare(NULL, word, more);
    va_end(more);
}

void tare_with(const char *setting, const char *word, ...)
{
    va_list more;

    va_start(more, word);
    run_tare(setting, word, more);
    va_end(more);
}

const char *in_folder(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

bool exists(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

int compile(const char *name, const char *source, const char *flag, const char *other_flag)
{
    char program[512], source_path[600];
    struct run compiled;

    snprintf(program, sizeof program, "%s", in_folder(name));
    snprintf(source_path, sizeof source_path, "%s.c", program);
    FILE *file = fopen(source_path, "we");
    assert_non_null(file);
    fputs(source, file);
    fclose(file);
    run(&compiled,
        (const char *const[]){"cc", flag, other_flag, "-o", program, source_path, NULL},
        NULL);
    int status = run_exit(&compiled);
    run_fini(&compiled);
    return status;
}

void said(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}
