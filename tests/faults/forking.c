/* SPDX-License-Identifier: MIT
 *
 * usage: forking MODE
 *
 * Forks at bad moments: while other threads allocate, and from a signal handler in the middle of
 * malloc, by fork, _Fork or the bare system call; the child allocates and exits.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { FORKS = 20, BLOCKS = 50 };

static atomic_int busy = 1, forks, failed;
static pid_t (*fork_now)(void) = fork;
static int returns;
static volatile sig_atomic_t is_child;

static pid_t bare_fork(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

NOINLINE static void in_child(void)
{
    for (int i = 0; i < BLOCKS; i++)
        free(fault_kept(malloc((size_t)i * 100)));
}

static void fork_and_wait(void)
{
    int status = 1;
    pid_t pid = fork_now();

    if (pid == 0 && returns) {
        is_child = 1;
        return;
    }
    if (pid == 0) {
        in_child();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    failed += status != 0;
}

static void handler(int number)
{
    (void)number;
    if (++forks <= FORKS)
        fork_and_wait();
}

NOINLINE static void churn(int depth)
{
    if (depth > 0)
        churn(depth - 1);
    else
        free(fault_kept(malloc(100)));
}

static void *in_thread(void *unused)
{
    for (int i = 0; busy; i++)
        churn(i % 20);
    return unused;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct itimerval often = {{0, 700}, {0, 700}}, never = {{0, 0}, {0, 0}};
    int in_handler = fault_is(argc, argv, "handler") || fault_is(argc, argv, "_Fork");
    pthread_t threads[3];

    fork_now = fault_is(argc, argv, "bare") ? bare_fork : fork;
    returns = fault_is(argc, argv, "returns");
    if (fault_is(argc, argv, "_Fork"))
        fork_now = _Fork;
    if (in_handler || returns) {
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &often, NULL);
        for (int i = 0; !is_child && forks < FORKS; i++)
            churn(i % 20);
        if (is_child) {
            in_child();
            _exit(0);
        }
        setitimer(ITIMER_REAL, &never, NULL);
    } else {
        for (int i = 0; i < 3; i++)
            pthread_create(&threads[i], NULL, in_thread, NULL);
        for (int i = 0; i < FORKS; i++)
            fork_and_wait();
        busy = 0;
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
    }
    fault_say("%d\n", failed);
    fault_counted("in_child", FORKS * BLOCKS, FORKS * BLOCKS);
    return 0;
}
