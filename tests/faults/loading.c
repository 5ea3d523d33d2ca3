/* SPDX-License-Identifier: MIT
 *
 * usage: loading THREADS ROUNDS LIBRARY...
 *
 * Threads load and unload libraries whose constructors allocate, while as many threads do nothing
 * but allocate.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "faults/fault.h"

static int rounds, libraries;
static char **names;
static atomic_int loading;
static atomic_long made;

static void *load(void *number)
{
    for (int i = 0; i < rounds; i++) {
        int which = (int)((intptr_t)number + i) % libraries;
        void *library = dlopen(names[which], RTLD_NOW | RTLD_LOCAL);
        void *(*alloc)(size_t);

        CHECK(library != NULL);
        alloc = (void *(*)(size_t))dlsym(library, "loaded_alloc");
        if (alloc)
            free(alloc(24));
        dlclose(library);
    }
    loading--;
    return NULL;
}

NOINLINE static void churn(long *count)
{
    free(fault_kept(malloc((size_t)(*count % 3000))));
    ++*count;
}

static void *allocate(void *unused)
{
    long count = 0;

    while (loading > 0)
        churn(&count);
    made += count;
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[32];
    int count;

    if (argc < 4)
        return 2;
    loading = count = atoi(argv[1]);
    rounds = atoi(argv[2]);
    libraries = argc - 3;
    names = argv + 3;
    for (int i = 0; i < 2 * count; i++)
        pthread_create(&threads[i], NULL, i % 2 ? allocate : load, (void *)(intptr_t)i);
    for (int i = 0; i < 2 * count; i++)
        pthread_join(threads[i], NULL);
    fault_say("ok\n");
    fault_counted("churn", made, made);
    if (libraries == 1 && count == 1) {
        fault_counted("loaded_alloc", rounds, rounds);
        fault_counted("loaded_begins", rounds, rounds);
    }
    return 0;
}
