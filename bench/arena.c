/* SPDX-License-Identifier: MIT
 *
 * usage: arena - <tare/arena.h> beside its peers, in the top folder of the source.
 * Environment: REPS rounds (15). Writes build/bench/arena.tsv.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/arena_ways.h"
#include "bench/results.h"

enum { REPETITIONS = 15 };

static const struct arena_case_text {
    const char *name, *metric;
    unsigned rounds; /* in one sample */
    double items;    /* in one round */
} cases[ARENA_CASES] = {
    [CASE_OBJECTS] = {"objects", "ns-an-object", 100, ARENA_OBJECTS},
    [CASE_STRINGS] = {"strings", "ns-a-copy", 100, ARENA_STRINGS},
    [CASE_PRINTF] = {"printf", "ns-a-string", 20, ARENA_STRINGS},
    [CASE_SCRATCH] = {"scratch", "ns-8-objects", 20000, 1},
};

struct run {
    void (*round)(void);
    unsigned rounds;
};

static void run_sample(void *context)
{
    const struct run *run = context;

    for (unsigned i = 0; i < run->rounds; i++)
        run->round();
}

/* All ways that have it, each once in each repetition. */
static void measure_case(enum arena_case which, struct number numbers[ARENA_WAYS])
{
    struct run runs[ARENA_WAYS];
    struct measure_way ways[ARENA_WAYS];
    size_t count = 0, from[ARENA_WAYS];

    for (size_t i = 0; i < ARENA_WAYS; i++) {
        numbers[i] = number_of(NAN);
        if (arena_ways[i]->missing || !arena_ways[i]->run[which])
            continue;
        runs[count] = (struct run){arena_ways[i]->run[which], cases[which].rounds};
        ways[count] = (struct measure_way){.run = run_sample, .context = &runs[count]};
        from[count++] = i;
    }
    measure_ways(ways, count, measure_repetitions("REPS", REPETITIONS));
    for (size_t i = 0; i < count; i++) {
        struct number ns = samples_number(&ways[i].ns);
        double items = cases[which].items * cases[which].rounds;

        numbers[from[i]] = (struct number){ns.least / items, ns.median / items};
    }
}

static void add_rows(struct results *results, enum arena_case which,
                     const struct number numbers[ARENA_WAYS])
{
    for (size_t i = 1; i < ARENA_WAYS; i++)
        results_add(results, &(struct result){.name = cases[which].name,
                                              .metric = cases[which].metric,
                                              .unit = "ns",
                                              .ours = numbers[0],
                                              .peer = arena_ways[i]->name,
                                              .theirs = numbers[i]});
}

static void add_targets(struct results *results, const struct number numbers[ARENA_WAYS])
{
    for (size_t i = 1; i < ARENA_WAYS; i++)
        if (strcmp(arena_ways[i]->name, "APR") == 0)
            results_add_share(results, "objects: ns, arena / apr_palloc and clear",
                              numbers[0], numbers[i], 1 / 1.25);
        else if (strcmp(arena_ways[i]->name, "malloc+free") == 0)
            results_add_share(results, "objects: ns, arena / malloc and free", numbers[0],
                              numbers[i], 1.0 / 3);
}

static void note_held_bytes(void)
{
    for (size_t i = 0; i < ARENA_WAYS; i++) {
        if (arena_ways[i]->missing || !arena_ways[i]->run[CASE_OBJECTS])
            continue;
        arena_asked_way = arena_ways[i];
        arena_heap_begin();
        arena_ways[i]->run[CASE_OBJECTS]();
    }
    arena_asked_way = NULL;
}

static struct number an_object(size_t bytes)
{
    return number_of(bytes ? (double)bytes / ARENA_OBJECTS : NAN);
}

static void add_memory(struct results *results)
{
    const struct number held = an_object(arena_ways[0]->held_bytes);
    const struct number touched = an_object(arena_touched_bytes);
    size_t asked_bytes = 0;

    for (size_t i = 0; i < ARENA_OBJECTS; i++)
        asked_bytes += arena_object_bytes[i];
    for (size_t i = 1; i < ARENA_WAYS; i++) {
        /* by call it is ours again: what was asked for stands there */
        struct result row = {
            .name = "memory",
            .metric = "B-held-an-object",
            .unit = "B",
            .ours = held,
            .peer = i > 1 ? arena_ways[i]->name : "asked for",
            .theirs = an_object(i > 1 ? arena_ways[i]->held_bytes : asked_bytes),
        };

        results_add(results, &row);
        row.metric = "B-touched-an-object";
        row.ours = touched;
        results_add(results, &row);
    }
}

static void print_conditions(int cpu)
{
    printf("The arena beside its peers: %u repetitions after one to warm up, each way in "
           "turn in each, bound to processor %d.\n",
           measure_repetitions("REPS", REPETITIONS), cpu);
    puts("malloc keeps what is freed: M_TRIM_THRESHOLD and M_TOP_PAD are high.");
    for (size_t i = 0; i < ARENA_WAYS; i++)
        if (arena_ways[i]->missing)
            printf("Not measured: %s, as %s is not here (make bench-deps installs it).\n",
                   arena_ways[i]->name, arena_ways[i]->missing);
    putchar('\n');
}

int main(void)
{
    struct results results = {0};
    int cpus[MEASURE_CPUS] = {-1};

    if (!measure_cpus(cpus) || measure_pin(cpus, 1))
        fputs("not bound to a processor\n", stderr);
    arena_ways_prepare();
    print_conditions(cpus[0]);
    note_held_bytes(); /* before anything is kept for another round */
    for (enum arena_case which = 0; which < ARENA_CASES; which++) {
        struct number numbers[ARENA_WAYS];

        measure_case(which, numbers);
        add_rows(&results, which, numbers);
        if (which == CASE_OBJECTS)
            add_targets(&results, numbers);
    }
    add_memory(&results);
    results_print(&results, stdout);
    putchar('\n');
    results_print_targets(&results, stdout);
    return results_end(&results, "arena") ? 0 : 1;
}
