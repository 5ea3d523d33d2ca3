/* SPDX-License-Identifier: MIT
 *
 * usage: advise_trace BUILD - what it costs to write down all events of real programs, beside the
 * plain run and beside counting them, in the top folder of the source.
 * Environment: REPS rounds (5), CASES the programs to run (all). Writes
 * build/bench/advise_trace.tsv.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/capture_ways.h"
#include "bench/results.h"

enum { ROUNDS = 5, MOST_PROGRAMS = 16 };

enum kind { PLAIN, COUNTED, TRACED, KINDS };

static struct bench_place place;

struct program_costs {
    struct samples cpu[KINDS];
    struct profile_sums sums;
};

static void leave(int signal)
{
    bench_place_leave(&place);
    if (signal)
        _exit(128 + signal);
}

static bool run_once(struct program_costs *costs, const struct workload *workload,
                     enum kind kind, bool measured)
{
    const char *settings[WORKLOAD_SETTINGS + 2] = {0};
    size_t count = 0;
    struct tree_cost cost;
    struct profile_sums sums;

    for (; count < WORKLOAD_SETTINGS && workload->settings[count]; count++)
        settings[count] = workload->settings[count];
    if (kind == TRACED)
        settings[count] = "TARE_TRACE=128";
    const struct way_plan plan = {
        .way = kind == PLAIN ? WAY_PLAIN : WAY_FULL,
        .words = workload->words,
        .settings = settings,
        .drive = workload->drive,
        .cpu_count = 1,
    };
    if (!way_run(&plan, &place, &cost, &sums))
        return false;
    if (kind == TRACED)
        costs->sums = sums;
    if (measured)
        samples_add(&costs->cpu[kind], cost.cpu);
    return true;
}

static bool run_program(struct program_costs *costs, const struct workload *workload)
{
    unsigned rounds = measure_repetitions("REPS", ROUNDS);
    bool worked = true;

    for (unsigned round = 0; worked && round <= rounds; round++)
        for (enum kind kind = PLAIN; worked && kind < KINDS; kind++)
            worked = run_once(costs, workload, kind, round > 0);
    return worked;
}

static double add_rows(struct results *results, const char *name,
                       const struct program_costs *costs, double *bytes_an_event)
{
    struct number cpu[KINDS];
    uint64_t events = costs->sums.allocations + costs->sums.frees - costs->sums.trace_lost;

    for (enum kind kind = PLAIN; kind < KINDS; kind++)
        cpu[kind] = samples_number(&costs->cpu[kind]);
    results_add(results, &(struct result){name, "CPU time", "s", cpu[TRACED], "plain",
                                          cpu[PLAIN], false});
    results_add(results, &(struct result){name, "CPU time", "s", cpu[TRACED], "counted",
                                          cpu[COUNTED], false});
    *bytes_an_event = (double)costs->sums.trace_bytes / (double)(events ? events : 1);
    printf("%-8s %10.2f bytes an event %12llu events %10llu lost %8.2f x CPU, counted %.2f "
           "x\n",
           name, *bytes_an_event, (unsigned long long)events,
           (unsigned long long)costs->sums.trace_lost, cpu[TRACED].least / cpu[PLAIN].least,
           cpu[COUNTED].least / cpu[PLAIN].least);
    fflush(stdout);
    return cpu[TRACED].least / cpu[PLAIN].least;
}

int main(int argc, char **argv)
{
    struct results results = {0};
    double ratios[MOST_PROGRAMS], bytes[MOST_PROGRAMS], all = 0;
    size_t count = 0;
    bool worked = true;

    if (argc != 2 || !bench_place_find(&place, argv[1])) {
        fputs("usage: advise_trace BUILD\n", stderr);
        return 2;
    }
    signal(SIGINT, leave);
    signal(SIGTERM, leave);
    for (size_t i = 0; i < workload_count && count < MOST_PROGRAMS; i++) {
        struct program_costs costs = {0};

        if (!measure_is_chosen(workloads[i].name))
            continue;
        if (!workload_prepare(&workloads[i], &place)) {
            fprintf(stderr, "%s: left out, %s is not here (make bench-deps installs it)\n",
                    workloads[i].name, workloads[i].missing);
            continue;
        }
        if (run_program(&costs, &workloads[i])) {
            ratios[count] = add_rows(&results, workloads[i].name, &costs, &bytes[count]);
            all += bytes[count++];
        } else {
            worked = false;
        }
    }
    leave(0);
    if (count) {
        results_add_target(&results,
                           &(struct target){"trace: bytes an event, mean of the programs",
                                            number_of(all / (double)count), 3, 0});
        results_add_target(
            &results, &(struct target){"trace: CPU of the plain run, geometric mean",
                                       number_of(geometric_mean(ratios, count)), 2, 0});
    }
    results_print(&results, stdout);
    results_print_targets(&results, stdout);
    return results_end(&results, "advise_trace") && worked ? 0 : 1;
}
