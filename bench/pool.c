/* SPDX-License-Identifier: MIT
 *
 * usage: pool BUILD - the object pool in BUILD beside allocators and other pools, in the top
 * folder of the source. Environment: REPS rounds (5), CASES to run (all). Writes
 * build/bench/pool.tsv.
 */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/pool_rows.h"
#include "bench/process_tree.h"

#define OUT_PATH "build/bench/pool.out"

enum { REPS = 5 };

static const char *build;
static int cpus[MEASURE_CPUS];
static unsigned cpu_count;
static struct pool_runs runs;

/* What would make allocators or the pool other than they are by themselves. */
static void clean_environment(void)
{
    static const char *const prefixes[] = {
        "LD_PRELOAD", "TARE_",     "MALLOC_",   "GLIBC_TUNABLES", "MIMALLOC_",
        "MI_",        "JEMALLOC_", "TCMALLOC_", "TALLOC_",        "RTE_"};
    extern char **environ;

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        for (char **at = environ; *at;) {
            char name[256];

            snprintf(name, sizeof name, "%.*s", (int)strcspn(*at, "="), *at);
            if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0 && unsetenv(name) == 0)
                at = environ;
            else
                at++;
        }
}

static bool read_number(double *value)
{
    char line[256];
    FILE *file = fopen(OUT_PATH, "r");
    bool found = false;

    while (file && fgets(line, sizeof line, file))
        found |= sscanf(line, "result: %lf", value) == 1;
    if (file)
        fclose(file);
    return found;
}

/* False: it failed; `value` is NAN if it printed none. */
static bool run_worker(const struct pool_way_plan *way, const char *name, unsigned bytes,
                       unsigned threads, double *value)
{
    char program[PATH_MAX], count[16], preload[PATH_MAX];
    const char *const words[] = {program, name, count, way->library, NULL};
    const char *const settings[] = {way->is_preloaded ? preload : NULL, NULL};
    const struct tree_plan plan = {.words = words,
                                   .settings = settings,
                                   .cpus = cpus,
                                   .cpu_count = threads,
                                   .out = OUT_PATH};
    struct tree_cost cost;

    snprintf(program, sizeof program, "%s/bench/pool_%s_%u", build, way->worker, bytes);
    snprintf(count, sizeof count, "%u", threads);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", way->library ? way->library : "");
    unlink(OUT_PATH);
    *value = NAN;
    if (tree_run(&plan, &cost) || cost.status)
        return false;
    read_number(value);
    return true;
}

static void find_ways(void)
{
    double nothing;

    for (unsigned i = 0; i < WAY_COUNT; i++) {
        struct pool_way_plan *way = &pool_ways[i];

        way->is_missing = !run_worker(way, "begin", SIZE_BYTES_MAX, 1, &nothing);
        if (way->is_missing)
            printf("Not measured: %s is not here (make bench-deps installs it).\n",
                   way->name);
    }
}

/* A way that failed once is not tried again. */
static bool run_case(unsigned test, unsigned size, unsigned rounds)
{
    const struct pool_case *asked = &pool_cases[test];
    bool is_out[WAY_COUNT] = {false}, worked = true;
    double value;

    for (unsigned round = 0; round < rounds; round++)
        for (unsigned way = 0; way < WAY_COUNT; way++) {
            const struct pool_way_plan *plan = &pool_ways[way];

            if (is_out[way] || plan->is_missing ||
                (plan->is_of_thread && strncmp(asked->name, "flow", 4) == 0))
                continue;
            is_out[way] =
                !run_worker(plan, asked->name, pool_sizes[size], asked->threads, &value) ||
                isnan(value);
            if (is_out[way])
                fprintf(stderr, "%s, %s: failed\n", asked->name, plan->name);
            else
                samples_add(&runs.samples[test][size][way], value);
            worked &= !is_out[way];
        }
    return worked;
}

static bool run_cases(void)
{
    bool worked = true;

    for (unsigned test = 0; test < CASE_COUNT; test++) {
        if (!measure_is_chosen(pool_cases[test].name))
            continue;
        if (pool_cases[test].threads > cpu_count) {
            fprintf(stderr, "%s: left out, one processor only\n", pool_cases[test].name);
            continue;
        }
        fprintf(stderr, "running %s, %u thread%s\n", pool_cases[test].name,
                pool_cases[test].threads, pool_cases[test].threads > 1 ? "s" : "");
        for (unsigned size = 0; size < SIZE_COUNT; size++)
            worked &= run_case(test, size, measure_repetitions("REPS", REPS));
    }
    return worked;
}

int main(int argc, char **argv)
{
    struct results results = {0};

    cpu_count = measure_cpus(cpus);
    if (argc != 2 || !cpu_count) {
        fputs("usage: pool BUILD\n", stderr);
        return 2;
    }
    build = argv[1];
    mkdir("build", 0777);
    mkdir("build/bench", 0777);
    clean_environment();
    printf(
        "The object pool beside allocators and other pools: %u rounds, each way in turn in "
        "each,\na process of its own that warms up first, bound to processor %d; two "
        "threads to %d and %d.\n",
        measure_repetitions("REPS", REPS), cpus[0], cpus[0], cpus[cpu_count > 1]);
    find_ways();
    putchar('\n');
    fflush(stdout);
    bool worked = run_cases();
    unlink(OUT_PATH);
    pool_add_rows(&results, &runs);
    pool_add_targets(&results, &runs);
    pool_print(&runs, stdout);
    putchar('\n');
    results_print_targets(&results, stdout);
    return results_end(&results, "pool") && worked ? 0 : 1;
}
