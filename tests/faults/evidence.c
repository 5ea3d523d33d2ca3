/* SPDX-License-Identifier: MIT
 *
 * Sites whose blocks have known sizes, lifetimes, growth and frees by another thread.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SITE __attribute__((noinline)) static

enum { BLOCKS = 1000, LONG = 40, CHAINS = 100 };

static void *blocks[BLOCKS];

/* 600 of 100 bytes, then 10 each of 1 to 40 bytes. */
SITE void sizes_of(int i)
{
    blocks[i] = malloc(i < 600 ? 100 : (size_t)(i - 600) / 10 + 1);
}

/* Freed after 150 ms, most of them at once. */
SITE void *long_lived(void)
{
    return malloc(50);
}

SITE void *short_lived(void)
{
    return malloc(60);
}

/* From 16 to 4096 bytes, doubling: 8 calls a chain. */
SITE void *grown(void *block, size_t bytes)
{
    return realloc(block, bytes);
}

SITE void *first_of_chain(void)
{
    return malloc(16);
}

SITE void *given_away(void)
{
    return malloc(70);
}

static void *free_all(void *unused)
{
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return unused;
}

int main(void)
{
    struct timespec pause = {.tv_nsec = 150000000};
    void *kept[LONG];
    pthread_t thread;

    for (int i = 0; i < BLOCKS; i++)
        sizes_of(i);
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    for (int i = 0; i < LONG; i++)
        kept[i] = long_lived();
    nanosleep(&pause, NULL);
    for (int i = 0; i < 200; i++) /* the clock is read now and then, not at each event */
        free(short_lived());
    for (int i = 0; i < LONG; i++)
        free(kept[i]);
    for (int i = 0; i < CHAINS; i++) {
        void *block = first_of_chain();
        for (size_t bytes = 32; bytes <= 4096; bytes *= 2)
            block = grown(block, bytes);
        free(block);
    }
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = given_away();
    pthread_create(&thread, NULL, free_all, NULL);
    pthread_join(thread, NULL);
    return 0;
}
