/* SPDX-License-Identifier: MIT
 *
 * A child in its parent's memory, with its parent's thread-local data and a stack of its own, while
 * the parent waits: what it allocates is the parent's.
 */
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { ROUNDS = 50, BLOCKS = 20 };

static char stack[256 << 10] __attribute__((aligned(16)));
static void *kept[BLOCKS];

NOINLINE static int in_child(void *unused)
{
    (void)unused;
    for (int i = 0; i < BLOCKS; i++)
        kept[i] = malloc((size_t)i + 1);
    return 7;
}

int main(void)
{
    int status, sum = 0;

    for (int i = 0; i < ROUNDS; i++) {
        pid_t pid =
            clone(in_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

        waitpid(pid, &status, 0);
        sum += WEXITSTATUS(status);
        for (int k = 0; k < BLOCKS; k++)
            free(kept[k]);
    }
    fault_say("%d\n", sum);
    fault_counted("in_child", ROUNDS * BLOCKS, ROUNDS * BLOCKS);
    return 0;
}
