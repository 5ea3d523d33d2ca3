/* SPDX-License-Identifier: MIT
 *
 * usage: cache BUILD - <tare/rc_cache.h> beside its peers, in the top folder of the source.
 * Environment: REPS rounds (9). Writes build/bench/cache.tsv.
 */
#include <dlfcn.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cache_ratio.h"
#include "bench/cache_traces.h"
#include "bench/cache_ways.h"
#include "bench/results.h"

enum { REPETITIONS = 9, CAPACITY = 100000, KEYS = 80000, GETS = 1000000, WAYS_MAX = 8 };

static const struct cache_way *ways[WAYS_MAX];
static size_t way_count, own_count;
static uint64_t *keys;
static int cpus[MEASURE_CPUS];
static unsigned cpu_count;

struct runner {
    const struct cache_way *way;
    pthread_barrier_t *start;
    const uint64_t *keys;
    int cpu;
};

static void *run_pinned(void *context)
{
    const struct runner *runner = context;

    measure_pin(&runner->cpu, 1);
    pthread_barrier_wait(runner->start);
    if (runner->way->gets(runner->keys, GETS) != GETS) {
        fprintf(stderr, "%s: a value is missing\n", runner->way->name);
        exit(1);
    }
    return NULL;
}

/* Each thread has a trace of its own. */
static void run_threads(const struct cache_way *way, unsigned count)
{
    struct runner runners[MEASURE_CPUS];
    pthread_t threads[MEASURE_CPUS];
    pthread_barrier_t start;

    pthread_barrier_init(&start, NULL, count);
    for (unsigned i = 0; i < count; i++) {
        runners[i] = (struct runner){way, &start, keys + (size_t)i * GETS, cpus[i]};
        if (pthread_create(&threads[i], NULL, run_pinned, &runners[i]))
            exit(1);
    }
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
}

static void run_one(void *context)
{
    run_threads(context, 1);
}

static void run_two(void *context)
{
    run_threads(context, 2);
}

static void measure(void (*run)(void *way), struct number numbers[WAYS_MAX])
{
    struct measure_way measured[WAYS_MAX];

    for (size_t i = 0; i < way_count; i++) {
        const void *way = ways[i];

        measured[i] = (struct measure_way){.run = run};
        memcpy(&measured[i].context, &way, sizeof way);
    }
    measure_ways(measured, way_count, measure_repetitions("REPS", REPETITIONS));
    for (size_t i = 0; i < way_count; i++) {
        struct number ns = samples_number(&measured[i].ns);

        numbers[i] = (struct number){ns.least / GETS, ns.median / GETS};
    }
}

static void add_rows(struct results *results, const char *name,
                     const struct number numbers[WAYS_MAX])
{
    for (size_t own = 0; own < own_count; own++)
        for (size_t i = own_count; i < way_count; i++)
            results_add(results, &(struct result){.name = name,
                                                  .metric = ways[own]->name,
                                                  .unit = "ns",
                                                  .ours = numbers[own],
                                                  .peer = ways[i]->name,
                                                  .theirs = numbers[i]});
}

/* The first of the peers is the one with shared locks. */
static void run_gets(struct results *results)
{
    struct number one[WAYS_MAX], two[WAYS_MAX];

    measure(run_one, one);
    add_rows(results, "1", one);
    if (cpu_count == 2) {
        measure(run_two, two);
        add_rows(results, "2", two);
    }
    if (way_count == own_count)
        return;
    results_add_share(results, "1: ns, get and release / rwlock shards", one[0],
                      one[own_count], 1 / 1.5);
    if (cpu_count < 2)
        return;
    results_add_share(results, "2: ns, get and release / rwlock shards", two[0],
                      two[own_count], 1.0 / 3);
    results_add_share(results, "2: ns, peek / rwlock shards", two[1], two[own_count],
                      1.0 / 5);
}

static void load_ways(const char *build)
{
    char path[PATH_MAX];
    void *library;

    for (; cache_own_ways[way_count].name; way_count++)
        ways[way_count] = &cache_own_ways[way_count];
    own_count = way_count;
    snprintf(path, sizeof path, "%s/bench/cache_peers.so", build);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct cache_way *peers = library ? dlsym(library, CACHE_PEERS_SYMBOL) : NULL;
    if (!peers)
        puts("Not measured: maps in C++, as they were not built (no C++ compiler).");
    for (; peers && peers->name; peers++)
        ways[way_count++] = peers;
}

/* Ways that are one cache are begun once. */
static void fill_ways(void)
{
    for (size_t i = 0; i < way_count; i++) {
        if (i && ways[i]->begin == ways[i - 1]->begin)
            continue;
        ways[i]->begin(CAPACITY);
        for (uint64_t key = 0; key < KEYS; key++)
            ways[i]->put(key * 0x9e3779b97f4a7c15u);
    }
}

static void end_ways(void)
{
    for (size_t i = 0; i < way_count; i++)
        if (!i || ways[i]->end != ways[i - 1]->end)
            ways[i]->end();
}

static void make_keys(void)
{
    uint32_t *zipf = trace_zipf(KEYS, 0.99, 2 * GETS);

    keys = malloc(2 * GETS * sizeof *keys);
    if (!keys)
        exit(1);
    for (size_t i = 0; i < 2 * GETS; i++)
        keys[i] = zipf[i] * 0x9e3779b97f4a7c15u;
    free(zipf);
}

int main(int argc, char **argv)
{
    struct results results = {0};

    cpu_count = measure_cpus(cpus);
    if (argc != 2 || !cpu_count) {
        fputs("usage: cache BUILD\n", stderr);
        return 2;
    }
    printf("The cache beside maps of shared_ptr in %d shards: %d keys of %d, asked for as "
           "Zipf "
           "has it (0.99), all hits;\n%u repetitions after one to warm up, each way in "
           "turn in "
           "each, threads bound to processors %d and %d.\n\n",
           CACHE_SHARDS, KEYS, CAPACITY, measure_repetitions("REPS", REPETITIONS), cpus[0],
           cpus[cpu_count > 1]);
    load_ways(argv[1]);
    make_keys();
    fill_ways();
    run_gets(&results);
    end_ways();
    results_print(&results, stdout);
    putchar('\n');
    if (!getenv("SPEED"))
        cache_ratio_run(&results);
    results_print_targets(&results, stdout);
    free(keys);
    return results_end(&results, "cache") ? 0 : 1;
}
