/* SPDX-License-Identifier: MIT
 *
 * Two threads that need room for a frame while they look at it: arena (scratch), in decode_frame.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <tare/arena.h>

enum { FRAMES = 12000, THREADS = 2 };

static __attribute__((noinline)) unsigned look(const unsigned char *frame, size_t bytes)
{
    return frame[0] + frame[bytes - 1];
}

#ifdef REMEDIED
static __attribute__((noinline)) unsigned decode_frame(size_t bytes)
{
    TARE_ARENA_SCRATCH(scratch, NULL);
    unsigned char *frame = scratch.arena ? tare_arena_alloc(scratch.arena, bytes) : NULL;
    if (!frame)
        return 0;
    memset(frame, 7, bytes);
    return look(frame, bytes);
}
#else
static __attribute__((noinline)) unsigned decode_frame(size_t bytes)
{
    unsigned char *frame = malloc(bytes);
    unsigned sum;

    if (!frame)
        return 0;
    memset(frame, 7, bytes);
    sum = look(frame, bytes);
    free(frame);
    return sum;
}
#endif

static void *work(void *sum)
{
    for (unsigned i = 0; i < FRAMES; i++)
        *(unsigned *)sum += decode_frame(2000 + i * 17 % 6000);
    return NULL;
}

int main(void)
{
    unsigned sums[THREADS] = {0};
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, &sums[i]);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return sums[0] != sums[1];
}
