/* SPDX-License-Identifier: MIT
 *
 * Signals go to the thread that waits for them, and no thread is there that the program did not
 * start; its signal mask, dispositions and alternate stack are its own.
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>

#include "faults/fault.h"

enum { SIGNALS = 200 };

static int threads_of_process(void)
{
    DIR *folder = opendir("/proc/self/task");
    int count = 0;

    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count - 2; /* . and .. */
}

NOINLINE static void *sends(void *unused)
{
    for (int i = 0; i < SIGNALS; i++) {
        free(fault_kept(malloc((size_t)i)));
        kill(getpid(), SIGUSR1);
        while (1) {
            sigset_t pending;
            sigpending(&pending);
            if (!sigismember(&pending, SIGUSR1))
                break;
            usleep(10);
        }
    }
    return unused;
}

int main(void)
{
    sigset_t set, mask;
    stack_t stack;
    int got = 0, number, own = 0, blocked = 0;
    pthread_t thread;

    free(fault_kept(malloc(10)));
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int i = 1; i < 65; i++) {
        struct sigaction action;

        if (sigaction(i, NULL, &action) == 0)
            own += action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
        blocked += sigismember(&mask, i) == 1;
    }
    sigaltstack(NULL, &stack);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&thread, NULL, sends, NULL);
    while (got < SIGNALS && sigwait(&set, &number) == 0)
        got++;
    int seen = threads_of_process();
    pthread_join(thread, NULL);
    fault_say("%d %d %d %d %d\n", got, seen <= 2, own, blocked,
              !!(stack.ss_flags & SS_DISABLE));
    fault_counted("sends", SIGNALS, SIGNALS);
    return 0;
}
