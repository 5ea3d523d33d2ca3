/* SPDX-License-Identifier: MIT
 *
 * One thread makes messages, another one frees them: batch-free, in make_message.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <tare/vec.h>

enum { MESSAGES = 60000, PLACES = 256, BATCH = 64 };

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *places[PLACES];
    unsigned first, count;
};

static struct queue messages = {.lock = PTHREAD_MUTEX_INITIALIZER,
                                .changed = PTHREAD_COND_INITIALIZER};

static void push(struct queue *queue, void *message)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == PLACES)
        pthread_cond_wait(&queue->changed, &queue->lock);
    queue->places[(queue->first + queue->count++) % PLACES] = message;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static void *pop(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->count)
        pthread_cond_wait(&queue->changed, &queue->lock);
    void *message = queue->places[queue->first++ % PLACES];
    queue->count--;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    return message;
}

static __attribute__((noinline)) char *make_message(unsigned number)
{
    size_t bytes = 40 + number * 2654435761u % 1900;
    char *message = malloc(bytes);

    if (message)
        memset(message, (int)number, bytes);
    return message;
}

#ifdef REMEDIED
TARE_VEC_DEFINE_INLINE(blocks, void *, 4 * PLACES);

/* Those that go back, each with its batch. */
static struct queue done = {.lock = PTHREAD_MUTEX_INITIALIZER,
                            .changed = PTHREAD_COND_INITIALIZER};
static struct blocks kept;

static void let_go(void *message)
{
    if (!blocks_push(&kept, message))
        exit(1);
    if (kept.length < BATCH)
        return;
    pthread_mutex_lock(&done.lock);
    for (unsigned i = 0; i < BATCH && done.count < PLACES; i++)
        if (blocks_pop(&kept, &message))
            done.places[(done.first + done.count++) % PLACES] = message;
    pthread_mutex_unlock(&done.lock);
}

static void take_back(unsigned number)
{
    if (number % (BATCH / 2))
        return;
    pthread_mutex_lock(&done.lock);
    for (; done.count; done.count--)
        free(done.places[done.first++ % PLACES]);
    pthread_mutex_unlock(&done.lock);
}

static void take_rest(void)
{
    void *message;

    take_back(0);
    while (blocks_pop(&kept, &message))
        free(message);
}
#else
static void let_go(void *message)
{
    free(message);
}

static void take_back(unsigned number)
{
    (void)number;
}

static void take_rest(void)
{
}
#endif

static void *consume(void *nothing)
{
    void *message;

    while ((message = pop(&messages)))
        let_go(message);
    return nothing;
}

int main(void)
{
    pthread_t consumer;

    pthread_create(&consumer, NULL, consume, NULL);
    for (unsigned i = 0; i < MESSAGES; i++) {
        push(&messages, make_message(i));
        take_back(i);
    }
    push(&messages, NULL);
    pthread_join(consumer, NULL);
    take_rest();
    return 0;
}
