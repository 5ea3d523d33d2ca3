/* SPDX-License-Identifier: MIT
 *
 * usage: early MODE
 *
 * Allocates before any constructor has run, as what dlsym, getenv and other libraries call does.
 */
#include <dlfcn.h>
#include <pthread.h>

#include "faults/fault.h"

enum { THREADS = 4, BLOCKS = 20000 };

static void *blocks[10];
static pthread_t threads[THREADS];
static int started;

NOINLINE static void before_all(void)
{
    for (int i = 0; i < 10; i++)
        blocks[i] = calloc(3, 100);
    dlsym(RTLD_NEXT, "no such symbol"); /* its message is allocated */
    dlerror();
    free(blocks[9]);
}

NOINLINE static void *in_thread(void *unused)
{
    for (int i = 0; i < BLOCKS; i++)
        free(fault_kept(malloc((size_t)i % 500)));
    return unused;
}

static void preinit(int argc, char **argv, char **environment)
{
    (void)environment;
    if (fault_is(argc, argv, "allocate"))
        before_all();
    if (fault_is(argc, argv, "no-environment"))
        clearenv();
    if (fault_is(argc, argv, "threads")) {
        for (; started < THREADS; started++)
            pthread_create(&threads[started], NULL, in_thread, NULL);
    }
}

__attribute__((section(".preinit_array"),
               used)) static void (*const first)(int, char **, char **) = preinit;

int main(int argc, char **argv)
{
    if (fault_is(argc, argv, "allocate"))
        fault_counted("before_all", 10, 1);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (started)
        fault_counted("in_thread", THREADS * BLOCKS, THREADS * BLOCKS);
    if (fault_is(argc, argv, "no-environment")) {
        clearenv(); /* the C library has set it anew in between */
        in_thread(NULL);
        fault_counted("in_thread", BLOCKS, BLOCKS);
    }
    fault_say("ok\n");
    return 0;
}
