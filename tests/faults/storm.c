/* SPDX-License-Identifier: MIT
 *
 * usage: storm MODE FILE
 *
 * Allocates, frees and reallocates until it is killed (mode "short": for a while), and keeps its
 * own account in FILE, mapped shared. The account has 4096 lines of sixteen 64-bit numbers, one
 * line for each thread of each process:
 *
 *     pid, 0, then what was begun: allocations, frees, bytes, freed bytes,
 *             then what was done: the same four, then unused ones
 *
 * so that at each moment what a recorder knows of the thread lies between the two. Line 0 is the
 * first process's first thread; its last number counts the lines that are taken.
 *
 * Modes: one (thread), threads (that end and begin, and free each other's blocks), forks (that
 * fork again), sites (a new call stack with most blocks), short (as one, then returns).
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINES = 4096, NUMBERS = 16, THREADS = 4, KEPT = 512, CHILDREN = 4, LARGE = 300000 };
enum { BEGUN = 2, DONE = 6, TAKEN = 15 };
enum { ALLOCATIONS, FREES, BYTES, FREED };

typedef volatile uint64_t line_numbers[NUMBERS];
static line_numbers *lines;

struct worker {
    volatile uint64_t *line;
    uint64_t random;
    char *blocks[KEPT]; /* each begins with its size */
};

static char *exchanged[64]; /* between threads */

#define ORDER() __asm__ volatile("" ::: "memory")
#define NOINLINE __attribute__((noinline))

static uint64_t next_random(struct worker *worker)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return worker->random;
}

static size_t size_of(const char *block)
{
    size_t bytes;

    memcpy(&bytes, block, sizeof bytes);
    return bytes;
}

static void count(struct worker *worker, int from, int what, uint64_t bytes)
{
    worker->line[from + what]++;
    worker->line[from + what + BYTES] += bytes;
    ORDER();
}

static char *keep_size(char *block, size_t bytes)
{
    if (!block)
        abort();
    memcpy(block, &bytes, sizeof bytes);
    return block;
}

NOINLINE static char *take(struct worker *worker, size_t bytes)
{
    count(worker, BEGUN, ALLOCATIONS, bytes);
    char *block = malloc(bytes);
    ORDER();
    count(worker, DONE, ALLOCATIONS, bytes);
    return keep_size(block, bytes);
}

NOINLINE static void give(struct worker *worker, char *block)
{
    if (!block)
        return;
    size_t bytes = size_of(block);
    count(worker, BEGUN, FREES, bytes);
    free(block);
    ORDER();
    count(worker, DONE, FREES, bytes);
}

NOINLINE static char *change(struct worker *worker, char *block, size_t bytes)
{
    size_t old = size_of(block);

    count(worker, BEGUN, FREES, old);
    count(worker, BEGUN, ALLOCATIONS, bytes);
    block = realloc(block, bytes);
    ORDER();
    count(worker, DONE, FREES, old);
    count(worker, DONE, ALLOCATIONS, bytes);
    return keep_size(block, bytes);
}

static size_t some_size(struct worker *worker)
{
    uint64_t random = next_random(worker);

    if (random % 500 == 0)
        return LARGE + random % LARGE;
    return sizeof(size_t) + (random >> 32) % (random % 8 ? 200 : 5000);
}

NOINLINE static void event(struct worker *worker)
{
    uint64_t random = next_random(worker);
    char **block = &worker->blocks[random % KEPT];
    size_t bytes = some_size(worker);

    if (!*block) {
        *block = take(worker, bytes);
    } else if (random % 11 == 0) {
        *block = change(worker, *block, bytes);
    } else {
        give(worker, *block);
        *block = NULL;
    }
}

NOINLINE static void turn_right(struct worker *worker, uint64_t path, int depth);

/* Two callers of two callers ...: as many stacks as there are paths. */
NOINLINE static void turn_left(struct worker *worker, uint64_t path, int depth)
{
    if (!depth)
        event(worker);
    else if (path & 1)
        turn_left(worker, path >> 1, depth - 1);
    else
        turn_right(worker, path >> 1, depth - 1);
    ORDER(); /* no tail call */
}

NOINLINE static void turn_right(struct worker *worker, uint64_t path, int depth)
{
    if (!depth)
        event(worker);
    else if (path & 1)
        turn_left(worker, path >> 1, depth - 1);
    else
        turn_right(worker, path >> 1, depth - 1);
    ORDER();
}

static void events(struct worker *worker, uint64_t number)
{
    while (number--)
        event(worker);
}

/* A line of one's own; the last one is left to whoever comes too late, who then stays idle. */
static void begin(struct worker *worker)
{
    uint64_t line = __atomic_fetch_add(&lines[0][TAKEN], 1, __ATOMIC_RELAXED);

    if (line >= LINES)
        for (;;)
            pause();
    memset(worker, 0, sizeof *worker);
    worker->line = lines[line];
    worker->line[0] = (uint64_t)getpid();
    worker->random = (line + 1) * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid() << 32;
}

static struct worker workers[THREADS];

NOINLINE static void exchange(struct worker *worker)
{
    char *block = take(worker, some_size(worker));

    give(worker, __atomic_exchange_n(&exchanged[next_random(worker) % 64], block,
                                     __ATOMIC_ACQ_REL));
}

static void *thread_body(void *argument)
{
    struct worker *worker = argument;

    for (uint64_t i = next_random(worker) % 5000; i; i--) {
        event(worker);
        exchange(worker);
    }
    return NULL;
}

static void run_threads(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        begin(&workers[i]);
        pthread_create(&threads[i], NULL, thread_body, &workers[i]);
    }
    for (int i = 0;; i = (i + 1) % THREADS) {
        pthread_join(threads[i], NULL);
        pthread_create(&threads[i], NULL, thread_body, &workers[i]);
    }
}

static void run_forks(struct worker *worker, int depth)
{
    for (uint64_t forks = 0, most = depth ? 2 : UINT64_MAX; forks < most; forks++) {
        events(worker, 20);
        while (waitpid(-1, NULL, forks >= CHILDREN ? 0 : WNOHANG) > 0 && forks < CHILDREN)
            ;
        if (fork())
            continue;
        begin(worker); /* what was inherited is left alone */
        events(worker, next_random(worker) % 2000);
        if (depth < 2)
            run_forks(worker, depth + 1);
        if (worker->random & 1)
            _exit(0);
        exit(0);
    }
}

int main(int argc, char **argv)
{
    const char *mode = argc == 3 ? argv[1] : "";
    int fd = argc == 3 ? open(argv[2], O_RDWR) : -1;
    struct worker *worker = &workers[0];

    lines = mmap(NULL, sizeof *lines * LINES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || lines == MAP_FAILED)
        return 2;
    close(fd);
    if (strcmp(mode, "threads") == 0)
        run_threads();
    begin(worker);
    if (strcmp(mode, "one") == 0)
        events(worker, UINT64_MAX);
    if (strcmp(mode, "forks") == 0)
        run_forks(worker, 0);
    while (strcmp(mode, "sites") == 0)
        turn_left(worker, next_random(worker), 18);
    events(worker, 2000);
    return 0;
}
