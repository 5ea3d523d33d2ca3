/* SPDX-License-Identifier: MIT */
#include "bench/pool_rows.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

struct pool_way_plan pool_ways[WAY_COUNT] = {
    [WAY_TARE] = {"tare", "tare", NULL, false, false, false},
    [WAY_TARE_SO] = {"tare .so", "tare_so", NULL, false, false, false},
    [WAY_ID] = {"tare by id", "tare_id", NULL, false, false, false},
    [WAY_ID_SO] = {"by id, .so", "tare_id_so", NULL, false, false, false},
    [WAY_OWNED] = {"tare owned", "tare_own", NULL, false, true, false},
    [WAY_GLIBC] = {"glibc", "malloc", "libc.so.6", false, false, false},
    [WAY_MIMALLOC] = {"mimalloc", "malloc", "libmimalloc.so.2", true, false, false},
    [WAY_JEMALLOC] = {"jemalloc", "malloc", "libjemalloc.so.2", true, false, false},
    [WAY_TCMALLOC] = {"tcmalloc", "malloc", "libtcmalloc_minimal.so.4", true, false, false},
    [WAY_RTE] = {"rte_mempool", "rte", NULL, false, false, false},
    [WAY_BOOST] = {"boost::pool", "boost", NULL, false, true, false},
    [WAY_SINGLETON] = {"singleton", "singleton", NULL, false, false, false},
    [WAY_TALLOC] = {"talloc", "talloc", NULL, false, true, false},
    [WAY_NONE] = {"loops alone", "none", NULL, false, false, false},
};

const struct pool_case pool_cases[CASE_COUNT] = {
    {"lifo", 1, "last-in first-out, a pair", 1 / 2.5, 0},
    {"batch", 1, "last-in first-out, 64 at a time", 1 / 2.5, 0},
    {"fifo", 1, "first-in first-out, of 10,000", 1 / 1.5, 0},
    {"random", 1, "random, of 10,000", 1 / 1.5, 0},
    {"lifo", 2, NULL, 0, 0},
    {"fifo", 2, NULL, 0, 0},
    {"random", 2, NULL, 0, 0},
    {"flow", 2, "producer to consumer", 1 / 4.0, 1 / 2.0},
    {"flow-read", 2, NULL, 0, 0},
    {"memory", 1, NULL, 0, 0},
};

const unsigned pool_sizes[SIZE_COUNT] = {64, SIZE_BYTES_MAX};

static const double most_memory = 0.5; /* percent more than an object's size */

bool pool_case_is_memory(const struct pool_case *test)
{
    return strcmp(test->name, "memory") == 0;
}

static struct number number(const struct pool_runs *runs, unsigned test, unsigned size,
                            unsigned way)
{
    return samples_number(&runs->samples[test][size][way]);
}

/* Names that live as long as the results do. */
static const char *metric_name(unsigned test, unsigned size)
{
    static char names[CASE_COUNT][SIZE_COUNT][32];
    char *name = names[test][size];

    snprintf(name, sizeof names[test][size], "%uB-%u-thread%s", pool_sizes[size],
             pool_cases[test].threads, pool_cases[test].threads > 1 ? "s" : "");
    return name;
}

void pool_add_rows(struct results *results, const struct pool_runs *runs)
{
    for (unsigned test = 0; test < CASE_COUNT; test++)
        for (unsigned size = 0; size < SIZE_COUNT; size++)
            for (unsigned way = WAY_TARE + 1; way < WAY_COUNT; way++) {
                const struct result row = {
                    .name = pool_cases[test].name,
                    .metric = metric_name(test, size),
                    .unit = pool_case_is_memory(&pool_cases[test]) ? "bytes" : "ns",
                    .ours = number(runs, test, size, WAY_TARE),
                    .peer = pool_ways[way].name,
                    .theirs = number(runs, test, size, way),
                };

                results_add(results, &row);
            }
}

static struct number best_general(const struct pool_runs *runs, unsigned test,
                                  unsigned size)
{
    struct number best = number_of(NAN);

    for (unsigned way = WAY_GENERAL_FIRST; way < WAY_GENERAL_END; way++) {
        struct number one = number(runs, test, size, way);

        best.least = fmin(best.least, one.least);
        best.median = fmin(best.median, one.median);
    }
    return best;
}

__attribute__((format(printf, 4, 5))) static void add_target(struct results *results,
                                                             struct number value,
                                                             double limit,
                                                             const char *format, ...)
{
    static char texts[4 * CASE_COUNT * SIZE_COUNT][80];
    static size_t count;
    char *text = texts[count++];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof texts[0], format, values);
    va_end(values);
    results_add_target(results,
                       &(struct target){.what = text, .value = value, .limit = limit});
}

static struct number quotient(struct number a, struct number b)
{
    return (struct number){.least = a.least / b.least, .median = a.median / b.median};
}

static void add_targets_of(struct results *results, const struct pool_runs *runs,
                           unsigned test, unsigned size)
{
    const struct pool_case *asked = &pool_cases[test];
    struct number ours = number(runs, test, size, WAY_TARE);
    unsigned bytes = pool_sizes[size];

    if (isnan(ours.least))
        return;
    if (pool_case_is_memory(asked))
        add_target(results,
                   (struct number){.least = (ours.least / bytes - 1) * 100,
                                   .median = (ours.median / bytes - 1) * 100},
                   most_memory, "%3u B: resident bytes above the size, percent", bytes);
    if (!asked->what)
        return;
    add_target(results, quotient(ours, best_general(runs, test, size)), asked->best_part,
               "%3u B: %s / best malloc", bytes, asked->what);
    if (asked->rte_part > 0)
        add_target(results, quotient(ours, number(runs, test, size, WAY_RTE)),
                   asked->rte_part, "%3u B: %s / rte_mempool", bytes, asked->what);
}

void pool_add_targets(struct results *results, const struct pool_runs *runs)
{
    for (unsigned test = 0; test < CASE_COUNT; test++)
        for (unsigned size = 0; size < SIZE_COUNT; size++)
            add_targets_of(results, runs, test, size);
}

static void print_heads(FILE *out, const char *title, const bool has_run[CASE_COUNT])
{
    fprintf(out, "%-20s", title);
    for (unsigned test = 0; test < CASE_COUNT; test++)
        if (has_run[test])
            fprintf(out, " %10s%s", pool_cases[test].name,
                    pool_cases[test].threads > 1 ? " 2T" : "   ");
    fputc('\n', out);
}

static void print_numbers(const struct pool_runs *runs, unsigned size, FILE *out,
                          const bool has_run[CASE_COUNT])
{
    for (unsigned way = 0; way < WAY_COUNT; way++) {
        if (pool_ways[way].is_missing)
            continue;
        fprintf(out, "%-20s", pool_ways[way].name);
        for (unsigned test = 0; test < CASE_COUNT; test++) {
            struct number one = number(runs, test, size, way);

            if (has_run[test] && isnan(one.least))
                fprintf(out, " %13s", "-");
            else if (has_run[test])
                fprintf(out, " %6.2f %6.2f", one.least, one.median);
        }
        fputc('\n', out);
    }
}

static void print_ratios(const struct pool_runs *runs, unsigned size, FILE *out,
                         const bool has_run[CASE_COUNT])
{
    for (unsigned way = WAY_TARE + 1; way < WAY_COUNT; way++) {
        if (pool_ways[way].is_missing)
            continue;
        fprintf(out, "%-20s", pool_ways[way].name);
        for (unsigned test = 0; test < CASE_COUNT; test++) {
            struct number ratio =
                quotient(number(runs, test, size, way), number(runs, test, size, WAY_TARE));

            if (has_run[test] && isnan(ratio.least))
                fprintf(out, " %13s", "-");
            else if (has_run[test])
                fprintf(out, " %6.2f %6.2f", ratio.least, ratio.median);
        }
        fputc('\n', out);
    }
}

void pool_print(const struct pool_runs *runs, FILE *out)
{
    bool has_run[CASE_COUNT];
    char title[32];

    for (unsigned test = 0; test < CASE_COUNT; test++)
        has_run[test] = runs->samples[test][0][WAY_TARE].count > 0;
    for (unsigned size = 0; size < SIZE_COUNT; size++) {
        snprintf(title, sizeof title, "%u B: min median", pool_sizes[size]);
        print_heads(out, title, has_run);
        print_numbers(runs, size, out, has_run);
        fputc('\n', out);
        snprintf(title, sizeof title, "times %u B tare's", pool_sizes[size]);
        print_heads(out, title, has_run);
        print_ratios(runs, size, out, has_run);
        fputc('\n', out);
    }
    fputs(
        "ns an object; memory: resident bytes an object. Below 1 the peer is better.\n"
        "tare: a pool of a type; by id: tare_pool_alloc; .so: through libtare.so; owned, "
        "boost::pool, talloc:\na pool for each thread; loops alone: one object, again and "
        "again.\n",
        out);
}
