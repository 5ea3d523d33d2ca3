/* SPDX-License-Identifier: MIT
 *
 * usage: cancelling MODE
 *
 * Threads that allocate are cancelled: pending at a cancellation point, or at any instruction, with
 * blocks of one size only, which each thread has in a cache of its own.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "faults/fault.h"

enum { THREADS = 40, BYTES = 100 };

static atomic_int cleaned, under_way;
static int at_any;
static atomic_long made;

static void clean_up(void *block)
{
    free(block);
    cleaned++;
}

NOINLINE static void *pending(void *unused)
{
    pthread_cleanup_push(clean_up, malloc(BYTES));
    under_way = 1;
    for (long i = 1;; i++) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        free(fault_kept(malloc((size_t)(i % 3000))));
        made++;
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        free(fault_kept(malloc((size_t)(i % 30)))); /* no cancellation point */
        made++;
        pthread_testcancel();
    }
    pthread_cleanup_pop(1);
    return unused;
}

NOINLINE static void *any(void *unused)
{
    for (int i = 0; i < 10; i++)
        free(fault_kept(malloc(BYTES)));
    pthread_cleanup_push(clean_up, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    under_way = 1;
    while (1)
        free(fault_kept(malloc(BYTES)));
    pthread_cleanup_pop(1);
    return unused;
}

NOINLINE static void after(void)
{
    for (int i = 0; i < 1000; i++)
        free(fault_kept(malloc((size_t)i)));
}

int main(int argc, char **argv)
{
    pthread_t thread;
    void *result;
    int cancelled = 0;

    at_any = fault_is(argc, argv, "any");
    for (int i = 0; i < THREADS; i++) {
        under_way = 0;
        CHECK(pthread_create(&thread, NULL, at_any ? any : pending, NULL) == 0);
        while (!under_way)
            ;
        for (volatile int k = i * 37 % 1000; k > 0; k--)
            ;
        pthread_cancel(thread);
        pthread_join(thread, &result);
        cancelled += result == PTHREAD_CANCELED;
    }
    after();
    fault_say("%d %d\n", cancelled, cleaned);
    fault_counted("after", 1000, 1000);
    if (!at_any)
        fault_counted("pending", made + THREADS, made + THREADS);
    return 0;
}
