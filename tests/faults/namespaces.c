/* SPDX-License-Identifier: MIT
 *
 * Process 1 of a namespace of its own, whose children have small numbers, and see another /proc.
 * Where that is not allowed it does the rest.
 */
#include <sched.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { CHILDREN = 8, BLOCKS = 100 };

NOINLINE static void inside(void)
{
    for (int i = 0; i < BLOCKS; i++)
        free(fault_kept(malloc((size_t)i)));
}

static int first_process(void)
{
    int status, failed = 0;

    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            inside();
            _exit(0);
        }
        waitpid(pid, &status, 0);
        failed += status != 0;
    }
    return failed;
}

int main(void)
{
    int status = 0;

    if (unshare(CLONE_NEWPID) != 0)
        (void)!unshare(CLONE_NEWUSER | CLONE_NEWPID);
    pid_t pid = fork();
    if (pid == 0)
        _exit(first_process());
    waitpid(pid, &status, 0);
    fault_say("%d\n", status);
    fault_counted("inside", CHILDREN * BLOCKS, CHILDREN * BLOCKS);
    return 0;
}
