/* SPDX-License-Identifier: MIT
 *
 * usage: supervisor - <tare/supervisor.h> and <tare/shard.h>, in the top folder.
 * Environment: REPS rounds (7). Writes build/bench/supervisor.tsv.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/results.h"

#include <tare/shard.h>
#include <tare/supervisor.h>

enum {
    REPETITIONS = 7,
    ASKS = 200000,
    GOVERNORS = 1000,
    MILLION = 1000000,
    BATCH = 32,
    CRASHES = 20
};

static struct tare_governor_policy *policy;
static unsigned repetitions;

static void give_up(const char *what)
{
    fprintf(stderr, "supervisor: %s\n", what);
    exit(1);
}

static struct tare_governor_request request_of(size_t i)
{
    return (struct tare_governor_request){
        .now_ns = (int64_t)i * 1000, .tenant = (uint32_t)(i & 7), .quantity = 1};
}

static struct tare_supervisor *supervise(bool is_guarded)
{
    const struct tare_supervisor_options options = {
        .max_restarts = 1, .period_ns = 1, .is_guarded = is_guarded, .is_bare = true};
    struct tare_supervisor *supervisor;

    if (tare_supervisor_create(&supervisor, &options))
        give_up("no supervisor");
    return supervisor;
}

static struct tare_supervisor_child *add(struct tare_supervisor *supervisor,
                                         uint32_t snapshot_every)
{
    const struct tare_supervisor_spec spec = {policy, TARE_SUPERVISOR_PERMANENT,
                                              snapshot_every};
    struct tare_supervisor_child *child;

    if (tare_supervisor_add(supervisor, &spec, &child))
        give_up("no child");
    return child;
}

/* Asking governors of a supervisor, and the same ones without it. */
struct asking {
    struct tare_supervisor_child *children[GOVERNORS];
    bool is_direct;
};

static void ask_all(void *context)
{
    struct asking *asking = context;
    struct tare_governor_decision decision;

    for (size_t i = 0; i < ASKS; i++) {
        struct tare_governor_request request = request_of(i);
        struct tare_supervisor_child *child = asking->children[i % GOVERNORS];

        if (asking->is_direct)
            (void)tare_governor_ask(tare_supervisor_governor(child), &request, &decision);
        else
            (void)tare_supervisor_ask(child, &request, &decision);
        measure_keep(&decision);
    }
}

enum { DIRECT, PLAIN, GUARDED, SNAPSHOTS, ASK_WAYS };

static void measure_asks(struct number costs[ASK_WAYS])
{
    static struct asking asking[ASK_WAYS];
    struct tare_supervisor *supervisors[ASK_WAYS];
    struct measure_way ways[ASK_WAYS];

    for (size_t way = 0; way < ASK_WAYS; way++) {
        supervisors[way] = supervise(way >= GUARDED);
        asking[way].is_direct = way == DIRECT;
        for (size_t i = 0; i < GOVERNORS; i++)
            asking[way].children[i] = add(supervisors[way], way == SNAPSHOTS ? 100 : 0);
        ways[way] = (struct measure_way){.run = ask_all, .context = &asking[way]};
    }
    measure_ways(ways, ASK_WAYS, repetitions);
    for (size_t way = 0; way < ASK_WAYS; way++) {
        struct number ns = samples_number(&ways[way].ns);

        costs[way] = (struct number){ns.least / ASKS, ns.median / ASKS};
        tare_supervisor_destroy(&supervisors[way]);
    }
}

/* A SIGSEGV amid a request, until the governor runs again: 16 tenants, 32 events, from a snapshot. */
static struct number measure_restart(void)
{
    struct tare_supervisor *supervisor = supervise(true);
    struct tare_supervisor_child *child = add(supervisor, 0);
    struct tare_governor_decision decision;
    struct tare_supervisor_stats stats;
    struct samples samples = {0};

    for (size_t i = 0; i < 100; i++) {
        struct tare_governor_request request = request_of(i);

        request.tenant = (uint32_t)(i % 16);
        (void)tare_supervisor_ask(child, &request, &decision);
    }
    if (tare_supervisor_snapshot(child, 0))
        give_up("no snapshot");
    for (size_t round = 0; round < repetitions * 8 && round < MEASURE_SAMPLES; round++) {
        enum { FAULTS = 100 };
        struct tare_governor *governor = tare_supervisor_governor(child);
        uint64_t from_ns = measure_now_ns();

        /* Its memory is spoiled, and so the next request faults. */
        for (size_t i = 0; i < FAULTS; i++) {
            struct tare_governor_request request = request_of(i);

            request.now_ns = (int64_t)(round * FAULTS + i) * 1000;
            memset(governor, 0xff, 64);
            (void)tare_supervisor_ask(child, &request, &decision);
        }
        samples_add(&samples, (double)(measure_now_ns() - from_ns) / FAULTS / 1000);
    }
    tare_supervisor_get_stats(supervisor, &stats);
    if (stats.restored != stats.faults || !stats.faults)
        give_up("restarts are not from the snapshot");
    tare_supervisor_destroy(&supervisor);
    return samples_number(&samples);
}

static struct number measure_start(void)
{
    struct samples samples = {0};

    for (unsigned round = 0; round < repetitions && round < 5; round++) {
        struct tare_supervisor *supervisor = supervise(true);
        uint64_t from_ns = measure_now_ns();

        for (size_t i = 0; i < MILLION; i++)
            add(supervisor, 0);
        samples_add(&samples, (double)(measure_now_ns() - from_ns) / 1e9);
        tare_supervisor_destroy(&supervisor);
    }
    return samples_number(&samples);
}

struct mailbox {
    struct tare_shard *shard;
    struct tare_shard_port *port;
    uint32_t governors[GOVERNORS];
};

static struct mailbox open_mailbox(void)
{
    const struct tare_governor_policy *policies[] = {policy};
    const struct tare_shard_options options = {.policies = policies,
                                               .policy_count = 1,
                                               .governors = GOVERNORS,
                                               .ports = 1,
                                               .max_restarts = 1,
                                               .period_ns = 1};
    struct mailbox mailbox;
    int cpus[MEASURE_CPUS];

    /* The shard is alone on the one, the program on the other. */
    if (measure_cpus(cpus) < MEASURE_CPUS || measure_pin(&cpus[1], 1) ||
        tare_shard_create(&mailbox.shard, &options) || measure_pin(cpus, 1) ||
        tare_shard_open(mailbox.shard, &mailbox.port))
        give_up("no shard");
    for (size_t i = 0; i < GOVERNORS; i++)
        if (tare_shard_add(mailbox.shard, policy, &mailbox.governors[i]))
            give_up("no governor in the shard");
    return mailbox;
}

/* Nanoseconds each, one after the other. */
static void ask_each(struct mailbox *mailbox, uint64_t *ns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct tare_governor_request request = request_of(i);
        struct tare_governor_decision decision;
        uint64_t from_ns = measure_now_ns();

        if (tare_shard_ask(mailbox->port, mailbox->governors[i % GOVERNORS], &request,
                           &decision) == TARE_GOVERNOR_ERROR)
            give_up("the shard does not answer");
        ns[i] = measure_now_ns() - from_ns;
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return (one > other) - (one < other);
}

/* Of each round the mean, the middle and the slowest hundredth. */
struct latency {
    struct samples mean, p50, p99;
};

static void measure_one_by_one(struct mailbox *mailbox, struct latency *latency)
{
    uint64_t *ns = malloc(ASKS * sizeof *ns), sum = 0;

    if (!ns)
        give_up("no memory");
    ask_each(mailbox, ns, ASKS);
    for (size_t i = 0; i < ASKS; i++)
        sum += ns[i];
    qsort(ns, ASKS, sizeof *ns, by_value);
    samples_add(&latency->mean, (double)sum / ASKS);
    samples_add(&latency->p50, (double)ns[ASKS / 2]);
    samples_add(&latency->p99, (double)ns[ASKS - ASKS / 100]);
    free(ns);
}

/* Runs of `same` to one governor. */
static double measure_batches(struct mailbox *mailbox, size_t same)
{
    enum { SENT = 512 };
    static struct tare_governor_request requests[SENT];
    static struct tare_governor_decision decisions[SENT];
    static uint32_t governors[SENT];
    uint64_t from_ns = measure_now_ns();

    for (size_t i = 0; i < ASKS; i++) {
        requests[i % SENT] = request_of(i);
        governors[i % SENT] = mailbox->governors[i / same % GOVERNORS];
        if (i % SENT == SENT - 1)
            tare_shard_ask_batch(mailbox->port, governors, requests, decisions, SENT);
    }
    return (double)(measure_now_ns() - from_ns) / ASKS;
}

/* Killed, until the next process has answered. */
static struct number measure_crash(struct mailbox *mailbox)
{
    struct samples samples = {0};
    struct tare_shard_stats stats;
    uint64_t ns;

    for (int i = 0; i < CRASHES; i++) {
        ask_each(mailbox, &ns, 1);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        tare_shard_get_stats(mailbox->shard, &stats);
        uint64_t from_ns = measure_now_ns();
        if (stats.process > 0)
            kill(stats.process, SIGKILL);
        int before = stats.process;
        while (stats.process == before) {
            ask_each(mailbox, &ns, 1);
            tare_shard_get_stats(mailbox->shard, &stats);
        }
        samples_add(&samples, (double)(measure_now_ns() - from_ns) / 1e6);
    }
    return samples_number(&samples);
}

static void print_number(const char *what, struct number number, const char *unit)
{
    printf("%-58s %10.2f %10.2f  %s\n", what, number.median, number.least, unit);
}

struct found {
    struct number asks[ASK_WAYS], restart, mean, p50, p99, batched, mixed, crash, start;
};

static void measure_mailbox(struct found *found)
{
    struct mailbox mailbox = open_mailbox();
    struct latency latency = {0};
    struct samples batched = {0}, mixed = {0};

    for (unsigned i = 0; i < repetitions; i++) {
        measure_one_by_one(&mailbox, &latency);
        samples_add(&batched, measure_batches(&mailbox, BATCH));
        samples_add(&mixed, measure_batches(&mailbox, 1));
    }
    found->mean = samples_number(&latency.mean);
    found->p50 = samples_number(&latency.p50);
    found->p99 = samples_number(&latency.p99);
    found->batched = samples_number(&batched);
    found->mixed = samples_number(&mixed);
    found->crash = measure_crash(&mailbox);
    tare_shard_destroy(&mailbox.shard);
}

static void print_found(const struct found *found)
{
    printf("%-58s %10s %10s\n", "16 tenants, 32 events; 1,000 governors in turn", "median",
           "least");
    print_number("a check, the governor alone", found->asks[DIRECT], "ns");
    print_number("likewise under a supervisor", found->asks[PLAIN], "ns");
    print_number("likewise, faults caught", found->asks[GUARDED], "ns");
    print_number("likewise, a snapshot each 100", found->asks[SNAPSHOTS], "ns");
    print_number("SIGSEGV to running again from the snapshot", found->restart, "us");
    print_number("through a mailbox, with two looks at the clock: mean", found->mean, "ns");
    print_number("likewise: p50", found->p50, "ns");
    print_number("likewise: p99", found->p99, "ns");
    print_number("512 handed over, 32 to one governor", found->batched, "ns");
    print_number("512 handed over, each to another governor", found->mixed, "ns");
    print_number("a shard killed, to the next one's answer", found->crash, "ms");
    print_number("a million governors started", found->start, "s");
    putchar('\n');
}

static void add_results(struct results *results, const struct found *found)
{
    results_add(results, &(struct result){.name = "supervised",
                                          .metric = "ns",
                                          .unit = "ns",
                                          .ours = found->asks[GUARDED],
                                          .peer = "the governor alone",
                                          .theirs = found->asks[DIRECT]});
    results_add(results, &(struct result){.name = "mailbox",
                                          .metric = "ns",
                                          .unit = "ns",
                                          .ours = found->mean,
                                          .peer = "the governor alone",
                                          .theirs = found->asks[DIRECT]});
    results_add(results, &(struct result){.name = "mailbox batched",
                                          .metric = "ns",
                                          .unit = "ns",
                                          .ours = found->batched,
                                          .peer = "the governor alone",
                                          .theirs = found->asks[DIRECT]});
    results_add_target(results,
                       &(struct target){"restart in process, us", found->restart, 5, 2});
    results_add_target(results,
                       &(struct target){"restart of a shard, ms", found->crash, 5, 1});
    results_add_target(results, &(struct target){"a check through the mailbox (2 M/s), ns",
                                                 found->mean, 500, 0});
    results_add_target(results,
                       &(struct target){"likewise in batches (20 M/s hoped for), ns",
                                        found->batched, 500, 50});
    results_add_target(
        results, &(struct target){"p99 through the mailbox, ns", found->p99, 1000, 500});
    results_add_target(
        results, &(struct target){"a million governors started, s", found->start, 0.7, 0});
}

int main(void)
{
    const struct tare_governor_config config = {
        .type = TARE_GOVERNOR_QUOTA,
        .tenants = 16,
        .events = 32,
        .quota = {.limit = 1000000, .period_ns = 1000000000, .burst = 1000}};
    struct results results = {0};
    struct found found;

    repetitions = measure_repetitions("REPS", REPETITIONS);
    if (tare_governor_policy_create(&policy, &config, NULL))
        give_up("no policy");
    measure_mailbox(&found);
    measure_asks(found.asks);
    found.restart = measure_restart();
    found.start = measure_start();
    print_found(&found);
    add_results(&results, &found);
    results_print_targets(&results, stdout);
    tare_governor_policy_destroy(&policy);
    return results_end(&results, "supervisor") ? 0 : 1;
}
