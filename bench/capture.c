/* SPDX-License-Identifier: MIT
 *
 * usage: capture BUILD [advise] - the recorder in BUILD beside heaptrack, in the top folder of the
 * source; or what --advise costs, beside heaptrack and DHAT.
 * Environment: REPS rounds (5), SHIPPED_REPS of them with whole reports by heaptrack (3), CASES
 * the programs to run (all, and loop and memory). Writes build/bench/capture.tsv, or advise_cost.tsv.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/capture_micro.h"
#include "bench/capture_rows.h"
#include "bench/capture_ways.h"

enum { MOST_PROGRAMS = 16, PROGRAM_REPS = 5, SHIPPED_REPS = 3 };

static struct bench_place place;
static bool for_advice;

static bool is_asked_for(enum way way)
{
    switch (way) {
    case WAY_PLAIN:
    case WAY_FULL:
    case WAY_RAW:
        return true;
    case WAY_ADVISE:
    case WAY_DHAT:
        return for_advice;
    default:
        return !for_advice;
    }
}

static void leave(int signal)
{
    bench_place_leave(&place);
    if (signal)
        _exit(128 + signal);
}

static bool run_once(struct program_runs *runs, const struct workload *workload,
                     enum way way, bool measured)
{
    const struct way_plan plan = {
        .way = way,
        .words = workload->words,
        .settings = workload->settings,
        .drive = workload->drive,
        .cpu_count = 1,
    };
    struct profile_sums sums;
    struct tree_cost cost;

    if (!way_run(&plan, &place, &cost, &sums))
        return false;
    if (way == WAY_FULL)
        runs->sums = sums;
    if (measured) {
        samples_add(&runs->cpu[way], cost.cpu);
        samples_add(&runs->elapsed[way], cost.elapsed);
    }
    return true;
}

/* A program that does nothing but compute takes as long as it computes, unless others are there. */
static void warn_of_noise(const struct program_runs *runs, const struct workload *workload)
{
    double elapsed = samples_number(&runs->elapsed[WAY_PLAIN]).median;
    double cpu = samples_number(&runs->cpu[WAY_PLAIN]).median;

    if (!workload->drive && elapsed > 1.05 * cpu)
        fprintf(stderr,
                "%s: the machine is not quiet: plain runs waited %.0f %% of the time\n",
                runs->name, (1 - cpu / elapsed) * 100);
}

/* The first round warms up and is not measured; heaptrack's reports, which take longest, are
 * not in it. A way that failed once is not tried again. */
static bool run_program(struct program_runs *runs, const struct workload *workload)
{
    unsigned rounds = measure_repetitions("REPS", PROGRAM_REPS);
    unsigned shipped_rounds = measure_repetitions("SHIPPED_REPS", SHIPPED_REPS);
    bool out_of_order[WAY_COUNT] = {false}, worked = true;

    runs->name = workload->name;
    for (unsigned round = 0; round <= rounds; round++)
        for (enum way way = WAY_PLAIN; way < WAY_COUNT; way++) {
            bool slow = way == WAY_SHIPPED || way == WAY_DHAT;
            unsigned most = way == WAY_DHAT ? 1 : shipped_rounds;

            if (!is_asked_for(way) || out_of_order[way] || way_missing(way) ||
                (slow && (!round || round > most)))
                continue;
            out_of_order[way] = !run_once(runs, workload, way, round > 0);
            worked &= !out_of_order[way];
        }
    warn_of_noise(runs, workload);
    if (runs->sums.lost)
        fprintf(stderr, "%s: %llu events or stacks were lost\n", runs->name,
                (unsigned long long)runs->sums.lost);
    return worked;
}

static void print_conditions(void)
{
    char peer[128];
    unsigned rounds = measure_repetitions("REPS", PROGRAM_REPS);
    unsigned shipped_rounds = measure_repetitions("SHIPPED_REPS", SHIPPED_REPS);
    bool two = place.cpu_count > 1;

    printf(
        "The recorder beside heaptrack: %u rounds (%u of heaptrack with its report) after "
        "one to warm up, each way in turn in each.\n"
        "Programs are bound to processor %d, heaptrack's pipeline and two threads to %d "
        "and %d; redis-benchmark to %d.\nCPU time is that of the whole process tree. All "
        "profiles go to %s.\n",
        rounds, shipped_rounds < rounds ? shipped_rounds : rounds, place.cpus[0],
        place.cpus[0], place.cpus[two], place.cpus[two], place.scratch);
    for (enum way way = WAY_PLAIN; way < WAY_COUNT; way++)
        if (is_asked_for(way) && way_missing(way))
            printf("Not measured: %s, as %s is not here (make bench-deps installs it).\n",
                   way_names[way], way_missing(way));
    if (!way_missing(WAY_RAW) && command_line("heaptrack --version", peer, sizeof peer))
        printf("Peer: %s. Its debug information server is switched off.\n", peer);
    putchar('\n');
    fflush(stdout);
}

static size_t run_programs(struct program_runs *runs, bool *worked)
{
    size_t count = 0;

    for (size_t i = 0; i < workload_count && count < MOST_PROGRAMS; i++) {
        struct workload *workload = &workloads[i];

        if (!measure_is_chosen(workload->name))
            continue;
        if (!workload_prepare(workload, &place)) {
            fprintf(stderr, "%s: left out, %s is not here (make bench-deps installs it)\n",
                    workload->name, workload->missing);
            continue;
        }
        fprintf(stderr, "running %s\n", workload->name);
        *worked &= run_program(&runs[count++], workload);
    }
    return count;
}

int main(int argc, char **argv)
{
    static struct program_runs runs[MOST_PROGRAMS];
    struct results results = {0};
    bool worked = true;

    for_advice = argc == 3 && strcmp(argv[2], "advise") == 0;
    if (argc != 2 + for_advice || !bench_place_find(&place, argv[1])) {
        fputs("usage: capture BUILD [advise]\n", stderr);
        return 2;
    }
    signal(SIGINT, leave);
    signal(SIGTERM, leave);
    print_conditions();
    size_t count = run_programs(runs, &worked);
    for (size_t i = 0; i < count; i++)
        capture_add_rows(&results, &runs[i]);
    if (for_advice)
        capture_add_advice_targets(&results, runs, count);
    else
        capture_add_targets(&results, runs, count);
    if (!for_advice && measure_is_chosen("loop"))
        worked &=
            capture_loops(&results, &place, measure_repetitions("REPS", PROGRAM_REPS));
    if (!for_advice && measure_is_chosen("memory"))
        worked &= capture_memory(&results, &place);
    leave(0);
    if (count)
        capture_print_programs(runs, count, stdout);
    results_print(&results, stdout);
    putchar('\n');
    results_print_targets(&results, stdout);
    return results_end(&results, for_advice ? "advise_cost" : "capture") && worked ? 0 : 1;
}
