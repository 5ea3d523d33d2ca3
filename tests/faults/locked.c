/* SPDX-License-Identifier: MIT
 *
 * usage: locked CURRENT FUTURE
 *
 * A program that no privilege exempts from RLIMIT_MEMLOCK locks all its memory: what is there now,
 * what will be there, or both (0 or 1 each). That fits into the limit with some MiB to spare, of
 * which it then takes a part, and ends with all that there is.
 */
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "faults/fault.h"

enum { LIMIT = 8 << 20, BLOCK = 100 << 10, BLOCKS = 20, NOBODY = 65534, PATHS = 2000 };

static void become_nobody(void)
{
    if (geteuid() != 0)
        return;
    CHECK(setgroups(0, NULL) == 0);
    CHECK(setresgid(NOBODY, NOBODY, NOBODY) == 0);
    CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

/* At 2000 stacks. */
NOINLINE static void at_path(unsigned path, int depth)
{
    if (depth == 0)
        free(fault_kept(malloc(60)));
    else if (path >> depth & 1) {
        at_path(path, depth - 1);
        __asm__ volatile("" ::: "memory");
    } else {
        at_path(path, depth - 1);
        __asm__ volatile("nop" ::: "memory");
    }
}

NOINLINE static void *in_thread(void *unused)
{
    free(fault_kept(malloc(500)));
    return unused;
}

int main(int argc, char **argv)
{
    int current = argc > 1 && *argv[1] == '1', future = argc > 2 && *argv[2] == '1';
    static void *blocks[BLOCKS];
    pthread_attr_t small;
    pthread_t thread;

    CHECK(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){LIMIT, LIMIT}) == 0);
    become_nobody();
    free(fault_kept(malloc(10)));
    CHECK(mlockall((current ? MCL_CURRENT : 0) | (future ? MCL_FUTURE : 0)) == 0);
    for (int i = 0; i < BLOCKS; i++)
        CHECK((blocks[i] = malloc(BLOCK)) != NULL);
    for (unsigned path = 0; path < PATHS; path++)
        at_path(path * 2, 12);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    CHECK(pthread_create(&thread, &small, in_thread, NULL) == 0);
    pthread_join(thread, NULL);
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    errno = 0;
    while (future && malloc(1 << 20))
        continue;
    fault_say("ends with %d\n", errno);
    fault_counted("at_path", PATHS, PATHS);
    fault_counted("in_thread", 1, 1);
    return 0;
}
