/* SPDX-License-Identifier: MIT
 *
 * Two threads, one after the other, each with events that it makes and handles in any order: pool, in
 * post_event.
 */
#include <pthread.h>
#include <stdlib.h>

#include <tare/pool.h>

enum { EVENTS = 80000, PENDING = 64, THREADS = 2 };

struct event {
    struct event *next;
    unsigned kind, time;
    double values[4];
};

#ifdef REMEDIED
TARE_POOL_DEFINE(event, struct event);
#else
static struct event *event_alloc(void)
{
    return malloc(sizeof(struct event));
}

static void event_free(struct event *event)
{
    free(event);
}
#endif

static __attribute__((noinline)) void post_event(struct event **place, unsigned time)
{
    *place = event_alloc();
    if (*place)
        **place = (struct event){.kind = time % 5, .time = time};
}

static __attribute__((noinline)) void handle_event(struct event **place)
{
    event_free(*place);
    *place = NULL;
}

static void *work(void *seed)
{
    struct event *pending[PENDING] = {0};
    unsigned random = *(unsigned *)seed;

    for (unsigned i = 0; i < EVENTS; i++) {
        random = random * 1103515245u + 12345;
        unsigned at = random >> 16 & (PENDING - 1);

        handle_event(&pending[at]);
        post_event(&pending[at], i);
    }
    for (unsigned i = 0; i < PENDING; i++)
        handle_event(&pending[i]);
    return NULL;
}

int main(void)
{
    unsigned seeds[THREADS] = {1, 2};
    pthread_t threads[THREADS];

    /* At the same time each would have pages of its own, or not, as they happen to run. */
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, &seeds[i]) == 0)
            pthread_join(threads[i], NULL);
    return 0;
}
