/* SPDX-License-Identifier: MIT
 *
 * usage: governor_beam BUILD - governors beside the same ones in Erlang, bench/beam/, in the top folder.
 * Environment: REPS rounds (5), CASES (beam). Writes build/bench/governor_beam.tsv.
 *
 * Messages are compared with messages, and audit with audit: governor_server.erl keeps of each decision
 * what an event of ours has, governor_light.erl nothing.
 */
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/governor_mailbox.h"
#include "bench/results.h"

#include <tare/governor.h>

enum {
    REPETITIONS = 5,
    GOVERNORS = 1000,
    FIRST = 32, /* to warm up */
    DEVICE = 30,
    CALLS = 200000,
    ONE = 1,
    MANY = 100
};

extern char **environ;

static const char *build;
static bool is_erlang_here;

/* Milliseconds from a program's start to its end; NAN: it did not end well. */
static double run_ms(const char *const *words)
{
    uint64_t began_ns = measure_now_ns();
    int status;
    pid_t pid;

    if (posix_spawnp(&pid, words[0], NULL, NULL, (char **)(uintptr_t)words, environ) ||
        waitpid(pid, &status, 0) != pid || status)
        return NAN;
    return (double)(measure_now_ns() - began_ns) / 1e6;
}

/* The numbers of lines that begin with `before`, as the command says them; NAN: it does not. */
static void read_numbers(const char *command, const char *before, double *numbers,
                         unsigned count)
{
    FILE *from = popen(command, "r");
    char line[256];
    unsigned found = 0;

    while (from && fgets(line, sizeof line, from))
        if (found < count && strncmp(line, before, strlen(before)) == 0)
            numbers[found++] = strtod(line + strlen(before), NULL);
    if (from)
        pclose(from);
    for (; found < count; found++)
        numbers[found] = NAN;
}

static void ask_erlang(double *numbers, unsigned count, const char *module,
                       const char *what)
{
    char command[512];

    snprintf(command, sizeof command,
             "%s -noshell -noinput -pa %s/bench/beam -s governor_bench main %s %s",
             is_erlang_here ? "erl" : ": erl", build, module, what);
    read_numbers(command, "", numbers, count);
}

static struct number median_of(const double *values, unsigned count)
{
    struct samples samples = {{0}, 0};

    for (unsigned i = 0; i < count; i++)
        samples_add(&samples, values[i]);
    return samples_number(&samples);
}

static void add(struct results *results, const char *metric, const char *unit,
                struct number ours, const char *peer, struct number theirs)
{
    const struct result row = {.name = "beam",
                               .metric = metric,
                               .unit = unit,
                               .ours = ours,
                               .peer = peer,
                               .theirs = theirs};

    results_add(results, &row);
}

/* Processes with 40 governors, each asked once. */
static void measure_start(struct results *results, unsigned rounds)
{
    char paths[2][256], folder[256];
    struct samples ms[4] = {{{0}, 0}};

    snprintf(paths[0], sizeof paths[0], "%s/examples/governors/governors", build);
    snprintf(paths[1], sizeof paths[1], "%s/examples/governors/governors_static", build);
    snprintf(folder, sizeof folder, "%s/bench/beam", build);
    const char *const ways[4][16] = {
        {paths[0], "start", "40"},
        {paths[1], "start", "40"},
        {"erl", "-noshell", "-noinput", "-pa", folder, "-s", "governor_bench", "main",
         "governor_server", "start", "40"},
        {"erl", "-noshell", "-noinput", "-pa", folder, "-s", "governor_bench", "main",
         "governor_light", "start", "40"},
    };
    for (unsigned round = 0; round <= rounds; round++)
        for (unsigned way = 0; way < 4; way++) {
            double value = way < 2 || is_erlang_here ? run_ms(ways[way]) : NAN;

            if (round)
                samples_add(&ms[way], value);
        }
    struct number numbers[4];
    for (unsigned way = 0; way < 4; way++)
        numbers[way] = samples_number(&ms[way]);
    add(results, "start of 40", "ms", numbers[0], "gen_server", numbers[2]);
    add(results, "start of 40", "ms", numbers[0], "light", numbers[3]);
    add(results, "start of 40, static", "ms", numbers[1], "gen_server", numbers[2]);
    results_add_target(results,
                       &(struct target){"process and 40 governors, ms", numbers[0], 2, .5});
    results_add_target(
        results, &(struct target){"likewise, statically linked, ms", numbers[1], 2, .5});
    results_add_share(results, "process and 40 governors / erl's", numbers[0], numbers[2],
                      1 / 20.0);
}

static double resident_bytes(void)
{
    double pages[1];
    char command[64];

    snprintf(command, sizeof command, "cut -d' ' -f2 /proc/%d/statm", (int)getpid());
    read_numbers(command, "", pages, 1);
    return pages[0] * (double)sysconf(_SC_PAGESIZE);
}

/* One from the allocator, or the next piece of a block. */
static int make_one(struct tare_governor **governor,
                    const struct tare_governor_policy *policy, char *block)
{
    return block ? tare_governor_init(governor, block, tare_governor_bytes(policy), policy)
                 : tare_governor_create(governor, policy);
}

/* Of ours, resident too, after as many requests as theirs. The first ones have the allocator and its
 * first pages brought in, as theirs have those of the virtual machine. The process ends with it. */
static double our_bytes(unsigned events, bool is_one_block)
{
    const struct tare_governor_config config = {.type = TARE_GOVERNOR_QUOTA,
                                                .tenants = 16,
                                                .events = events,
                                                .quota = {.limit = 1000000000,
                                                          .period_ns = INT64_C(60000000000),
                                                          .burst = 1000000000}};
    struct tare_governor *governor;
    struct tare_governor_policy *policy;
    struct tare_governor_decision decision;
    char *block = NULL;
    double before = 0;

    if (tare_governor_policy_create(&policy, &config, NULL))
        return NAN;
    size_t bytes = tare_governor_bytes(policy);
    if (is_one_block)
        block = tare_mem_alloc(tare_mem_default(), GOVERNORS * bytes, 64);
    for (unsigned i = 0; i < GOVERNORS && !block == !is_one_block; i++) {
        if (i == FIRST)
            before = resident_bytes();
        if (make_one(&governor, policy, block ? block + i * bytes : NULL))
            return NAN;
        for (unsigned at = 0; at < 2 * events; at++)
            tare_governor_ask(governor,
                              &(struct tare_governor_request){
                                  .tenant = at % 16, .quantity = 1, .now_ns = at},
                              &decision);
    }
    return (resident_bytes() - before) / (GOVERNORS - FIRST);
}

/* Bytes do not change from run to run: once is enough, but each in a child, whose memory is new. */
static double our_bytes_apart(unsigned events, bool is_one_block)
{
    double bytes = NAN;
    int ends[2];

    if (pipe(ends))
        return NAN;
    pid_t pid = fork();
    if (pid == 0) {
        bytes = our_bytes(events, is_one_block);
        _exit(write(ends[1], &bytes, sizeof bytes) != sizeof bytes);
    }
    close(ends[1]);
    if (pid > 0 && (read(ends[0], &bytes, sizeof bytes) != sizeof bytes ||
                    waitpid(pid, NULL, 0) != pid))
        bytes = NAN;
    close(ends[0]);
    return bytes;
}

static void measure_bytes(struct results *results)
{
    static const struct {
        unsigned events;
        bool is_one_block;
        const char *name, *target;
    } cases[] = {
        {32, false, "audit of 32", "bytes, audit of 32 / gen_server's"},
        {32, true, "audit of 32, one block",
         "bytes, audit of 32, one block / gen_server's"},
        {100, false, "audit of 100", "bytes, audit of 100 / gen_server's"},
        {100, true, "audit of 100, one block",
         "bytes, audit of 100, one block / gen_server's"},
    };
    double base_kib = NAN;

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        double theirs[3], ours = our_bytes_apart(cases[i].events, cases[i].is_one_block);
        char what[64];

        snprintf(what, sizeof what, "bytes %d %u", GOVERNORS, cases[i].events);
        ask_erlang(theirs, 3, "governor_server", what);
        add(results, cases[i].name, "bytes", number_of(ours), "gen_server",
            number_of(theirs[0]));
        add(results, cases[i].name, "bytes", number_of(ours), "after its GC",
            number_of(theirs[1]));
        results_add_share(results, cases[i].target, number_of(ours), number_of(theirs[0]),
                          1 / 20.0);
        if (i == 0)
            base_kib = (theirs[2] + DEVICE * theirs[0]) / 1024;
    }
    double light[3];
    ask_erlang(light, 3, "governor_light", "bytes 1000 32");
    double least = our_bytes_apart(2, false);
    add(results, "no audit", "bytes", number_of(least), "light", number_of(light[0]));
    add(results, "no audit", "bytes", number_of(least), "after its GC",
        number_of(light[1]));

    char command[256];
    double kib;
    snprintf(command, sizeof command, "%s/examples/governors/governors_static device",
             build);
    read_numbers(command, "resident at the end:", &kib, 1);
    add(results, "process with 30", "KiB", number_of(kib), "gen_server",
        number_of(base_kib));
    results_add_target(results, &(struct target){"process with 30 governors, resident, MiB",
                                                 number_of(kib / 1024), 1.5, .5});
}

static void measure_messages(struct results *results, unsigned rounds)
{
    static const unsigned callers[] = {ONE, MANY};
    static const char *const names[] = {"one caller", "100 callers"};
    int cpus[MEASURE_CPUS];

    if (measure_cpus(cpus) < MEASURE_CPUS)
        return;
    for (unsigned i = 0; i < 2; i++) {
        double ours[MEASURE_SAMPLES], server[MEASURE_SAMPLES], light[MEASURE_SAMPLES];
        char what[64];

        snprintf(what, sizeof what, "calls %u %u 32", callers[i], CALLS / callers[i]);
        for (unsigned round = 0; round < rounds; round++) {
            ours[round] = mailbox_ns(cpus, callers[i], CALLS);
            measure_pin(cpus, MEASURE_CPUS);
            ask_erlang(&server[round], 1, "governor_server", what);
            ask_erlang(&light[round], 1, "governor_light", what);
        }
        struct number mine = median_of(ours, rounds), theirs = median_of(server, rounds);
        add(results, names[i], "ns", mine, "gen_server", theirs);
        add(results, names[i], "ns", mine, "light", median_of(light, rounds));
        results_add_share(results,
                          i ? "a message, 100 under way / gen_server's"
                            : "a message, one caller / gen_server's",
                          mine, theirs, 1 / 3.0);
    }
}

int main(int count, char **words)
{
    struct results results = {0};
    unsigned rounds = measure_repetitions("REPS", REPETITIONS);
    char beam[256];

    if (count != 2) {
        fputs("usage: governor_beam BUILD\n", stderr);
        return 2;
    }
    if (!measure_is_chosen("beam"))
        return 0;
    build = words[1];
    rounds = rounds < MEASURE_SAMPLES ? rounds : MEASURE_SAMPLES;
    snprintf(beam, sizeof beam, "%s/bench/beam/governor_bench.beam", build);
    is_erlang_here = access(beam, R_OK) == 0;
    if (!is_erlang_here)
        puts("erl was not here when this was built (make bench-deps): no rows of it");
    measure_start(&results, rounds);
    measure_bytes(&results);
    measure_messages(&results, rounds);
    results_print(&results, stdout);
    results_print_targets(&results, stdout);
    return results_end(&results, "governor_beam") ? 0 : 1;
}
