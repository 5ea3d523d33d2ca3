/* SPDX-License-Identifier: MIT
 *
 * usage: dynamic_tls LIBRARY
 *
 * Thread-local data of a loaded library: the loader allocates it within the access.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>

#include "faults/fault.h"

enum { THREADS = 8, VISITS = 100 };

static int (*visit)(int);

static void *in_thread(void *value)
{
    intptr_t good = 0;

    for (int i = 0; i < VISITS; i++)
        good += visit((int)(intptr_t)value);
    return (void *)good;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    long good = 0;

    for (int round = 0; argc > 1 && round < 3; round++) {
        void *library = dlopen(argv[1], RTLD_NOW), *result;

        CHECK(library != NULL);
        visit = (int (*)(int))dlsym(library, "tls_visit");
        for (intptr_t i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, in_thread, (void *)(i + 1));
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], &result);
            good += (intptr_t)result;
        }
        dlclose(library);
    }
    fault_say("%ld\n", good);
    fault_counted("tls_visit", 3 * THREADS * VISITS, 3 * THREADS * VISITS);
    return 0;
}
