/* SPDX-License-Identifier: MIT
 *
 * Threads with a buffer of their own each, for as long as they run: nothing to advise.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { THREADS = 4, BYTES = 256 << 10, ROUNDS = 40 };

static void *work(void *seed)
{
    uint32_t *buffer = malloc(BYTES);
    uint32_t random = *(uint32_t *)seed;

    for (unsigned i = 0; buffer && i < ROUNDS; i++)
        for (unsigned k = 0; k < BYTES / sizeof *buffer; k++)
            buffer[k] = random = random * 1664525u + 1013904223u;
    for (unsigned k = 0; buffer && k < BYTES / sizeof *buffer; k++)
        *(volatile uint32_t *)seed += buffer[k];
    free(buffer);
    return NULL;
}

int main(void)
{
    uint32_t seeds[THREADS] = {1, 2, 3, 4};
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, &seeds[i]);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
