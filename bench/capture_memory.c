/* SPDX-License-Identifier: MIT
 *
 * usage: capture_memory blocks BYTES COUNT
 *        Keeps COUNT blocks of each of the 16 sizes from BYTES on. Prints the bytes of heap that
 *        a block of each size takes, and the process's private bytes.
 *    or: capture_memory sites SITES THREADS FRAMES
 *        Allocates and frees a block with SITES distinct stacks in each of THREADS threads. The
 *        stacks are the leaves of a binary tree, each with FRAMES frames more that it shares with
 *        no other. Prints the process's private bytes while all threads are there.
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/measure.h"

enum { LEVELS = 15, SIZES = 16, BLOCK_BYTES = 32, MOST_THREADS = 64 };

/* In memory by this process alone. Without stdio, whose buffers would count. */
static long private_bytes(void)
{
    static char text[4096];
    long kib = 0;
    int file = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    ssize_t bytes = file < 0 ? -1 : read(file, text, sizeof text - 1);

    if (bytes < 0)
        return -1;
    close(file);
    text[bytes] = '\0';
    for (const char *at = text; (at = strstr(at, "\nPrivate_")); at++)
        kib += strtol(strchr(at, ':') + 1, NULL, 10);
    return kib * 1024;
}

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static int keep_blocks(size_t bytes, size_t count)
{
    double used[SIZES];

    for (size_t i = 0; i < SIZES; i++) {
        size_t before = heap_bytes();

        for (size_t n = 0; n < count; n++) {
            char *block = malloc(bytes + i);

            if (!block)
                return 1;
            *block = 1; /* resident */
            measure_keep(block);
        }
        used[i] = (double)(heap_bytes() - before) / (double)count;
    }
    long resident = private_bytes();
    fputs("result: ", stdout);
    for (size_t i = 0; i < SIZES; i++)
        printf("%.3f ", used[i]);
    printf("%ld\n", resident);
    return 0;
}

static unsigned long site_count, extra_frames;
static pthread_barrier_t measured;

/* The compiler may turn none of these calls into a jump: each is to be a frame. */
#define FRAME __attribute__((noinline, noclone)) static void
#define STAY __asm__ volatile("")

FRAME deepen(unsigned long frames)
{
    if (frames) {
        deepen(frames - 1);
        STAY;
        return;
    }
    void *block = malloc(BLOCK_BYTES);
    measure_keep(block);
    free(block);
}

FRAME step_right(unsigned long site, unsigned level);

FRAME step_left(unsigned long site, unsigned level)
{
    if (!level)
        deepen(extra_frames);
    else if (site >> (level - 1) & 1)
        step_right(site, level - 1);
    else
        step_left(site, level - 1);
    STAY;
}

FRAME step_right(unsigned long site, unsigned level)
{
    if (!level)
        deepen(extra_frames);
    else if (site >> (level - 1) & 1)
        step_right(site, level - 1);
    else
        step_left(site, level - 1);
    STAY;
}

static void *touch_all(void *context)
{
    sem_t *done = context;

    for (unsigned long site = 0; site < site_count; site++)
        step_left(site, LEVELS);
    sem_post(done);
    pthread_barrier_wait(&measured);
    return NULL;
}

static int touch_sites(unsigned threads)
{
    pthread_t others[MOST_THREADS];
    sem_t done;

    sem_init(&done, 0, 0);
    pthread_barrier_init(&measured, NULL, threads + 1);
    /* One after the other, so that memory does not depend on who met which lock. */
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&others[i], NULL, touch_all, &done))
            return 1;
        sem_wait(&done);
    }
    long resident = private_bytes();
    pthread_barrier_wait(&measured);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(others[i], NULL);
    printf("result: %ld\n", resident);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "blocks") == 0)
        return keep_blocks(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    if (argc == 5 && strcmp(argv[1], "sites") == 0) {
        unsigned long threads = strtoul(argv[3], NULL, 10);

        site_count = strtoul(argv[2], NULL, 10);
        extra_frames = strtoul(argv[4], NULL, 10);
        if (site_count <= 1ul << LEVELS && threads >= 1 && threads <= MOST_THREADS)
            return touch_sites((unsigned)threads);
    }
    fputs("usage: capture_memory blocks BYTES COUNT | sites SITES THREADS FRAMES\n",
          stderr);
    return 2;
}
