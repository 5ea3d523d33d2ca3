/* SPDX-License-Identifier: MIT */
#include "bench/capture_micro.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/capture_ways.h"

static const char result_mark[] = "result:";

/* Run one of the programs made for this, and read the numbers that it prints. */
static bool run_numbers(const struct way_plan *plan, struct bench_place *place,
                        double *numbers, size_t count, struct profile_sums *sums)
{
    char said[2048];
    struct way_plan asked = *plan;
    struct tree_cost cost;

    asked.said = said;
    asked.said_bytes = sizeof said;
    if (!way_run(&asked, place, &cost, sums))
        return false;
    char *at = strstr(said, result_mark); /* heaptrack has something to say too */
    char *end = at ? at + sizeof result_mark - 1 : NULL;
    for (size_t i = 0; i < count && at; i++) {
        at = end;
        numbers[i] = strtod(at, &end);
        at = end == at ? NULL : at;
    }
    if (!at)
        fprintf(stderr, "%s, %s: printed no result\n", plan->words[0],
                way_names[plan->way]);
    return at;
}

/* malloc and free in a loop */

static const enum way loop_ways[] = {WAY_PLAIN, WAY_COUNTS, WAY_FULL, WAY_MIMALLOC,
                                     WAY_RAW};

enum { LOOP_WAYS = sizeof loop_ways / sizeof *loop_ways, LOOP_THREADS = 2 };

struct loop_samples {
    struct samples ns[LOOP_THREADS][WAY_COUNT];
};

/* The peer takes many times as long for a pair. */
static const char *loop_pairs(enum way way)
{
    return way == WAY_RAW ? "1000000" : "20000000";
}

static bool run_loop(struct loop_samples *all, enum way way, unsigned threads,
                     struct bench_place *place, bool measured)
{
    char program[PATH_MAX + 32], count[8];
    const char *words[] = {program, count, loop_pairs(way), NULL};
    const struct way_plan plan = {.way = way, .words = words, .cpu_count = threads};
    double ns;

    snprintf(program, sizeof program, "%s/bench/capture_loop", place->build);
    snprintf(count, sizeof count, "%u", threads);
    if (!run_numbers(&plan, place, &ns, 1, NULL))
        return false;
    if (measured)
        samples_add(&all->ns[threads - 1][way], ns);
    return true;
}

static void add_loop_row(struct results *results, const char *metric,
                         const struct samples *ours, const char *peer,
                         const struct samples *theirs)
{
    results_add(results, &(struct result){.name = "loop",
                                          .metric = metric,
                                          .unit = "ns",
                                          .ours = samples_number(ours),
                                          .peer = peer,
                                          .theirs = samples_number(theirs)});
}

static void add_loop_rows(struct results *results, const struct loop_samples *all)
{
    static const char *const metrics[LOOP_THREADS][WAY_COUNT] = {
        {[WAY_COUNTS] = "pair-counts-1-thread",
         [WAY_FULL] = "pair-full-1-thread",
         [WAY_MIMALLOC] = "pair-mimalloc-1-thr."},
        {[WAY_COUNTS] = "pair-counts-2-threads",
         [WAY_FULL] = "pair-full-2-threads",
         [WAY_MIMALLOC] = "pair-mimalloc-2-thr."},
    };

    for (unsigned i = 0; i < LOOP_THREADS; i++) {
        const struct samples *ns = all->ns[i];

        for (unsigned way = 0; way < WAY_COUNT; way++)
            if (metrics[i][way])
                add_loop_row(results, metrics[i][way], &ns[way], "plain", &ns[WAY_PLAIN]);
        add_loop_row(results, metrics[i][WAY_FULL], &ns[WAY_FULL], way_names[WAY_RAW],
                     &ns[WAY_RAW]);
    }
    add_loop_row(results, "pair-plain-2-threads", &all->ns[1][WAY_PLAIN], "1 thread",
                 &all->ns[0][WAY_PLAIN]);
    add_loop_row(results, metrics[1][WAY_COUNTS], &all->ns[1][WAY_COUNTS], "1 thread",
                 &all->ns[0][WAY_COUNTS]);
    add_loop_row(results, metrics[1][WAY_FULL], &all->ns[1][WAY_FULL], "1 thread",
                 &all->ns[0][WAY_FULL]);
}

static void add_loop_targets(struct results *results, const struct loop_samples *all)
{
    struct number plain = samples_number(&all->ns[0][WAY_PLAIN]);
    struct number one = samples_number(&all->ns[0][WAY_FULL]);
    struct number two = samples_number(&all->ns[1][WAY_FULL]);
    const struct target added = {"malloc and free: ns a pair over plain, one thread",
                                 number_minus(one, plain), 25, 0};
    const struct target scaling = {
        "malloc and free: ns a pair, two threads / one",
        {.least = two.least / one.least, .median = two.median / one.median},
        1.15,
        0};

    results_add_target(results, &added);
    results_add_target(results, &scaling);
}

bool capture_loops(struct results *results, struct bench_place *place, unsigned repetitions)
{
    static struct loop_samples all;
    unsigned most_threads = place->cpu_count < LOOP_THREADS ? 1 : LOOP_THREADS;
    bool worked = true;

    if (most_threads < LOOP_THREADS)
        fputs("loop: one processor only: two threads are not measured\n", stderr);
    for (unsigned round = 0; round <= repetitions && worked; round++)
        for (unsigned threads = 1; threads <= most_threads; threads++)
            for (unsigned i = 0; i < LOOP_WAYS; i++)
                if (!way_missing(loop_ways[i]))
                    worked &= run_loop(&all, loop_ways[i], threads, place, round > 0);
    add_loop_rows(results, &all);
    add_loop_targets(results, &all);
    return worked;
}

/* Memory: what a live block takes more */

enum { SIZES = 16 };

struct block_bytes {
    double requested; /* mean over 16 sizes in a row: the rounding of sizes falls out */
    double worst;     /* of one size, with the rounding */
    double resident;  /* of the process, a block */
    double requested_before; /* of the plain run */
};

static bool measure_blocks(struct block_bytes *result, const char *bytes, const char *count,
                           struct bench_place *place)
{
    char program[PATH_MAX + 32];
    const char *words[] = {program, "blocks", bytes, count, NULL};
    struct way_plan plan = {.way = WAY_PLAIN, .words = words, .cpu_count = 1};
    double plain[SIZES + 1], full[SIZES + 1];

    snprintf(program, sizeof program, "%s/bench/capture_memory", place->build);
    if (!run_numbers(&plan, place, plain, SIZES + 1, NULL))
        return false;
    plan.way = WAY_FULL;
    if (!run_numbers(&plan, place, full, SIZES + 1, NULL))
        return false;
    *result = (struct block_bytes){.resident = (full[SIZES] - plain[SIZES]) /
                                               (SIZES * strtod(count, NULL))};
    for (size_t i = 0; i < SIZES; i++) {
        result->requested += (full[i] - plain[i]) / SIZES;
        result->requested_before += plain[i] / SIZES;
        result->worst = fmax(result->worst, full[i] - plain[i]);
    }
    return true;
}

static void add_memory_row(struct results *results, const char *metric, const char *unit,
                           double ours, const char *peer, double theirs)
{
    results_add(results, &(struct result){.name = "memory",
                                          .metric = metric,
                                          .unit = unit,
                                          .ours = number_of(ours),
                                          .peer = peer,
                                          .theirs = number_of(theirs)});
}

static bool measure_all_blocks(struct results *results, struct bench_place *place)
{
    static const struct {
        const char *bytes, *count, *total, *added, *worst, *resident;
    } sizes[] = {
        {"16", "10000", "heap-16..31", "added-16..31", "added-16..31-worst",
         "resident-16..31"},
        {"100", "10000", "heap-100..115", "added-100..115", "added-100..115-worst",
         "resident-100..115"},
        {"1000", "4000", "heap-1000..1015", "added-1000..1015", "added-1000..1015-worst",
         "resident-1000..1015"},
        {"140000", "200", "heap-140000..", "added-140000..", "added-140000..-worst",
         "resident-140000.."},
    };
    double most = 0;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct block_bytes block;

        if (!measure_blocks(&block, sizes[i].bytes, sizes[i].count, place))
            return false;
        most = fmax(most, block.requested);
        add_memory_row(results, sizes[i].total, "B",
                       block.requested_before + block.requested, "plain",
                       block.requested_before);
        add_memory_row(results, sizes[i].added, "B", block.requested, "limit", 16);
        add_memory_row(results, sizes[i].worst, "B", block.worst, "limit", 16);
        add_memory_row(results, sizes[i].resident, "B", block.resident, "limit", 16);
    }
    const struct target target = {"bytes requested more a live block", number_of(most), 16,
                                  0};
    results_add_target(results, &target);
    return true;
}

/* Memory: what a site takes that a thread has touched */

struct site_bytes {
    double process, ledger; /* bytes: private ones of the process, extents of its ledger */
    double pairs;
};

static bool measure_sites(struct site_bytes *result, unsigned sites, unsigned threads,
                          unsigned frames, struct bench_place *place)
{
    char program[PATH_MAX + 32], counts[3][16];
    const char *words[] = {program, "sites", counts[0], counts[1], counts[2], NULL};
    struct way_plan plan = {.way = WAY_PLAIN, .words = words, .cpu_count = 1};
    struct profile_sums sums;
    double plain, full;

    snprintf(program, sizeof program, "%s/bench/capture_memory", place->build);
    snprintf(counts[0], sizeof counts[0], "%u", sites);
    snprintf(counts[1], sizeof counts[1], "%u", threads);
    snprintf(counts[2], sizeof counts[2], "%u", frames);
    if (!run_numbers(&plan, place, &plain, 1, NULL))
        return false;
    plan.way = WAY_FULL;
    if (!run_numbers(&plan, place, &full, 1, &sums))
        return false;
    *result = (struct site_bytes){.process = full - plain,
                                  .ledger = (double)sums.extent_bytes,
                                  .pairs = (double)sums.pairs};
    if (sums.pairs < (uint64_t)sites * threads || sums.lost)
        fprintf(stderr, "memory: %u pairs, of which %llu were recorded\n", sites * threads,
                (unsigned long long)sums.pairs);
    return sums.pairs > 0;
}

/* A pair of one shape of stacks. Tables double: the worst of several numbers of sites. */
static bool measure_pairs(struct site_bytes *worst, struct site_bytes *few,
                          unsigned threads, unsigned frames, struct bench_place *place)
{
    static const unsigned least = 250,
                          many[] = {1500, 3000, 4500, 6000, 8000, 12000, 17000};

    *worst = (struct site_bytes){0};
    if (!measure_sites(few, least, threads, frames, place))
        return false;
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        struct site_bytes all;

        if (!measure_sites(&all, many[i], threads, frames, place))
            return false;
        double pairs = all.pairs - few->pairs;
        worst->process = fmax(worst->process, (all.process - few->process) / pairs);
        worst->ledger = fmax(worst->ledger, (all.ledger - few->ledger) / pairs);
    }
    return true;
}

/* A site's own nodes: two in the tree, one for each frame besides, two where malloc is called. */
static const struct site_case {
    unsigned threads, frames;
    const char *process, *ledger, *fixed, *target;
} site_cases[] = {
    {1, 0, "pair-1-thr-4-nodes", "ledger-1-thr-4-nodes", "250-sites-1-thread",
     "bytes a (site, thread) pair: 1 thread, 4 nodes a site"},
    {1, 2, "pair-1-thr-6-nodes", "ledger-1-thr-6-nodes", NULL,
     "bytes a (site, thread) pair: 1 thread, 6 nodes a site"},
    {1, 8, "pair-1-thr-12-nodes", "ledger-1-thr-12-nodes", NULL,
     "bytes a (site, thread) pair: 1 thread, 12 nodes a site"},
    {2, 2, "pair-2-thr-6-nodes", "ledger-2-thr-6-nodes", "250-sites-2-threads",
     "bytes a (site, thread) pair: 2 threads, 6 nodes a site"},
    {8, 2, "pair-8-thr-6-nodes", "ledger-8-thr-6-nodes", "250-sites-8-threads",
     "bytes a (site, thread) pair: 8 threads, 6 nodes a site"},
};

static bool measure_all_sites(struct results *results, struct bench_place *place)
{
    const double limit = 400;

    for (size_t i = 0; i < sizeof site_cases / sizeof *site_cases; i++) {
        const struct site_case *one = &site_cases[i];
        struct site_bytes worst, few;

        if (!measure_pairs(&worst, &few, one->threads, one->frames, place))
            return false;
        const struct target target = {one->target, number_of(worst.process), limit, 0};
        add_memory_row(results, one->process, "B", worst.process, "limit", limit);
        add_memory_row(results, one->ledger, "B", worst.ledger, "limit", limit);
        if (one->fixed)
            add_memory_row(results, one->fixed, "KiB", few.process / 1024, "ledger alone",
                           few.ledger / 1024);
        results_add_target(results, &target);
    }
    return true;
}

bool capture_memory(struct results *results, struct bench_place *place)
{
    return measure_all_blocks(results, place) && measure_all_sites(results, place);
}
