/* SPDX-License-Identifier: MIT */
#include "bench/process_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/measure.h"

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void redirect(int descriptor, const char *path)
{
    int file = open(path ? path : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);

    if (file < 0 || dup2(file, descriptor) < 0)
        _exit(127);
    close(file);
}

_Noreturn static void become(const struct tree_plan *plan)
{
    int input = open("/dev/null", O_RDONLY);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0)
        _exit(127);
    close(input);
    redirect(STDOUT_FILENO, plan->out);
    redirect(STDERR_FILENO, plan->err);
    for (const char *const *at = plan->settings; at && *at; at++)
        putenv((char *)(uintptr_t)*at);
    execvp(plan->words[0], (char *const *)(uintptr_t)plan->words);
    _exit(127);
}

/* Wait for all that there is: children, and the orphans among their descendants. */
static int reap_all(pid_t program)
{
    int status = 0, result = 0;

    for (;;) {
        pid_t ended = wait(&status);

        if (ended == program)
            result = status;
        else if (ended < 0 && errno != EINTR)
            return result;
    }
}

_Noreturn static void reap(const struct tree_plan *plan, int report)
{
    struct tree_cost cost = {0};
    struct rusage usage;

    if (prctl(PR_SET_CHILD_SUBREAPER, 1) || measure_pin(plan->cpus, plan->cpu_count))
        _exit(1);
    uint64_t start = measure_now_ns();
    pid_t program = fork();
    if (program < 0)
        _exit(1);
    if (!program)
        become(plan);
    cost.status = reap_all(program);
    cost.elapsed = (double)(measure_now_ns() - start) / 1e9;
    getrusage(RUSAGE_CHILDREN, &usage);
    cost.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    _exit(write(report, &cost, sizeof cost) == sizeof cost ? 0 : 1);
}

int tree_run(const struct tree_plan *plan, struct tree_cost *cost)
{
    int ends[2];

    *cost = (struct tree_cost){0};
    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    pid_t reaper = fork();
    if (!reaper)
        reap(plan, ends[1]);
    int err = reaper < 0 ? -errno : 0;
    close(ends[1]);
    bool driven = err || !plan->drive || plan->drive(plan->context);
    if (!driven) /* nothing may be left that would end the program: it dies with its reaper */
        kill(reaper, SIGKILL);
    if (!err && read(ends[0], cost, sizeof *cost) != sizeof *cost)
        err = -ECHILD;
    close(ends[0]);
    if (reaper > 0)
        waitpid(reaper, NULL, 0);
    cost->driven = driven;
    return err;
}
