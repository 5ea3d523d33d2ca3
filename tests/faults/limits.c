/* SPDX-License-Identifier: MIT
 *
 * usage: limits MODE
 *
 * Runs itself again under a limit, and there allocates at many stacks, to the limit and beyond, in
 * a child, too.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "faults/fault.h"

enum { DEPTHS = 300 };

static const struct mode {
    const char *name;
    int resource;
    rlim_t limit;
} modes[] = {
    {"as", RLIMIT_AS, 80 << 20},          {"data", RLIMIT_DATA, 60 << 20},
    {"files", RLIMIT_NOFILE, 4},          {"size", RLIMIT_FSIZE, 0},
    {"processes", RLIMIT_NPROC, 0},       {"stack", RLIMIT_STACK, 256 << 10},
    {"locked", RLIMIT_MEMLOCK, 64 << 20}, {"core", RLIMIT_CORE, 0},
};

NOINLINE static void at_depth(int depth)
{
    if (depth > 0) {
        at_depth(depth - 1);
        __asm__ volatile("" ::: "memory");
        return;
    }
    free(fault_kept(malloc(60)));
}

/* Until there is no more, if there is a limit to that; the program must be able to go on. */
static void exhaust(void)
{
    void **list = NULL, **block;

    errno = 0;
    for (int i = 0; i < 500 && (block = malloc(1 << 20)); i++) {
        *block = list;
        list = block;
    }
    CHECK(errno == 0 || errno == ENOMEM);
    for (; list; list = block) {
        block = *list;
        free(list);
    }
}

static int limited(const char *name)
{
    int status = 0;

    if (strcmp(name, "locked") == 0)
        mlockall(MCL_CURRENT | MCL_FUTURE);
    if (strcmp(name, "as") == 0 || strcmp(name, "data") == 0)
        exhaust();
    for (int depth = 0; depth < DEPTHS; depth++)
        at_depth(depth);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        for (int depth = 0; depth < DEPTHS; depth++)
            at_depth(depth);
        _exit(7);
    }
    waitpid(pid, &status, 0);
    fault_say("%s %d\n", name, WEXITSTATUS(status));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 2)
        return limited(argv[1]);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (!fault_is(argc, argv, modes[i].name))
            continue;
        struct rlimit limit = {modes[i].limit, modes[i].limit};
        char *words[] = {argv[0], argv[1], argv[1], NULL};

        setrlimit(modes[i].resource, &limit);
        execv(argv[0], words);
    }
    return 1;
}
