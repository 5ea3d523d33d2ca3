/* SPDX-License-Identifier: MIT
 *
 * usage: small_stacks MODE
 *
 * Allocates where there is little stack: in threads of PTHREAD_STACK_MIN, on the smallest alternate
 * stack, and after an overflow that a handler there ended.
 */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>

#include "faults/fault.h"

enum { THREADS = 50, BLOCKS = 100, OVERFLOWS = 20, LEFT = 12 << 10 };

static sigjmp_buf out;
static long made;
static volatile int one = 1;

NOINLINE static void little(int n)
{
    free(fault_kept(malloc((size_t)n * 10)));
    made++;
}

static void *in_thread(void *unused)
{
    for (int i = 0; i < BLOCKS; i++)
        little(i);
    return unused;
}

static void on_small_stack(int number)
{
    little(number);
    if (number == SIGSEGV)
        siglongjmp(out, 1);
}

/* Always with LEFT bytes of stack to go when it allocates. */
NOINLINE static int overflow(int depth)
{
    volatile char room[LEFT];

    room[0] = (char)depth;
    if (depth % 64 == 0)
        little(depth % 100);
    return overflow(depth + one) + room[0];
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_small_stack, .sa_flags = SA_ONSTACK};
    static char memory[1 << 16];
    stack_t stack = {.ss_sp = memory, .ss_size = (size_t)sysconf(_SC_SIGSTKSZ)};
    pthread_attr_t smallest;
    pthread_t thread;

    pthread_attr_init(&smallest);
    pthread_attr_setstacksize(&smallest, (size_t)PTHREAD_STACK_MIN);
    for (int i = 0; fault_is(argc, argv, "threads") && i < THREADS; i++) {
        CHECK(pthread_create(&thread, &smallest, in_thread, NULL) == 0);
        pthread_join(thread, NULL);
    }
    CHECK(sigaltstack(&stack, NULL) == 0);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; fault_is(argc, argv, "handler") && i < BLOCKS; i++)
        raise(SIGUSR1);
    for (volatile int i = 0; fault_is(argc, argv, "overflow") && i < OVERFLOWS; i++) {
        if (sigsetjmp(out, 1) == 0)
            overflow(1);
    }
    little(3);
    fault_say("ok\n");
    fault_counted("little", made, made);
    return 0;
}
