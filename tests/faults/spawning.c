/* SPDX-License-Identifier: MIT
 *
 * usage: spawning MODE
 *
 * Starts other programs in every way, from several threads at once; the program started is this
 * one.
 */
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { THREADS = 4, EACH = 2, BLOCKS = 100 };

extern char **environ;
static char *self, *mode;

NOINLINE static void in_started(void)
{
    for (int i = 0; i < BLOCKS; i++)
        free(fault_kept(malloc((size_t)i)));
}

/* A vfork's child runs in its parent's memory: what it allocates there is the parent's. */
static int by_vfork(char **words)
{
    int status = -1;
    pid_t pid = vfork();

    if (pid == 0) {
        free(fault_kept(malloc(10)));
        execv(self, words);
        _exit(1);
    }
    waitpid(pid, &status, 0);
    return status;
}

static int by_spawn(char **words)
{
    int status = -1;
    pid_t pid;

    if (posix_spawn(&pid, self, NULL, NULL, words, environ) == 0)
        waitpid(pid, &status, 0);
    return status;
}

static int by_shell(void)
{
    char command[4200];

    snprintf(command, sizeof command, "'%s' started", self);
    if (strcmp(mode, "system") == 0)
        return system(command);
    FILE *pipe = popen(command, "r");
    return pipe ? pclose(pipe) : -1;
}

static void *in_thread(void *unused)
{
    char started[] = "started", *words[] = {self, started, NULL};
    int failed = 0;

    (void)unused;
    for (int i = 0; i < EACH; i++) {
        in_started();
        failed += 0 != (strcmp(mode, "vfork") == 0   ? by_vfork(words)
                        : strcmp(mode, "spawn") == 0 ? by_spawn(words)
                                                     : by_shell());
    }
    return failed ? self : NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    void *failed;
    int count = 0;

    self = argv[0];
    mode = argc > 1 ? argv[1] : "vfork";
    if (fault_is(argc, argv, "started")) {
        in_started();
        return 0;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, in_thread, NULL);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &failed);
        count += failed != NULL;
    }
    fault_say("%d\n", count);
    fault_counted("in_started", 2L * THREADS * EACH * BLOCKS, 2L * THREADS * EACH * BLOCKS);
    return 0;
}
