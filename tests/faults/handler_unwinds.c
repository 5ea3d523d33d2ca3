/* SPDX-License-Identifier: MIT
 *
 * Signals arrive all the time, most of them inside malloc, and the handler calls backtrace().
 */
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>

#include "faults/fault.h"

enum { SIGNALS = 1500, BLOCKS = 100 };

static atomic_int handled, wrong;
static atomic_long made;

static void handler(int number)
{
    void *frames[64];
    int count = backtrace(frames, 64);

    (void)number;
    handled++;
    wrong += count < 2;
}

NOINLINE static void churn(int depth)
{
    void *blocks[BLOCKS];

    if (depth > 0) {
        churn(depth - 1);
        return;
    }
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = fault_kept(malloc((size_t)(i * 37 % 2000)));
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    made += BLOCKS;
}

static void *in_thread(void *unused)
{
    for (int i = 0; handled < SIGNALS; i++)
        churn(i % 30);
    return unused;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
    void *frames[4];
    pthread_t thread;

    backtrace(frames, 4); /* it loads a library at its first call */
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    pthread_create(&thread, NULL, in_thread, NULL);
    in_thread(NULL);
    pthread_join(thread, NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    fault_say("%d\n", wrong);
    fault_counted("churn", made, made);
    return 0;
}
