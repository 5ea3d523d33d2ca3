/* SPDX-License-Identifier: MIT
 *
 * usage: builder BUILD - <tare/string_builder.h> beside its peers, in the top folder of the source;
 * BUILD is where bench/builder_count was built.
 * Environment: REPS rounds (15). Writes build/bench/builder.tsv.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/builder_ways.h"
#include "bench/results.h"

enum { REPETITIONS = 15 };

/* Of one way in one case, a string. NAN: not measured. */
struct costs {
    struct number ns;
    double allocations, bytes;
};

static struct costs costs[BUILDER_CASES][BUILDER_WAYS];

struct run {
    void (*run)(size_t i);
    size_t strings;
};

static void run_sample(void *context)
{
    const struct run *run = context;

    for (size_t i = 0; i < run->strings; i++)
        run->run(i);
}

/* All ways that are here, each once in each repetition. */
static void measure_case(size_t which)
{
    const struct builder_case *one = &builder_cases[which];
    struct run runs[BUILDER_WAYS];
    struct measure_way ways[BUILDER_WAYS];
    size_t count = 0, from[BUILDER_WAYS];

    for (size_t i = 0; i < BUILDER_WAYS; i++) {
        costs[which][i] = (struct costs){number_of(NAN), NAN, NAN};
        if (!builder_way_is_here(&one->ways[i]))
            continue;
        runs[count] = (struct run){one->ways[i].run, one->strings};
        ways[count] = (struct measure_way){.run = run_sample, .context = &runs[count]};
        from[count++] = i;
    }
    measure_ways(ways, count, measure_repetitions("REPS", REPETITIONS));
    for (size_t i = 0; i < count; i++) {
        struct number ns = samples_number(&ways[i].ns);
        double strings = (double)one->strings;

        costs[which][from[i]].ns = (struct number){ns.least / strings, ns.median / strings};
    }
}

static bool read_counts(const char *build)
{
    char command[4096], line[256];
    size_t which, way;
    double allocations, bytes;

    snprintf(command, sizeof command, "'%s/bench/builder_count'", build);
    FILE *counts = popen(command, "r");
    if (!counts)
        return false;
    while (fgets(line, sizeof line, counts))
        if (sscanf(line, "%zu %zu %lf %lf", &which, &way, &allocations, &bytes) == 4 &&
            which < BUILDER_CASES && way < BUILDER_WAYS) {
            costs[which][way].allocations = allocations;
            costs[which][way].bytes = bytes;
        }
    return pclose(counts) == 0;
}

/* A row a way, beside the first. */
static void add_rows(struct results *results, size_t which)
{
    const struct builder_case *one = &builder_cases[which];

    for (size_t i = 1; i < BUILDER_WAYS; i++) {
        const struct costs *ours = &costs[which][0], *theirs = &costs[which][i];
        struct result row = {
            .name = one->name,
            .metric = "ns",
            .unit = "ns",
            .ours = ours->ns,
            .peer = one->ways[i].name,
            .theirs = theirs->ns,
        };

        results_add(results, &row);
        row.metric = "allocations";
        row.unit = "";
        row.ours = number_of(ours->allocations);
        row.theirs = number_of(theirs->allocations);
        results_add(results, &row);
        row.metric = "allocated";
        row.unit = "B";
        row.ours = number_of(ours->bytes);
        row.theirs = number_of(theirs->bytes);
        results_add(results, &row);
    }
}

static const struct costs *find_costs(size_t which, const char *name)
{
    for (size_t i = 0; i < BUILDER_WAYS; i++)
        if (builder_cases[which].ways[i].name &&
            strcmp(builder_cases[which].ways[i].name, name) == 0)
            return &costs[which][i];
    abort();
}

static void add_targets(struct results *results)
{
    static const char *const ours[][3] = {
        {"build", "image: ns, into a buffer / asprintf",
         "image: allocations, into a buffer"},
        {"pooled", "image: ns, pooled / asprintf", "image: allocations, pooled"},
    };
    const struct costs *theirs = find_costs(0, "asprintf");

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        const struct costs *way = find_costs(0, ours[i][0]);
        const struct target faster = {
            ours[i][1],
            {way->ns.least / theirs->ns.least, way->ns.median / theirs->ns.median},
            0.5,
            0};
        const struct target none = {ours[i][2], number_of(way->allocations), 0, 0};

        results_add_target(results, &faster);
        results_add_target(results, &none);
    }
}

/* Each way for itself; the rows show them beside the first only. */
static void print_costs(void)
{
    printf("%-8s %-14s %9s %9s %12s %12s\n", "case", "way", "ns min", "median",
           "allocations", "allocated B");
    for (size_t which = 0; which < BUILDER_CASES; which++)
        for (size_t i = 0; i < BUILDER_WAYS; i++)
            if (builder_way_is_here(&builder_cases[which].ways[i]))
                printf("%-8s %-14s %9.1f %9.1f %12.2f %12.1f\n", builder_cases[which].name,
                       builder_cases[which].ways[i].name, costs[which][i].ns.least,
                       costs[which][i].ns.median, costs[which][i].allocations,
                       costs[which][i].bytes);
    putchar('\n');
}

static void print_conditions(int cpu)
{
    printf(
        "String builders beside their peers: %u repetitions after one to warm up, each way "
        "in turn in each, bound to processor %d.\n",
        measure_repetitions("REPS", REPETITIONS), cpu);
    if (builder_glib_is_missing)
        puts("Not measured: GLib, as libglib2.0-dev is not here (make bench-deps installs "
             "it).");
    putchar('\n');
}

int main(int argc, char **argv)
{
    struct results results = {0};
    int cpus[MEASURE_CPUS] = {-1};

    if (argc != 2) {
        fputs("usage: builder BUILD\n", stderr);
        return 2;
    }
    if (!measure_cpus(cpus) || measure_pin(cpus, 1))
        fputs("not bound to a processor\n", stderr);
    print_conditions(cpus[0]);
    for (size_t i = 0; i < BUILDER_CASES; i++)
        measure_case(i);
    bool is_counted = read_counts(argv[1]);
    if (!is_counted)
        fputs("allocations could not be counted\n", stderr);
    for (size_t i = 0; i < BUILDER_CASES; i++)
        add_rows(&results, i);
    add_targets(&results);
    print_costs();
    results_print_targets(&results, stdout);
    return results_end(&results, "builder") && is_counted ? 0 : 1;
}
