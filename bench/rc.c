/* SPDX-License-Identifier: MIT
 *
 * usage: rc BUILD - <tare/rc.h> beside its peers, in the top folder of the source.
 * Environment: REPS rounds (11). Writes build/bench/rc.tsv.
 */
#include <dlfcn.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/rc.h>

#include "bench/rc_ways.h"
#include "bench/results.h"

enum { REPETITIONS = 11, PAIRS = 1000000, BATCH = 64 };

struct object {
    struct tare_rc rc;
    int number;
};

TARE_RC_DEFINE(object, struct object);

static struct object shared;
static struct object_weak *weak;
static unsigned atomic_count = 1;
static const struct rc_peers *peers;
static int cpus[MEASURE_CPUS];
static unsigned cpu_count;

/* Counting to a million, which is a multiple of eight, takes no part of what is told. The compiler
 * does not unroll by itself what has ways out. */
#define FOUR_TIMES(EACH) EACH EACH EACH EACH
#define EACH_PAIR(EACH)                     \
    for (size_t i = 0; i < count; i += 8) { \
        FOUR_TIMES(EACH) FOUR_TIMES(EACH)   \
    }

static inline void plain_pair(void)
{
    struct object *same = object_acquire(&shared);

    measure_keep(same);
    object_release(same);
    measure_keep(same);
}

static void plain_pairs(size_t count)
{
    EACH_PAIR(plain_pair();)
}

static inline void weak_pair(void)
{
    struct object *same = object_weak_lock(weak);

    measure_keep(same);
    object_release(same);
}

static void weak_pairs(size_t count)
{
    EACH_PAIR(weak_pair();)
}

/* The counts stay in registers, but the compiler may not take the two for nothing. */
static inline void batch_pair(struct tare_rc_batch *batch)
{
    measure_keep(object_batch_take(batch));
    __asm__ volatile("" : "+r"(batch->left), "+r"(batch->given));
    tare_rc_batch_give(batch);
}

static void batch_pairs(size_t count)
{
    struct tare_rc_batch batch;

    object_batch_begin(&batch, &shared, BATCH);
    EACH_PAIR(batch_pair(&batch);)
    tare_rc_batch_end(&batch);
}

/* As many are taken as are given back only when all are: of each batch both ends, at their worst. */
static void batch_holds(size_t count)
{
    for (size_t i = 0; i < count; i += BATCH) {
        struct tare_rc_batch batch;
        struct object *held[BATCH];

        object_batch_begin(&batch, &shared, BATCH + 1);
        for (size_t k = 0; k < BATCH; k++)
            held[k] = object_batch_take(&batch);
        measure_keep(held);
        for (size_t k = 0; k < BATCH; k++)
            tare_rc_batch_give(&batch);
        tare_rc_batch_end(&batch);
    }
}

static inline void atomic_pair(void)
{
    __atomic_fetch_add(&atomic_count, 1, __ATOMIC_RELAXED);
    measure_keep(&atomic_count);
    if (__atomic_fetch_sub(&atomic_count, 1, __ATOMIC_ACQ_REL) == 0)
        abort();
    measure_keep(&atomic_count);
}

static void atomic_pairs(size_t count)
{
    EACH_PAIR(atomic_pair();)
}

static void run_alone(void *context)
{
    ((const struct rc_way *)context)->pairs(PAIRS);
}

struct runner {
    const struct rc_way *way;
    pthread_barrier_t *start;
    int cpu;
};

static void *run_pinned(void *context)
{
    const struct runner *runner = context;

    measure_pin(&runner->cpu, 1);
    pthread_barrier_wait(runner->start);
    runner->way->pairs(PAIRS);
    return NULL;
}

static void run_two(void *context)
{
    struct runner runners[2];
    pthread_barrier_t start;
    pthread_t threads[2];

    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++) {
        runners[i] = (struct runner){context, &start, cpus[i]};
        if (pthread_create(&threads[i], NULL, run_pinned, &runners[i]))
            exit(1);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
}

enum { PLAIN, WEAK, BATCHED, HELD, ATOMIC, SHARED_PTR, WEAK_PTR, WAYS };

static struct rc_way ways[WAYS] = {
    [PLAIN] = {"acquire, release", plain_pairs},
    [WEAK] = {"weak lock, release", weak_pairs},
    [BATCHED] = {"batch: take, give", batch_pairs},
    [HELD] = {"batch: 64 held at once", batch_holds},
    [ATOMIC] = {"atomic pair", atomic_pairs},
    [SHARED_PTR] = {"shared_ptr", NULL},
    [WEAK_PTR] = {"weak_ptr", NULL},
};

/* Each way once in each round. NAN: it is not here. */
static void measure(void (*run)(void *way), struct number numbers[WAYS])
{
    struct measure_way measured[WAYS];
    size_t count = 0, from[WAYS];

    for (size_t i = 0; i < WAYS; i++) {
        numbers[i] = number_of(NAN);
        if (!ways[i].pairs)
            continue;
        measured[count] = (struct measure_way){.run = run, .context = &ways[i]};
        from[count++] = i;
    }
    measure_ways(measured, count, measure_repetitions("REPS", REPETITIONS));
    for (size_t i = 0; i < count; i++) {
        struct number ns = samples_number(&measured[i].ns);

        numbers[from[i]] = (struct number){ns.least / PAIRS, ns.median / PAIRS};
    }
}

static void add_rows(struct results *results, const char *name,
                     const struct number numbers[WAYS])
{
    static const int beside[][2] = {{PLAIN, SHARED_PTR},   {PLAIN, ATOMIC},
                                    {WEAK, WEAK_PTR},      {BATCHED, ATOMIC},
                                    {BATCHED, SHARED_PTR}, {HELD, ATOMIC}};

    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
        results_add(results, &(struct result){.name = name,
                                              .metric = ways[beside[i][0]].name,
                                              .unit = "ns",
                                              .ours = numbers[beside[i][0]],
                                              .peer = ways[beside[i][1]].name,
                                              .theirs = numbers[beside[i][1]]});
}

static void load_peers(const char *build)
{
    char path[PATH_MAX];
    void *library;

    snprintf(path, sizeof path, "%s/bench/rc_peers.so", build);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    peers = library ? dlsym(library, RC_PEERS_SYMBOL) : NULL;
    if (!peers) {
        puts("Not measured: std::shared_ptr, as it was not built (no C++ compiler).");
        return;
    }
    ways[SHARED_PTR].pairs = peers->shared_ptr.pairs;
    ways[WEAK_PTR].pairs = peers->weak_ptr.pairs;
}

static void run_all(struct results *results)
{
    struct number alone[WAYS], one[WAYS], two[WAYS];

    measure(run_alone, alone);
    add_rows(results, "alone", alone);
    run_two(&ways[PLAIN]); /* from here on there are threads, for all who ask */
    measure(run_alone, one);
    add_rows(results, "1", one);
    if (cpu_count == 2) {
        measure(run_two, two);
        add_rows(results, "2", two);
    }
    results_add_share(results, "1: ns, batch / atomic pair", one[BATCHED], one[ATOMIC],
                      1.0 / 15);
    results_add_share(results, "1: ns, acquire and release / shared_ptr", one[PLAIN],
                      one[SHARED_PTR], 1);
    results_add_share(results, "alone: ns, acquire and release / shared_ptr", alone[PLAIN],
                      alone[SHARED_PTR], 1);
    results_add_share(results, "alone: ns, acquire and release / atomic pair", alone[PLAIN],
                      alone[ATOMIC], 1);
}

int main(int argc, char **argv)
{
    struct results results = {0};

    cpu_count = measure_cpus(cpus);
    if (argc != 2 || !cpu_count || measure_pin(cpus, 1)) {
        fputs("usage: rc BUILD\n", stderr);
        return 2;
    }
    printf(
        "References beside their peers: %u repetitions after one to warm up, each way in "
        "turn in each;\nbound to processor %d, two threads (which share one object) to "
        "%d and %d.\nalone: while the process has one thread.\n\n",
        measure_repetitions("REPS", REPETITIONS), cpus[0], cpus[0], cpus[cpu_count > 1]);
    load_peers(argv[1]);
    tare_rc_init(&shared.rc);
    weak = object_weak_acquire(&shared);
    run_all(&results);
    results_print(&results, stdout);
    putchar('\n');
    results_print_targets(&results, stdout);
    return results_end(&results, "rc") ? 0 : 1;
}
