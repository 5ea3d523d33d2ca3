/* SPDX-License-Identifier: MIT
 *
 * Puts a file system of 1 MiB over the folder of TARE_OUTPUT, in a name space of its own, fills most of it, and
 * forks a child that allocates at more stacks than there is room for. Where that is not allowed it
 * does the rest.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { DEPTHS = 1500 };

NOINLINE static int at_depth(int depth, int way)
{
    int below = 0;

    if (depth > 0)
        below = depth % 3 == way ? at_depth(depth - 1, way) : at_depth(depth - 1, way);
    else
        free(fault_kept(malloc(60)));
    return below + 1;
}

int main(void)
{
    char folder[4096], *output = getenv("TARE_OUTPUT");
    static char zeros[700 << 10];
    int status = 0;

    snprintf(folder, sizeof folder, "%s", output ? output : "");
    if (output && strrchr(folder, '/'))
        *strrchr(folder, '/') = '\0';
    if (output && unshare(CLONE_NEWNS) == 0 &&
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("none", folder, "tmpfs", 0, "size=1m") == 0 && chdir(folder) == 0) {
        int fd = open("most", O_WRONLY | O_CREAT, 0600);
        (void)!write(fd, zeros, sizeof zeros);
    }
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < DEPTHS; i++)
            at_depth(i, i % 5);
        _exit(7);
    }
    waitpid(pid, &status, 0);
    fault_say("%d %d\n", WIFSIGNALED(status), WEXITSTATUS(status));
    return 0;
}
