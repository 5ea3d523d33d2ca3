/* SPDX-License-Identifier: MIT */
#include "cli/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The terminal sends the first two to the program too. */
static const int ignored[] = {SIGINT, SIGQUIT};
static const int passed_on[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};

enum {
    IGNORED = sizeof ignored / sizeof *ignored,
    PASSED_ON = sizeof passed_on / sizeof *passed_on,
};

static volatile sig_atomic_t program;

struct signals {
    sigset_t mask;
    struct sigaction ignored[IGNORED], passed_on[PASSED_ON];
};

static void pass_on(int number)
{
    int error = errno;

    if (program > 0)
        kill((pid_t)program, number);
    errno = error;
}

/* Blocks what is passed on until there is somebody to pass it on to. */
static void take_signals(struct signals *old)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigset_t blocked;

    sigemptyset(&blocked);
    for (int i = 0; i < PASSED_ON; i++)
        sigaddset(&blocked, passed_on[i]);
    sigprocmask(SIG_BLOCK, &blocked, &old->mask);
    for (int i = 0; i < IGNORED; i++)
        sigaction(ignored[i], &action, &old->ignored[i]);
    action.sa_handler = pass_on;
    action.sa_flags = SA_RESTART;
    for (int i = 0; i < PASSED_ON; i++) {
        sigaction(passed_on[i], &action, &old->passed_on[i]);
        /* What tare was started to ignore (nohup), the program ignores too. */
        if (old->passed_on[i].sa_handler == SIG_IGN)
            sigaction(passed_on[i], &old->passed_on[i], NULL);
    }
}

static void restore_signals(const struct signals *old)
{
    for (int i = 0; i < IGNORED; i++)
        sigaction(ignored[i], &old->ignored[i], NULL);
    for (int i = 0; i < PASSED_ON; i++)
        sigaction(passed_on[i], &old->passed_on[i], NULL);
    sigprocmask(SIG_SETMASK, &old->mask, NULL);
}

/* In the new process. The pipe closes by itself when exec succeeds. */
static _Noreturn void become(char *const *argv, const struct environment_change *changes,
                             const struct signals *old, int pipe_end)
{
    restore_signals(old);
    for (; changes->name; changes++)
        if (setenv(changes->name, changes->value, 1))
            break;
    if (!changes->name)
        execvp(argv[0], argv);
    int error = errno;
    ssize_t wrote = write(pipe_end, &error, sizeof error);
    _exit(wrote == sizeof error ? 127 : 125);
}

/* 0 when the program began, else what kept it from it. */
static int read_error(int pipe_end)
{
    int error = 0;
    ssize_t got;

    do {
        got = read(pipe_end, &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    return got == sizeof error ? error : 0;
}

/* Where the kernel has no descriptor for a process (before Linux 5.3), nobody watches. */
static void watch_until_end(pid_t pid, const struct launch_watch *watch)
{
    int pause = watch->tick(watch->context);
    int fd = pause < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd end = {.fd = fd, .events = POLLIN};

    while (fd >= 0 && pause >= 0 && poll(&end, 1, pause) <= 0)
        pause = watch->tick(watch->context);
    if (fd >= 0)
        close(fd);
}

static uint64_t time_ns(struct timeval time)
{
    return ((uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_usec) * 1000u;
}

static void wait_for(struct launched *launched, const struct launch_watch *watch)
{
    struct rusage usage = {0};
    struct timespec now;

    watch_until_end(launched->pid, watch);
    while (wait4(launched->pid, &launched->status, 0, &usage) < 0 && errno == EINTR)
        continue;
    clock_gettime(CLOCK_MONOTONIC, &now);
    launched->end_monotonic_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    launched->cpu_ns = time_ns(usage.ru_utime) + time_ns(usage.ru_stime);
}

int launch(struct launched *launched, char *const *argv,
           const struct environment_change *changes, const struct launch_watch *watch)
{
    struct signals old;
    int ends[2];

    *launched = (struct launched){0};
    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    take_signals(&old);
    launched->pid = fork();
    if (launched->pid == 0)
        become(argv, changes, &old, ends[1]);
    int error = launched->pid < 0 ? errno : 0;
    close(ends[1]);
    if (!error) {
        program = launched->pid;
        sigprocmask(SIG_SETMASK, &old.mask, NULL);
        error = read_error(ends[0]);
        wait_for(launched, watch);
        program = 0;
    }
    close(ends[0]);
    if (error)
        restore_signals(&old);
    return -error;
}

_Noreturn void end_like(int status)
{
    /* The program's own core, if any, is the one of interest. */
    const struct rlimit no_core = {0, 0};

    if (WIFEXITED(status))
        exit(WEXITSTATUS(status));
    setrlimit(RLIMIT_CORE, &no_core);
    signal(WTERMSIG(status), SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, WTERMSIG(status));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(WTERMSIG(status));
    /* Only a signal that does not end anybody comes back. */
    exit(128 + WTERMSIG(status));
}
