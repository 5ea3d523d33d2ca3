/* SPDX-License-Identifier: MIT
 *
 * Anonymous mappings: ended whole, in parts, moved and grown, replaced, and by four threads. Of the
 * function "kept" 3 mappings of 40 pages stay, one without its middle 4 pages; all else goes.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, THREADS = 4, ROUNDS = 2000 };

static char *map(void *at, size_t pages, int flags)
{
    return mmap(at, pages * PAGE, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

__attribute__((noinline)) static void kept(void)
{
    for (int i = 0; i < 3; i++) {
        char *start = mmap(NULL, 40 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (i == 0)
            munmap(start + 10 * PAGE, 4 * PAGE);
    }
}

__attribute__((noinline)) static void moved(void)
{
    char *start = map(NULL, 1, 0);

    *start = 'x';
    start = mremap(start, PAGE, 1000 * PAGE, MREMAP_MAYMOVE);
    if (start == MAP_FAILED || *start != 'x')
        puts("wrong: mremap");
    start = map(start, 1000, MAP_FIXED);
    munmap(start, 500 * PAGE);
    munmap(start + 400 * PAGE, 600 * PAGE);
}

static void *work(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        char *start = map(NULL, 5, 0);

        munmap(start + 2 * PAGE, PAGE);
        munmap(start, 5 * PAGE);
    }
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];

    kept();
    moved();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    /* what is no anonymous private mapping does not count */
    munmap(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0), PAGE);
    return 0;
}
