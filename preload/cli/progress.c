/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static const char *volatile working_on;
static volatile sig_atomic_t seconds;

/* Calls only what is async-signal-safe. */
static void say(int number)
{
    static const char clock[] = "|/-\\";
    char line[128] = "\rtare: ";
    size_t used = strlen(line);
    size_t bytes = strlen(working_on);
    int saved = errno;

    (void)number;
    if (bytes > sizeof line - used - 8)
        bytes = sizeof line - used - 8;
    memcpy(line + used, working_on, bytes);
    used += bytes;
    line[used++] = ' ';
    line[used++] = clock[seconds++ % 4];
    if (write(STDERR_FILENO, line, used) < 0)
        errno = saved;
    errno = saved;
}

static void set_timer(time_t every)
{
    const struct itimerval timer = {.it_interval.tv_sec = every, .it_value.tv_sec = every};

    setitimer(ITIMER_REAL, &timer, NULL);
}

void progress_begin(const char *what)
{
    const struct sigaction action = {.sa_handler = say, .sa_flags = SA_RESTART};
    const char *terminal = getenv("TERM");

    if (!isatty(STDERR_FILENO) || getenv("CI") || !terminal || !strcmp(terminal, "dumb"))
        return;
    working_on = what;
    sigaction(SIGALRM, &action, NULL);
    set_timer(1);
}

void progress_end(void)
{
    static const char erase[] = "\r\033[K";

    if (!working_on)
        return;
    set_timer(0);
    signal(SIGALRM, SIG_DFL);
    if (seconds && write(STDERR_FILENO, erase, sizeof erase - 1) < 0)
        errno = 0;
    working_on = NULL;
    seconds = 0;
}
