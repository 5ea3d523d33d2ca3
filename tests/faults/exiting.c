/* SPDX-License-Identifier: MIT
 *
 * usage: exiting MODE
 *
 * Exits while threads allocate, from handlers that allocate, from another thread, and after main's
 * thread has gone.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "faults/fault.h"

enum { THREADS = 3, BLOCKS = 1000 };

static atomic_int ready;

static void *forever(void *unused)
{
    for (long i = 0;; i++) {
        free(fault_kept(malloc((size_t)(i % 4000))));
        if (i == 10)
            ready++;
    }
    return unused;
}

NOINLINE static void at_exit(void)
{
    for (int i = 0; i < BLOCKS; i++)
        free(fault_kept(malloc((size_t)i)));
}

static void on_exit_too(int status, void *unused)
{
    (void)unused;
    at_exit();
    fault_say("%d\n", status);
}

static void *exits(void *unused)
{
    at_exit();
    exit(unused ? 3 : 4);
}

static void *last(void *unused)
{
    usleep(20000); /* main's thread is gone by then */
    at_exit();
    return unused;
}

__attribute__((destructor)) static void program_ends(void)
{
    at_exit();
}

int main(int argc, char **argv)
{
    pthread_t thread;

    atexit(at_exit);
    at_quick_exit(at_exit);
    on_exit(on_exit_too, NULL);
    for (int i = 0; fault_is(argc, argv, "threads") && i < THREADS; i++)
        pthread_create(&thread, NULL, forever, NULL);
    while (fault_is(argc, argv, "threads") && ready < THREADS)
        usleep(100);
    if (fault_is(argc, argv, "quick")) {
        fault_counted("at_exit", BLOCKS, BLOCKS);
        quick_exit(6);
    }
    if (fault_is(argc, argv, "thread") || fault_is(argc, argv, "last")) {
        fault_counted("at_exit", 4 * BLOCKS, 4 * BLOCKS);
        pthread_create(&thread, NULL, fault_is(argc, argv, "last") ? last : exits, argv);
        if (fault_is(argc, argv, "last"))
            pthread_exit(NULL);
        pthread_join(thread, NULL);
    }
    fault_counted("at_exit", 3 * BLOCKS, 3 * BLOCKS);
    return 5;
}
