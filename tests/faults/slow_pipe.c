/* SPDX-License-Identifier: MIT
 *
 * usage: slow_pipe waits|fails PROGRAM [ARGUMENT]
 *
 * The program's messages go to a pipe that is small and slowly read, and that makes the writer wait
 * or refuses. What was written must arrive in whole lines where the writer waits.
 */
#include <fcntl.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { PIPE_BYTES = 4096, READ_BYTES = 64, PAUSE_US = 300 };

/* Passes on what comes, and looks at how it ends. */
static void read_slowly(int end, int waits)
{
    char bytes[READ_BYTES], last = '\n';
    ssize_t got;

    while ((got = read(end, bytes, sizeof bytes)) > 0) {
        last = bytes[got - 1];
        CHECK(write(STDERR_FILENO, bytes, (size_t)got) == got);
        usleep(PAUSE_US);
    }
    fault_say("%s\n", last != '\n' && waits ? "torn" : "whole");
}

int main(int argc, char **argv)
{
    int ends[2], status, waits = fault_is(argc, argv, "waits");

    CHECK(argc > 2 && pipe(ends) == 0);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) == PIPE_BYTES);
    CHECK(fcntl(ends[1], F_SETFL, waits ? 0 : O_NONBLOCK) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        execv(argv[2], argv + 2);
        _exit(1);
    }
    close(ends[1]);
    read_slowly(ends[0], waits);
    waitpid(pid, &status, 0);
    fault_say("ends with %d\n", status);
    return 0;
}
