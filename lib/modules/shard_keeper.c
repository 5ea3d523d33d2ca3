/* SPDX-License-Identifier: MIT
 *
 * The keeper: a process that was forked when the program was as small as it was then, has one thread
 * and does nothing but wait. So a fork of it costs the same later, whatever the program has become.
 * It waits for the program as well, by a descriptor: PR_SET_PDEATHSIG is sent when the thread ends
 * that forked, and that may be any of the program's.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "modules/fault_guard.h"
#include "modules/shard_core.h"

enum { PROGRAM_FD = 3 };

static int open_process(pid_t process)
{
    return (int)syscall(SYS_pidfd_open, process, 0);
}

/* Nothing of the program's but the memory: no handlers, no descriptors, not its terminal's signals. */
static void leave_program(int program_fd)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    tare__fault_guard_forget();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    if (program_fd != PROGRAM_FD)
        dup2(program_fd, PROGRAM_FD);
    syscall(SYS_close_range, PROGRAM_FD + 1, ~0U, 0);
}

static pid_t start_shard(struct tare_shard *shard)
{
    pid_t keeper = getpid();
    pid_t process = fork();

    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != keeper)
            _exit(0);
        tare__shard_work(shard);
    }
    return process;
}

/* The status that it ended with; the program's end is the keeper's as well. */
static int wait_for_end(pid_t process)
{
    struct pollfd ends[] = {{.fd = PROGRAM_FD, .events = POLLIN},
                            {.fd = open_process(process), .events = POLLIN}};
    int status = 0;

    while (!ends[0].revents && !ends[1].revents)
        if (poll(ends, 2, -1) < 0 && errno != EINTR)
            _exit(1);
    if (ends[0].revents)
        _exit(0); /* the shard's parent has ended: it is killed */
    close(ends[1].fd);
    waitpid(process, &status, 0);
    return status;
}

/* Did it do that itself, or was it somebody from outside? */
static bool is_fault(int status)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : SIGABRT;

    return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
           number == SIGABRT || number == SIGTRAP;
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void keep(struct tare_shard *shard, int64_t *times)
{
    struct tare__shared *shared = shard->shared;
    struct tare__restarts restarts = {0};

    for (;;) {
        pid_t process = start_shard(shard);

        if (process < 0)
            break;
        int status = wait_for_end(process);
        shared->is_after_fault = is_fault(status);
        if (!tare__restart_is_allowed(&shard->rule, &restarts, times, now_ns()))
            break;
        __atomic_store_n(&shared->restarts, shared->restarts + 1, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&shared->is_over, 1, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i <= shard->options.ports; i++)
        tare__wake_sleeper(&shard->ports[i].is_waiting);
}

int tare__keeper_start(struct tare_shard *shard)
{
    size_t times_bytes = (shard->rule.most + (size_t)1) * sizeof(int64_t);
    int64_t *times = tare_mem_alloc(shard->options.mem, times_bytes, _Alignof(int64_t));
    int program_fd = open_process(getpid());
    int err = 0;

    if (!times || program_fd < 0) {
        err = times ? -errno : -ENOMEM;
    } else {
        shard->keeper = fork();
        if (shard->keeper == 0) {
            leave_program(program_fd);
            keep(shard, times);
            _exit(0);
        }
        err = shard->keeper < 0 ? -errno : 0;
    }
    if (!err && (shard->keeper_fd = open_process(shard->keeper)) < 0) {
        err = -errno;
        kill(shard->keeper, SIGKILL);
        waitpid(shard->keeper, NULL, 0);
    }
    if (program_fd >= 0)
        close(program_fd);
    tare_mem_free(shard->options.mem, times, times_bytes, _Alignof(int64_t));
    return err;
}
