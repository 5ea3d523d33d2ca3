/* SPDX-License-Identifier: MIT
 *
 * usage: handler_allocates [lasting]
 *
 * A signal handler allocates in the middle of malloc. Main and handler use blocks of one size each,
 * which are in the allocator's caches: there they do not meet. So what must stand this is only what
 * lies between the program and the allocator. With "lasting" the signals, without SA_RESTART, come
 * until the process has ended; the handler allocates no more from when the counts are told.
 */
#include <signal.h>
#include <sys/time.h>

#include "faults/fault.h"

enum { SIGNALS = 1500, MAIN_BYTES = 100, HANDLER_BYTES = 1000 };

static volatile sig_atomic_t handled, told;
static volatile long done;

NOINLINE static void in_handler(void)
{
    free(fault_kept(malloc(HANDLER_BYTES)));
}

static void handler(int number)
{
    (void)number;
    if (told)
        return;
    handled++;
    in_handler();
}

NOINLINE static void in_main(int depth)
{
    if (depth > 0) {
        in_main(depth - 1);
        __asm__ volatile("" ::: "memory");
        return;
    }
    free(fault_kept(malloc(MAIN_BYTES)));
    done++;
}

int main(int argc, char **argv)
{
    int lasting = fault_is(argc, argv, "lasting");
    struct sigaction action = {.sa_handler = handler, .sa_flags = lasting ? 0 : SA_RESTART};
    struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};

    for (int i = 0; i < 20; i++) {
        void *a = fault_kept(malloc(MAIN_BYTES)), *b = fault_kept(malloc(HANDLER_BYTES));
        free(a);
        free(b);
    }
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; handled < SIGNALS; i++)
        in_main(i % 20);
    told = 1;
    if (!lasting)
        setitimer(ITIMER_REAL, &never, NULL);
    fault_say("ok\n");
    fault_counted("in_main", done, done);
    fault_counted("in_handler", handled, handled);
    return 0;
}
