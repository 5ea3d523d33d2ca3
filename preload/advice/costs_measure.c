/* SPDX-License-Identifier: MIT */
#include "advice/costs.h"

#include <tare/arena.h>
#include <tare/intern.h>
#include <tare/pool.h>

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUNDS = 7,
    BLOCKS = 4096,
    SMALL = 64,
    MEDIUM = 4096,
    LARGE = 256 << 10,
    TEXTS = 64
};

/* Blocks, and what else a round needs. */
struct bench {
    void *blocks[BLOCKS];
    char texts[TEXTS][SMALL];
    char *from, *to;      /* LARGE each */
    void *others[BLOCKS]; /* that another thread frees */
    double free_ns;       /* how long that took */
};

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The compiler must not find out that a block is not used. */
static void use(void *block)
{
    __asm__ volatile("" : : "r"(block) : "memory");
}

static void alloc_blocks(struct bench *bench, size_t bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        bench->blocks[i] = malloc(bytes);
        use(bench->blocks[i]);
        if (bench->blocks[i])
            *(volatile char *)bench->blocks[i] = 1;
    }
}

static void free_blocks(struct bench *bench, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        free(bench->blocks[i]);
}

/* Few at a time: what is measured is not the first use of memory. */
static double pairs(struct bench *bench, size_t bytes, unsigned count)
{
    enum { ROUNDS_OF_PAIRS = 64 };
    double start = now_ns();

    for (unsigned i = 0; i < ROUNDS_OF_PAIRS; i++) {
        alloc_blocks(bench, bytes, count);
        free_blocks(bench, count);
    }
    return (now_ns() - start) / (ROUNDS_OF_PAIRS * count);
}

static void *free_all(void *context)
{
    struct bench *bench = context;
    double start = now_ns();

    for (unsigned i = 0; i < BLOCKS; i++)
        free(bench->others[i]);
    bench->free_ns = now_ns() - start;
    return NULL;
}

/* This thread allocates while another one frees what it allocated before. */
static double remote_pairs(struct bench *bench)
{
    pthread_t thread;

    alloc_blocks(bench, SMALL, BLOCKS);
    memcpy(bench->others, bench->blocks, sizeof bench->others);
    if (pthread_create(&thread, NULL, free_all, bench)) {
        free_blocks(bench, BLOCKS);
        return -1;
    }
    double start = now_ns();
    alloc_blocks(bench, SMALL, BLOCKS);
    double ns = now_ns() - start;
    pthread_join(thread, NULL);
    free_blocks(bench, BLOCKS);
    return (ns + bench->free_ns) / BLOCKS;
}

static double pool_pairs(struct bench *bench)
{
    enum { ROUNDS_OF_PAIRS = 64, SOME = 64 };
    const struct tare_pool_options options = {.object_bytes = SMALL};
    struct tare_pool pool;
    bool is_good = true;

    if (tare_pool_init(&pool, &options))
        return -1;
    double start = now_ns();
    for (unsigned i = 0; i < ROUNDS_OF_PAIRS; i++) {
        for (unsigned k = 0; k < SOME; k++) {
            bench->blocks[k] = tare_pool_alloc(&pool);
            is_good &= bench->blocks[k] != NULL;
        }
        for (unsigned k = 0; k < SOME; k++)
            tare_pool_free(&pool, bench->blocks[k]);
    }
    double ns = (now_ns() - start) / (ROUNDS_OF_PAIRS * SOME);
    tare_pool_fini(&pool);
    return is_good ? ns : -1;
}

static double arena_objects(void)
{
    struct tare_arena arena = {0};
    double start = now_ns();

    for (unsigned i = 0; i < BLOCKS; i++) {
        void *object = tare_arena_alloc(&arena, SMALL);

        use(object);
    }
    tare_arena_reset(&arena);
    double ns = (now_ns() - start) / BLOCKS;
    tare_arena_fini(&arena);
    return ns;
}

/* Of texts of so many bytes, which are all there. */
static double intern_hits(struct bench *bench, size_t bytes)
{
    struct tare_intern *table;
    uint32_t sum = 0;

    if (tare_intern_create(&table, NULL))
        return -1;
    for (unsigned i = 0; i < TEXTS; i++)
        sum += tare_intern_insert(table, bench->texts[i], bytes);
    double start = now_ns();
    for (unsigned i = 0; i < BLOCKS; i++)
        sum += tare_intern_insert(table, bench->texts[i % TEXTS], bytes);
    double ns = (now_ns() - start) / BLOCKS;
    use(&sum);
    tare_intern_destroy(&table);
    return ns;
}

static double copy_byte(struct bench *bench)
{
    double start = now_ns();

    for (unsigned i = 0; i < 16; i++) {
        memcpy(bench->to, bench->from, LARGE);
        use(bench->to);
    }
    return (now_ns() - start) / (16.0 * LARGE);
}

/* What growing by a little costs, where the block stays. */
static double grow(void)
{
    enum { STEPS = 256 };
    double start = now_ns();
    char *block = NULL;

    for (size_t i = 1; i <= STEPS; i++) {
        char *grown = realloc(block, i * SMALL);

        if (!grown)
            break;
        block = grown;
        use(block);
    }
    free(block);
    return (now_ns() - start) / STEPS;
}

static double measure_once(struct bench *bench, enum cost cost)
{
    enum { SOME = 64, FEW = 16, ONE = 1 };
    double one;

    switch (cost) {
    case COST_PAIR_SMALL:
        return pairs(bench, SMALL, SOME);
    case COST_PAIR_MEDIUM:
        return pairs(bench, MEDIUM, FEW);
    case COST_PAIR_LARGE:
        return pairs(bench, LARGE, ONE);
    case COST_PAIR_REMOTE:
        return remote_pairs(bench);
    case COST_POOL_PAIR:
        return pool_pairs(bench);
    case COST_ARENA:
        return arena_objects();
    case COST_INTERN_HIT:
        return intern_hits(bench, 8);
    case COST_INTERN_BYTE:
        one = (intern_hits(bench, SMALL - 1) - intern_hits(bench, 8)) / (SMALL - 9);
        return one > 0 ? one : 0;
    case COST_REALLOC:
        return grow();
    default:
        return copy_byte(bench);
    }
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a;
    double other = *(const double *)b;

    return (one > other) - (one < other);
}

static int measure(struct bench *bench, struct costs *costs)
{
    for (enum cost cost = 0; cost < COST_COUNT; cost++) {
        double ns[ROUNDS];

        measure_once(bench, cost); /* warm */
        for (unsigned i = 0; i < ROUNDS; i++) {
            ns[i] = measure_once(bench, cost);
            if (ns[i] < 0)
                return -EAGAIN;
        }
        qsort(ns, ROUNDS, sizeof *ns, by_value);
        costs->ns[cost] = ns[0];
        costs->spread[cost] = ns[0] > 0 ? (ns[ROUNDS / 2] - ns[0]) / ns[0] : 0;
    }
    return 0;
}

int costs_measure(struct costs *costs)
{
    struct bench *bench = calloc(1, sizeof *bench);
    int err = -ENOMEM;

    if (!bench)
        return err;
    bench->from = calloc(1, LARGE);
    bench->to = calloc(1, LARGE);
    for (unsigned i = 0; i < TEXTS; i++)
        snprintf(bench->texts[i], SMALL, "%-*u", SMALL - 1, i * 1234567);
    if (bench->from && bench->to)
        err = measure(bench, costs);
    free(bench->from);
    free(bench->to);
    free(bench);
    return err;
}
