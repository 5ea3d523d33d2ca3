/* SPDX-License-Identifier: MIT
 *
 * usage: ring - <tare/ring.h> and <tare/queue.h> beside their peers, in the top folder.
 * Environment: REPS rounds (11), CASES. Writes build/bench/ring.tsv.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "bench/results.h"
#include "bench/ring_ways.h"

#include <tare/ring.h>

enum { REPETITIONS = 11, WAYS = 3, EVENTS = 512 * 1024 };

/* Ours is the first. */
struct test {
    const char *name, *about;
    bool is_alone; /* one thread, into the full ring */
    const struct ring_way *ways[WAYS];
};

static const struct test tests[] = {
    {"full",
     "one thread, each into the full ring",
     true,
     {&ring_tare[RING_OVERWRITING], &ring_ck[RING_ONE], &ring_rte[RING_ONE]}},
    {"one",
     "from one thread to another, each alone",
     false,
     {&ring_tare[RING_ONE], &ring_ck[RING_ONE], &ring_rte[RING_ONE]}},
    {"batch",
     "likewise, 32 at once; ck_ring has no batches",
     false,
     {&ring_tare[RING_BATCHED], &ring_ck[RING_ONE], &ring_rte[RING_BATCHED]}},
    {"queue",
     "between many, of which there is one each; alone",
     false,
     {&ring_tare[RING_MANY], &ring_ck[RING_MANY], &ring_rte[RING_MANY]}},
    {"queue batch",
     "likewise, 32 at once",
     false,
     {&ring_tare[RING_MANY_BATCHED], &ring_ck[RING_MANY], &ring_rte[RING_MANY_BATCHED]}},
    {"overwriting",
     "a reader who may lose some",
     false,
     {&ring_tare[RING_OVERWRITING], NULL, NULL}},
};

enum { TESTS = sizeof tests / sizeof *tests, FULL = 0, BATCH = 2 };

static struct number costs[TESTS][WAYS]; /* ns an event; NAN: not measured */
static double astray[TESTS];             /* events of ours that nobody knows of */
static double lost[TESTS];
static int cpus[MEASURE_CPUS];

struct run {
    const struct ring_way *way;
    bool is_alone;
    uint64_t whole, lost, sent;
};

static void *consume(void *context)
{
    struct run *run = context;
    uint64_t gone;

    measure_pin(&cpus[1], 1);
    run->whole += run->way->consume(EVENTS, &gone);
    run->lost += gone;
    run->sent += EVENTS;
    return NULL;
}

static void run_sample(void *context)
{
    struct run *run = context;
    pthread_t consumer;

    run->way->begin();
    if (run->is_alone) {
        run->way->fill(EVENTS);
    } else {
        if (pthread_create(&consumer, NULL, consume, run))
            abort();
        run->way->produce(EVENTS);
        pthread_join(consumer, NULL);
    }
    run->way->end();
}

static void measure_test(size_t which)
{
    const struct test *test = &tests[which];
    struct measure_way ways[WAYS];
    struct run runs[WAYS];
    size_t count = 0, from[WAYS];

    for (size_t i = 0; i < WAYS; i++) {
        costs[which][i] = number_of(NAN);
        if (!test->ways[i] || !test->ways[i]->name || !measure_is_chosen(test->name))
            continue;
        runs[count] = (struct run){.way = test->ways[i], .is_alone = test->is_alone};
        ways[count] = (struct measure_way){.run = run_sample, .context = &runs[count]};
        from[count++] = i;
    }
    if (!count)
        return;
    measure_ways(ways, count, measure_repetitions("REPS", REPETITIONS));
    for (size_t i = 0; i < count; i++) {
        struct number ns = samples_number(&ways[i].ns);

        costs[which][from[i]] = (struct number){ns.least / EVENTS, ns.median / EVENTS};
    }
    astray[which] = (double)(runs[0].sent - runs[0].whole - runs[0].lost);
    lost[which] = runs[0].sent ? (double)runs[0].lost / (double)runs[0].sent : 0;
}

static void add_rows(struct results *results, size_t which)
{
    for (size_t i = 1; i < WAYS; i++)
        if (tests[which].ways[i])
            results_add(results, &(struct result){.name = tests[which].name,
                                                  .metric = "ns",
                                                  .unit = "ns",
                                                  .ours = costs[which][0],
                                                  .peer = tests[which].ways[i]->name,
                                                  .theirs = costs[which][i]});
}

static void add_targets(struct results *results)
{
    static const struct tare_ring_options thousand[] = {
        {.event_bytes = 16, .capacity = 1000},
        {.event_bytes = 16, .capacity = 1000, .many_writers = true}};
    double unknown = 0;

    results_add_share(results, "push into the full ring / ck_ring's", costs[FULL][0],
                      costs[FULL][1], 1 / 3.0);
    results_add_share(results, "from thread to thread by 32 / rte_ring's burst",
                      costs[BATCH][0], costs[BATCH][2], 1 / 1.2);
    results_add_share(results, "from thread to thread by 32 / ck_ring", costs[BATCH][0],
                      costs[BATCH][1], 1 / 10.0);
    for (size_t i = 0; i < TESTS; i++)
        unknown += astray[i];
    results_add_target(results, &(struct target){"events neither whole nor counted as lost",
                                                 number_of(unknown), 0, 0});
    results_add_target(
        results,
        &(struct target){"1,000 slots of 16 bytes, KiB",
                         number_of((double)tare_ring_bytes(&thousand[0]) / 1024), 20, 0});
    results_add_target(
        results,
        &(struct target){"likewise of many writers, KiB",
                         number_of((double)tare_ring_bytes(&thousand[1]) / 1024), 20, 0});
}

/* Millions of events a second, at the median. */
static void print_rates(void)
{
    printf("%-12s %10s %10s %10s %8s\n", "M events/s", "tare", "ck_ring", "rte_ring",
           "lost");
    for (size_t which = 0; which < TESTS; which++) {
        printf("%-12s", tests[which].name);
        for (size_t i = 0; i < WAYS; i++)
            if (isnan(costs[which][i].median))
                printf(" %10s", "-");
            else
                printf(" %10.1f", 1000 / costs[which][i].median);
        printf(" %6.1f %%   %s\n", 100 * lost[which], tests[which].about);
    }
    putchar('\n');
}

int main(void)
{
    struct results results = {0};

    if (measure_cpus(cpus) < MEASURE_CPUS || measure_pin(cpus, 1)) {
        fputs("two processors are needed\n", stderr);
        return 1;
    }
    printf("Events of 32 bytes, %d slots: %u repetitions of %d events after one to warm "
           "up, each "
           "way in turn in\neach, bound to processors %d and %d. A dash: not here when "
           "this was "
           "built (make bench-deps), or there is no such thing.\n\n",
           RING_CAPACITY, measure_repetitions("REPS", REPETITIONS), EVENTS, cpus[0],
           cpus[1]);
    for (size_t i = 0; i < TESTS; i++)
        measure_test(i);
    for (size_t i = 0; i < TESTS; i++)
        add_rows(&results, i);
    add_targets(&results);
    print_rates();
    results_print_targets(&results, stdout);
    return results_end(&results, "ring") ? 0 : 1;
}
