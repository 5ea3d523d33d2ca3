/* SPDX-License-Identifier: MIT
 *
 * usage: intern - <tare/intern.h> beside its peers, in the top folder of the source. Environment:
 * REPS rounds (5), CASES to run (zipf identifiers memory). Writes build/bench/intern.tsv.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/intern_ways.h"
#include "bench/results.h"

enum { REPETITIONS = 5 };

static int cpus[MEASURE_CPUS];
static unsigned cpu_count;

/* What a child process finds: of each way, nanoseconds a lookup in each of so many threads, and
 * resident bytes a string. NAN: not measured. */
struct findings {
    struct number ns[INTERN_WAYS][MEASURE_CPUS];
    struct number bytes[INTERN_WAYS];
};

struct worker {
    const struct intern_way *way;
    const struct tare_text *texts;
    size_t count;
    int cpu;
    pthread_barrier_t *start;
    double ns;
};

static void *work(void *context)
{
    struct worker *worker = context;

    measure_pin(&worker->cpu, 1);
    pthread_barrier_wait(worker->start);
    uint64_t begin = measure_now_ns();
    worker->way->look_up(worker->texts, worker->count);
    worker->ns = (double)(measure_now_ns() - begin) / (double)worker->count;
    return NULL;
}

/* The mean of threads that each look up a part: of one all, of two an eighth each, so that
 * those that wait for a lock do not take longest of all. */
static double run_sample(const struct intern_way *way, const struct intern_input *input,
                         unsigned threads)
{
    struct worker workers[MEASURE_CPUS];
    pthread_t started[MEASURE_CPUS];
    pthread_barrier_t start;
    size_t part = threads > 1 ? input->count / 8 : input->count;
    double sum = 0;

    pthread_barrier_init(&start, NULL, threads);
    for (unsigned i = 0; i < threads; i++) {
        workers[i] = (struct worker){
            way, input->texts + i * (input->count / threads), part, cpus[i], &start, 0};
        if (pthread_create(&started[i], NULL, work, &workers[i]))
            exit(1);
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(started[i], NULL);
        sum += workers[i].ns;
    }
    pthread_barrier_destroy(&start);
    return sum / threads;
}

static bool is_run(size_t way, unsigned threads)
{
    const struct intern_way *asked = intern_ways[way];

    if (!asked || asked->missing || threads > cpu_count)
        return false;
    /* with one thread a way without a lock stands for the same with one */
    return threads > 1 ? !asked->is_of_thread : !asked->is_other_use || way == 1;
}

static void measure_speed(const struct intern_input *input, struct findings *findings)
{
    static struct samples samples[INTERN_WAYS][MEASURE_CPUS];

    for (size_t i = 0; i < INTERN_WAYS; i++)
        if (intern_ways[i] && !intern_ways[i]->missing && !intern_ways[i]->is_other_use)
            intern_ways[i]->look_up(input->distinct, input->distinct_count);
    for (unsigned round = 0; round < measure_repetitions("REPS", REPETITIONS); round++)
        for (unsigned threads = 1; threads <= MEASURE_CPUS; threads++)
            for (size_t i = 0; i < INTERN_WAYS; i++) {
                if (!is_run(i, threads))
                    continue;
                samples_add(&samples[i][threads - 1],
                            run_sample(intern_ways[i], input, threads));
            }
    for (size_t i = 0; i < INTERN_WAYS; i++)
        for (unsigned threads = 1; threads <= MEASURE_CPUS; threads++)
            findings->ns[i][threads - 1] = samples_number(&samples[i][threads - 1]);
}

static double resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    double pages = NAN;

    if (file && fscanf(file, "%*s %lf", &pages) != 1)
        pages = NAN;
    if (file)
        fclose(file);
    return pages * (double)sysconf(_SC_PAGESIZE);
}

static const struct intern_way *filled;

static void measure_memory(const struct intern_input *input, struct findings *findings)
{
    size_t few = input->distinct_count / 100;

    filled->look_up(input->distinct, few); /* libraries and tables are there */
    double before = resident_bytes();
    filled->look_up(input->distinct + few, input->distinct_count - few);
    findings->bytes[0] =
        number_of((resident_bytes() - before) / (double)(input->distinct_count - few));
}

/* In a process of its own, with tables and heaps of its own. False: it failed. */
static bool run_apart(const struct intern_input *input,
                      void (*measure)(const struct intern_input *input,
                                      struct findings *findings),
                      struct findings *findings)
{
    int ends[2], status;

    if (pipe(ends))
        return false;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        measure_pin(cpus, 1);
        measure(input, findings);
        _exit(write(ends[1], findings, sizeof *findings) != sizeof *findings);
    }
    close(ends[1]);
    bool is_read =
        child > 0 && read(ends[0], findings, sizeof *findings) == (ssize_t)sizeof *findings;
    close(ends[0]);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 && is_read;
}

static void forget(struct findings *findings)
{
    for (size_t i = 0; i < INTERN_WAYS; i++) {
        findings->bytes[i] = number_of(NAN);
        for (size_t k = 0; k < MEASURE_CPUS; k++)
            findings->ns[i][k] = number_of(NAN);
    }
}

static bool run_memory(const struct intern_input *input, struct findings *findings)
{
    bool worked = true;

    for (size_t i = 0; i < INTERN_WAYS; i++) {
        struct findings one = {0};

        filled = intern_ways[i];
        if (!filled || filled->missing || filled->is_other_use)
            continue;
        worked &= run_apart(input, measure_memory, &one);
        findings->bytes[i] = one.bytes[0];
    }
    return worked;
}

static void add_rows(struct results *results, const char *name,
                     const struct findings *findings)
{
    static const char *const metrics[MEASURE_CPUS] = {"ns-1-thread", "ns-2-threads"};

    for (size_t i = 1; i < INTERN_WAYS; i++)
        for (size_t k = 0; k < MEASURE_CPUS; k++)
            if (intern_ways[i])
                results_add(results, &(struct result){.name = name,
                                                      .metric = metrics[k],
                                                      .unit = "ns",
                                                      .ours = findings->ns[0][k],
                                                      .peer = intern_ways[i]->name,
                                                      .theirs = findings->ns[i][k]});
    for (size_t i = 1; i < INTERN_WAYS; i++)
        if (intern_ways[i])
            results_add(results, &(struct result){.name = name,
                                                  .metric = "resident-bytes",
                                                  .unit = "B",
                                                  .ours = findings->bytes[0],
                                                  .peer = intern_ways[i]->name,
                                                  .theirs = findings->bytes[i]});
}

enum { TARE, BATCH, CHUNK, QUARK }; /* of intern_ways */

/* The fastest with a lock, for two threads. */
static struct number best_locked(const struct findings *findings)
{
    struct number best = number_of(NAN);

    for (size_t i = CHUNK; i < INTERN_WAYS; i++)
        if (intern_ways[i] && !(findings->ns[i][1].least >= best.least) &&
            !isnan(findings->ns[i][1].least))
            best = findings->ns[i][1];
    return best;
}

static void add_targets(struct results *results, const struct findings *zipf,
                        const struct findings *identifiers, const struct findings *memory)
{
    results_add_share(results, "zipf: tare / GStringChunk", zipf->ns[TARE][0],
                      zipf->ns[CHUNK][0], 1 / 1.6);
    results_add_share(results, "zipf: tare / g_intern_string", zipf->ns[TARE][0],
                      zipf->ns[QUARK][0], 1 / 2.5);
    results_add_share(results, "zipf: 16 at a time / GStringChunk", zipf->ns[BATCH][0],
                      zipf->ns[CHUNK][0], 1 / 3.0);
    results_add_share(results, "zipf: two threads, tare / the best with a lock",
                      zipf->ns[TARE][1], best_locked(zipf), 1 / 3.0);
    results_add_share(results, "zipf: tare, two threads / one", zipf->ns[TARE][1],
                      zipf->ns[TARE][0], 1.4);
    results_add_share(results, "identifiers: tare / GStringChunk", identifiers->ns[TARE][0],
                      identifiers->ns[CHUNK][0], 1 / 1.8);
    results_add_share(results, "identifiers: two threads, tare / the best with a lock",
                      identifiers->ns[TARE][1], best_locked(identifiers), 1 / 3.0);
    results_add_share(results, "identifiers: tare, two threads / one",
                      identifiers->ns[TARE][1], identifiers->ns[TARE][0], 1.4);
    results_add_target(results, &(struct target){.what = "resident bytes a string of 20",
                                                 .value = memory->bytes[TARE],
                                                 .limit = 45});
}

static void print_conditions(void)
{
    printf(
        "Interning beside its peers: %u rounds after each string was put in, each way in "
        "turn in each,\nbound to processor %d; two threads to %d and %d, each with "
        "an eighth of the lookups.\n",
        measure_repetitions("REPS", REPETITIONS), cpus[0], cpus[0], cpus[cpu_count > 1]);
    for (size_t i = 0; i < INTERN_WAYS; i++)
        if (!intern_ways[i] || intern_ways[i]->missing)
            printf("Not measured: a peer of package %s (make bench-deps installs it).\n",
                   intern_ways[i] ? intern_ways[i]->missing : "g++");
}

/* Each case of one input. */
static bool run_zipf(struct findings *speed, struct findings *memory)
{
    struct intern_input input = {0};
    bool worked = true;

    if (!measure_is_chosen("zipf") && !measure_is_chosen("memory"))
        return true;
    intern_input_zipf(&input);
    printf("zipf, memory: %s, %.1f bytes on average\n", input.from, input.mean_bytes);
    if (measure_is_chosen("memory"))
        worked &= run_memory(&input, memory);
    if (measure_is_chosen("zipf"))
        worked &= run_apart(&input, measure_speed, speed);
    return worked;
}

static bool run_identifiers(struct findings *speed)
{
    struct intern_input input = {0};

    if (!measure_is_chosen("identifiers"))
        return true;
    intern_input_identifiers(&input);
    printf("identifiers: %s\n", input.from);
    return run_apart(&input, measure_speed, speed);
}

int main(void)
{
    struct findings zipf, identifiers, memory;
    struct results results = {0};

    cpu_count = measure_cpus(cpus);
    if (!cpu_count)
        return 1;
    forget(&zipf);
    forget(&identifiers);
    forget(&memory);
    print_conditions();
    bool worked = run_zipf(&zipf, &memory);
    worked &= run_identifiers(&identifiers);
    putchar('\n');
    add_rows(&results, "zipf", &zipf);
    add_rows(&results, "ident", &identifiers);
    add_rows(&results, "memory", &memory);
    add_targets(&results, &zipf, &identifiers, &memory);
    results_print(&results, stdout);
    putchar('\n');
    results_print_targets(&results, stdout);
    return results_end(&results, "intern") && worked ? 0 : 1;
}
