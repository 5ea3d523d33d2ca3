/* SPDX-License-Identifier: MIT */
#include "cli/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pager;

/* NULL: none is wanted. */
static const char *pager_command(void)
{
    const char *command = getenv("TARE_PAGER");

    if (!command)
        command = getenv("PAGER");
    if (!command)
        command = "less";
    return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

static _Noreturn void be_pager(const char *command, int input)
{
    signal(SIGPIPE, SIG_DFL);
    setenv("LESS", "FRX", 0); /* what fits on a screen just stays there */
    dup2(input, STDIN_FILENO);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* A pager that is not there would swallow the text. */
static bool can_run(const char *command)
{
    char line[300];

    if (snprintf(line, sizeof line, "command -v %.*s >/dev/null 2>&1",
                 (int)strcspn(command, " \t"), command) >= (int)sizeof line)
        return false;
    return system(line) == 0;
}

bool pager_begin(void)
{
    const char *command = pager_command();
    const char *terminal = getenv("TERM");
    int ends[2];

    if (!isatty(STDOUT_FILENO) || !terminal || !strcmp(terminal, "dumb") || !command ||
        !can_run(command) || pipe2(ends, O_CLOEXEC))
        return false;
    fflush(stdout);
    signal(SIGPIPE, SIG_IGN);
    pager = fork();
    if (pager == 0)
        be_pager(command, ends[0]);
    if (pager > 0)
        dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    return pager > 0;
}

void pager_end(void)
{
    int status;

    fflush(stdout);
    clearerr(stdout);
    close(STDOUT_FILENO);
    while (waitpid(pager, &status, 0) < 0 && errno == EINTR)
        continue;
}
