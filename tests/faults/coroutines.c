/* SPDX-License-Identifier: MIT
 *
 * Contexts that switch at every allocation, on stacks that are unmapped afterwards, and signal
 * handlers that interrupt them, all on one alternate stack.
 */
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "faults/fault.h"

enum { CONTEXTS = 200, SWITCHES = 50, STACK = 64 << 10 };

static ucontext_t outside, inside;
static volatile int one = 1, ended;

NOINLINE static void work(int depth)
{
    if (depth > 0) {
        work(depth - one);
        __asm__ volatile("" ::: "memory");
        return;
    }
    void *block = fault_kept(malloc(50));
    if (ended)
        raise(SIGUSR1);
    else
        swapcontext(&inside, &outside);
    free(block);
}

NOINLINE static void on_alternate(int number)
{
    free(fault_kept(malloc((size_t)number)));
}

static void body(void)
{
    for (int i = 0; i < SWITCHES; i++)
        work(i % 10);
    ended = 1;
    work(3);
}

int main(void)
{
    static char alternate[64 << 10];
    struct sigaction action = {.sa_handler = on_alternate, .sa_flags = SA_ONSTACK};
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};

    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < CONTEXTS; i++) {
        void *memory =
            mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        CHECK(memory != MAP_FAILED && getcontext(&inside) == 0);
        inside.uc_stack.ss_sp = memory;
        inside.uc_stack.ss_size = STACK;
        inside.uc_link = &outside;
        makecontext(&inside, body, 0);
        for (ended = 0; !ended;)
            swapcontext(&outside, &inside);
        munmap(memory, STACK);
        raise(SIGUSR1);
    }
    fault_say("ok\n");
    fault_counted("work", CONTEXTS * (SWITCHES + 1), CONTEXTS * (SWITCHES + 1));
    fault_counted("on_alternate", 2 * CONTEXTS, 2 * CONTEXTS);
    return 0;
}
