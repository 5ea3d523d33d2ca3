/* SPDX-License-Identifier: MIT
 *
 * usage: html_sampled BLOCKS - the same amount of work so many times, in 8,192 sites, for what sampling
 * costs a program. Prints for each when it ended, nanoseconds of CLOCK_MONOTONIC, and the processor time
 * that it took; and ends when its input does.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DEPTH = 13, KEPT = 20000, ROUNDS = 20000, MOST = 100000 };

static struct {
    uint64_t at_ns, cpu_ns;
} blocks[MOST];

static void *kept[KEPT];
static volatile uint32_t steps;

/* Each bit of `path` is another line of the stack. */
static __attribute__((noinline)) void *make(uint32_t path, int depth, size_t bytes)
{
    void *block;

    if (depth == 0)
        return malloc(bytes);
    if (path & 1)
        block = make(path >> 1, depth - 1, bytes);
    else
        block = make(path >> 1, depth - 1, bytes + 16);
    steps++; /* no tail call */
    return block;
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void work(void)
{
    static uint64_t random = 42;

    for (int i = 0; i < ROUNDS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint32_t drawn = (uint32_t)(random >> 33);
        void **at = &kept[drawn % KEPT];

        free(*at);
        *at = make(drawn >> 8, DEPTH, 16 + drawn % 200);
    }
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 100;

    for (int i = 0; i < count && i < MOST; i++) {
        uint64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

        work();
        blocks[i].cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
        blocks[i].at_ns = clock_ns(CLOCK_MONOTONIC);
    }
    for (int i = 0; i < count && i < MOST; i++)
        printf("%llu %llu\n", (unsigned long long)blocks[i].at_ns,
               (unsigned long long)blocks[i].cpu_ns);
    puts("done");
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}
