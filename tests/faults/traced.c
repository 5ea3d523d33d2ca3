/* SPDX-License-Identifier: MIT
 *
 * A parent that traces its child stops it at every system call and for single steps, within malloc,
 * too.
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { BLOCKS = 1000, STEPS = 4000 };

NOINLINE static void in_child(void)
{
    for (int i = 0; i < BLOCKS; i++)
        free(fault_kept(malloc((size_t)i * 10)));
}

int main(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
            raise(SIGSTOP);
        in_child();
        _exit(7);
    }
    for (int i = 0; waitpid(pid, &status, 0) == pid && WIFSTOPPED(status); i++)
        ptrace(i < STEPS ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, pid, NULL, NULL);
    fault_say("%d\n", WEXITSTATUS(status));
    fault_counted("in_child", BLOCKS, BLOCKS);
    return 0;
}
