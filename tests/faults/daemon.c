/* SPDX-License-Identifier: MIT
 *
 * A daemon: forks, leaves its terminal, folder and descriptors; another program takes over.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { BLOCKS = 500 };

NOINLINE static void in_daemon(void)
{
    for (int i = 0; i < BLOCKS; i++)
        free(fault_kept(malloc((size_t)i)));
}

int main(int argc, char **argv)
{
    char started[] = "started", *words[] = {argv[0], started, NULL}, end, self[4096];
    int pipes[2], status;

    if (fault_is(argc, argv, "started")) {
        in_daemon();
        return 0;
    }
    CHECK(realpath(argv[0], self) && pipe(pipes) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        in_daemon();
        CHECK(daemon(0, 0) == 0);
        umask(0);
        in_daemon();
        execv(self, words);
        _exit(1);
    }
    close(pipes[1]);
    waitpid(pid, &status, 0);
    fault_say("%d %d\n", status,
              (int)read(pipes[0], &end, 1)); /* until the last has ended */
    fault_counted("in_daemon", 3 * BLOCKS, 3 * BLOCKS);
    return 0;
}
