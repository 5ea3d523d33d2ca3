/* SPDX-License-Identifier: MIT
 *
 * Gives up what it may: group, user, root folder, being looked at; then allocates, and forks.
 * Without the right to, it only does the rest.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { DEPTHS = 200 };

NOINLINE static void confined(int depth)
{
    if (depth > 0) {
        confined(depth - 1);
        __asm__ volatile("" ::: "memory");
        return;
    }
    free(fault_kept(malloc(60)));
}

int main(int argc, char **argv)
{
    int status = 0, ignored = 0;

    free(fault_kept(malloc(1)));
    if (!fault_is(argc, argv, "user"))
        ignored |= chroot("/proc/self/fdinfo") + chdir("/");
    ignored |= setgid(65534);
    ignored |= setuid(65534);
    prctl(PR_SET_DUMPABLE, 0);
    (void)ignored;
    for (int i = 0; i < DEPTHS; i++)
        confined(i);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < DEPTHS; i++)
            confined(i);
        _exit(7);
    }
    waitpid(pid, &status, 0);
    fault_say("%d\n", WEXITSTATUS(status));
    return 0;
}
