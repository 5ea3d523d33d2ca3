/* SPDX-License-Identifier: MIT
 *
 * Hundreds of threads at the same time; each frees what another one allocated.
 */
#include <pthread.h>
#include <stdint.h>

#include "faults/fault.h"

enum { THREADS = 400, BLOCKS = 50 };

static void *blocks[THREADS][BLOCKS];
static pthread_barrier_t all;

NOINLINE static void fill(void **list)
{
    for (int i = 0; i < BLOCKS; i++)
        list[i] = malloc((size_t)i * 17);
}

static void *in_thread(void *number)
{
    intptr_t me = (intptr_t)number;

    fill(blocks[me]);
    pthread_barrier_wait(&all);
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[(me + 7 * i + 1) % THREADS][i]);
    return NULL;
}

int main(void)
{
    static pthread_t threads[THREADS];
    pthread_attr_t small;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    pthread_barrier_init(&all, NULL, THREADS);
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], &small, in_thread, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    fault_say("ok\n");
    fault_counted("fill", THREADS * BLOCKS, THREADS * BLOCKS);
    return 0;
}
