/* SPDX-License-Identifier: MIT
 *
 * usage: map BUILD - <tare/map.h> beside its peers, in the top folder of the source.
 * Environment: REPS rounds (5), CASES to run (all), as the tables name them. Writes
 * build/bench/map.tsv.
 */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/map_rows.h"
#include "bench/process_tree.h"

#define OUT_PATH "build/bench/map.out"

enum { REPS = 5 };

static const char *build;
static int cpus[MEASURE_CPUS];
static struct map_runs runs;

static bool run_worker(const struct map_way_plan *way, const struct map_case *asked)
{
    char program[PATH_MAX];
    const char *const words[] = {program, asked->size, asked->pattern, NULL};
    const struct tree_plan plan = {
        .words = words, .cpus = cpus, .cpu_count = 1, .out = OUT_PATH};
    struct tree_cost cost;

    snprintf(program, sizeof program, "%s/bench/map_%s_%s", build, way->worker,
             asked->kind);
    unlink(OUT_PATH);
    return access(program, X_OK) == 0 && !tree_run(&plan, &cost) && cost.status == 0;
}

static void read_numbers(unsigned test, unsigned way)
{
    char name[64];
    double value;
    FILE *file = fopen(OUT_PATH, "r");

    while (file && fscanf(file, "%63s %lf", name, &value) == 2)
        for (unsigned metric = 0; metric < METRIC_COUNT; metric++)
            if (strcmp(name, map_metrics[metric]) == 0)
                samples_add(&runs.samples[test][metric][way], value);
    if (file)
        fclose(file);
}

static void run_case(unsigned test)
{
    const struct map_case *asked = &map_cases[test];
    unsigned rounds = measure_repetitions("REPS", REPS);

    if (asked->rounds && asked->rounds < rounds)
        rounds = asked->rounds;
    fprintf(stderr, "running %s\n", asked->name);
    for (unsigned round = 0; round < rounds; round++)
        for (unsigned way = 0; way < WAY_COUNT; way++) {
            const struct map_way_plan *plan = &map_ways[way];

            if (plan->is_missing || (plan->is_slow && asked->is_large) ||
                (asked->is_own && way > WAY_FAST))
                continue;
            if (run_worker(plan, asked))
                read_numbers(test, way);
            else
                fprintf(stderr, "%s, %s: failed\n", asked->name, plan->name);
        }
}

static void find_ways(void)
{
    const struct map_case least = {.kind = "u64", .size = "begin"};

    for (unsigned way = 0; way < WAY_COUNT; way++) {
        map_ways[way].is_missing = !run_worker(&map_ways[way], &least);
        if (map_ways[way].is_missing)
            printf("Not measured: %s is not here.\n", map_ways[way].name);
    }
}

int main(int argc, char **argv)
{
    struct results results = {0};

    if (argc != 2 || !measure_cpus(cpus)) {
        fputs("usage: map BUILD\n", stderr);
        return 2;
    }
    build = argv[1];
    mkdir("build", 0777);
    mkdir("build/bench", 0777);
    printf("Maps of integers and of text beside their peers: up to %u rounds, each way in "
           "turn "
           "in each,\na process of its own that warms up first, bound to processor %d.\n",
           measure_repetitions("REPS", REPS), cpus[0]);
    find_ways();
    fflush(stdout);
    for (unsigned test = 0; test < CASE_COUNT; test++)
        if (measure_is_chosen(map_cases[test].name))
            run_case(test);
    unlink(OUT_PATH);
    map_print(&runs, stdout);
    map_add_rows(&results, &runs);
    map_add_targets(&results, &runs);
    putchar('\n');
    results_print_targets(&results, stdout);
    return results_end(&results, "map") ? 0 : 1;
}
