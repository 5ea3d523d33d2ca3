/* SPDX-License-Identifier: MIT
 *
 * usage: counts THREADS FORKS
 *
 * Allocates in every way that C has, from one function of its own a way, and says exactly what it
 * did: "allocations frees bytes freed_bytes temporary" on stdout, for each process a line. Makes
 * no other allocation in its own code, and uses no stdio.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 2000, KEPT = 64 };

struct tally {
    uint64_t allocations, frees, bytes, freed_bytes, temporary;
};

struct block {
    void *memory;
    size_t bytes;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tally total;

/* What this thread's latest allocation gave, if that was no realloc. */
static _Thread_local void *latest;

static void put(struct tally *tally, struct block *block, void *memory, size_t bytes)
{
    if (!memory)
        abort();
    memset(memory, 0x5a, bytes);
    *block = (struct block){memory, bytes};
    latest = memory;
    tally->allocations++;
    tally->bytes += bytes;
}

static void drop(struct tally *tally, struct block *block)
{
    if (!block->memory)
        return;
    for (size_t i = 0; i < block->bytes; i++) {
        if (((unsigned char *)block->memory)[i] != 0x5a)
            abort();
    }
    free(block->memory);
    tally->frees++;
    tally->freed_bytes += block->bytes;
    tally->temporary += block->memory == latest;
    latest = latest == block->memory ? NULL : latest;
    block->memory = NULL;
}

static void allocate(struct tally *tally, struct block *block, unsigned way, size_t n)
{
    void *memory = NULL;

    switch (way % 8) {
    case 0:
        memory = malloc(n);
        break;
    case 1:
        memory = calloc(n, 1);
        for (size_t i = 0; i < n; i++) {
            if (((unsigned char *)memory)[i])
                abort();
        }
        break;
    case 2:
        if (posix_memalign(&memory, 64, n) != 0 || (uintptr_t)memory % 64)
            abort();
        break;
    case 3:
        memory = aligned_alloc(256, n);
        if ((uintptr_t)memory % 256)
            abort();
        break;
    case 4:
        memory = memalign(32, n);
        break;
    case 5:
        memory = valloc(n);
        break;
    case 6:
        n = (n + 4095) / 4096 * 4096;
        memory = pvalloc(n);
        break;
    default:
        memory = reallocarray(NULL, n, 1);
        break;
    }
    put(tally, block, memory, n);
}

/* A realloc is a free of the old block and an allocation of the new one. */
static void grow(struct tally *tally, struct block *block, size_t n)
{
    size_t old = block->bytes;
    void *memory = realloc(block->memory, n);

    tally->frees++;
    tally->freed_bytes += old;
    put(tally, block, memory, n);
    latest = NULL;
}

static void temporary(struct tally *tally, size_t n)
{
    struct block block;
    void *volatile memory = malloc(n);

    put(tally, &block, memory, n);
    drop(tally, &block);
}

static void *work(void *seed)
{
    struct tally tally = {0};
    struct block kept[KEPT] = {{0}};
    uint64_t random = (uint64_t)(uintptr_t)seed * 2654435761u + 1;

    for (unsigned i = 0; i < ROUNDS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct block *block = &kept[random >> 58];
        size_t n = (random >> 20) % (i % 16 ? 700 : 200000);

        drop(&tally, block);
        allocate(&tally, block, (unsigned)(random >> 40), n);
        if (i % 5 == 0)
            grow(&tally, block, n + (random >> 30) % 3000 + 1);
        if (i % 7 == 0)
            temporary(&tally, n);
    }
    for (unsigned i = 0; i < KEPT; i += 2)
        drop(&tally, &kept[i]);
    pthread_mutex_lock(&lock);
    total.allocations += tally.allocations;
    total.frees += tally.frees;
    total.bytes += tally.bytes;
    total.freed_bytes += tally.freed_bytes;
    total.temporary += tally.temporary;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void add_number(char *line, uint64_t number, char after)
{
    char digits[24];
    size_t i = sizeof digits;

    do
        digits[--i] = (char)('0' + number % 10);
    while (number /= 10);
    size_t used = strlen(line);
    memcpy(line + used, digits + i, sizeof digits - i);
    line[used + sizeof digits - i] = after;
    line[used + sizeof digits - i + 1] = '\0';
}

static void say(void)
{
    char line[200] = "";

    add_number(line, (uint64_t)getpid(), ' ');
    add_number(line, total.allocations, ' ');
    add_number(line, total.frees, ' ');
    add_number(line, total.bytes, ' ');
    add_number(line, total.freed_bytes, ' ');
    add_number(line, total.temporary, '\n');
    if (write(1, line, strlen(line)) < 0)
        abort();
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 1, forks = argc > 2 ? atoi(argv[2]) : 0;
    pthread_t ids[64];

    work((void *)(uintptr_t)getpid());
    for (int i = 1; i < threads; i++)
        pthread_create(&ids[i], NULL, work, (void *)(uintptr_t)i);
    for (int i = 1; i < threads; i++)
        pthread_join(ids[i], NULL);
    for (int i = 0; i < forks; i++) {
        if (fork() == 0) {
            total = (struct tally){0};
            work((void *)(uintptr_t)(i + 77));
            if (i % 2 == 0) { /* a line of forks, too */
                pid_t pid = fork();
                if (pid == 0) {
                    total = (struct tally){0};
                    work((void *)(uintptr_t)(i + 99));
                } else {
                    waitpid(pid, NULL, 0);
                }
            }
            say();
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    say();
    return 0;
}
