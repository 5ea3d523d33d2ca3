/* SPDX-License-Identifier: MIT
 *
 * usage: capture_loop THREADS PAIRS - malloc and free in a loop, in each thread; prints the
 * nanoseconds a pair took in a thread, on average. Each thread has a processor of its own.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/measure.h"

enum { BLOCK_BYTES = 64, WARM_UP_PART = 10 };

struct worker {
    int cpu;
    uint64_t pairs;
    double ns;
    pthread_t thread;
};

static pthread_barrier_t all_warm;

static void allocate_and_free(uint64_t pairs)
{
    for (uint64_t i = 0; i < pairs; i++) {
        void *block = malloc(BLOCK_BYTES);

        measure_keep(block);
        free(block);
    }
}

static void *work(void *context)
{
    struct worker *worker = context;

    measure_pin(&worker->cpu, 1);
    allocate_and_free(worker->pairs / WARM_UP_PART);
    pthread_barrier_wait(&all_warm);
    uint64_t start = measure_now_ns();
    allocate_and_free(worker->pairs);
    worker->ns = (double)(measure_now_ns() - start) / (double)worker->pairs;
    return NULL;
}

int main(int argc, char **argv)
{
    struct worker workers[MEASURE_CPUS];
    int cpus[MEASURE_CPUS];
    double sum = 0;
    unsigned threads = argc == 3 ? (unsigned)atoi(argv[1]) : 0;

    if (threads < 1 || threads > measure_cpus(cpus)) {
        fputs("usage: capture_loop THREADS PAIRS; a processor for each thread\n", stderr);
        return 2;
    }
    pthread_barrier_init(&all_warm, NULL, threads);
    for (unsigned i = 0; i < threads; i++)
        workers[i] = (struct worker){.cpu = cpus[i], .pairs = strtoull(argv[2], NULL, 10)};
    for (unsigned i = 1; i < threads; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
            return 1;
    work(&workers[0]);
    for (unsigned i = 0; i < threads; i++) {
        if (i)
            pthread_join(workers[i].thread, NULL);
        sum += workers[i].ns;
    }
    printf("result: %.4f\n", sum / threads);
    return 0;
}
