/* SPDX-License-Identifier: MIT
 *
 * usage: deep FRAMES
 *
 * Recursion that allocates at every level, deeper than any stack that is kept.
 */
#include <pthread.h>
#include <stdint.h>

#include "faults/fault.h"

static volatile int one = 1;

NOINLINE static int descend(int depth)
{
    void *block = fault_kept(malloc(16));
    int result = depth > 0 ? descend(depth - one) + 1 : 0;

    free(block);
    return result;
}

static void *in_thread(void *depth)
{
    return (void *)(intptr_t)descend((int)(intptr_t)depth);
}

int main(int argc, char **argv)
{
    long depth = argc > 1 ? atol(argv[1]) : 200000;
    pthread_attr_t large;
    pthread_t thread;
    void *result;

    pthread_attr_init(&large);
    CHECK(pthread_attr_setstacksize(&large, (size_t)depth * 100 + (1 << 20)) == 0);
    CHECK(pthread_create(&thread, &large, in_thread, (void *)depth) == 0);
    pthread_join(thread, &result);
    fault_say("%ld\n", (long)(intptr_t)result);
    fault_counted("descend", depth + 1, depth + 1);
    return 0;
}
