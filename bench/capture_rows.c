/* SPDX-License-Identifier: MIT */
#include "bench/capture_rows.h"

#include <math.h>

enum { MOST_PROGRAMS = 32 };

/* Added time that is smaller than this part of the plain run cannot be told from noise: it
 * counts as this much, so that no ratio grows from a difference of nothing. */
static const double least_added_part = 0.01;

static struct number milliseconds(const struct samples *seconds)
{
    struct number number = samples_number(seconds);

    return (struct number){.least = number.least * 1e3, .median = number.median * 1e3};
}

static struct number cpu(const struct program_runs *runs, enum way way)
{
    return milliseconds(&runs->cpu[way]);
}

static struct number added(const struct program_runs *runs, enum way way)
{
    struct number plain = cpu(runs, WAY_PLAIN);
    struct number more = number_minus(cpu(runs, way), plain);

    if (isnan(more.least))
        return more;
    return (struct number){
        .least = fmax(more.least, plain.least * least_added_part),
        .median = fmax(more.median, plain.median * least_added_part),
    };
}

static struct number quotient(struct number a, struct number b)
{
    return (struct number){.least = a.least / b.least, .median = a.median / b.median};
}

void capture_add_rows(struct results *results, const struct program_runs *runs)
{
    const struct {
        const char *metric;
        struct number ours;
        enum way peer;
        struct number theirs;
    } rows[] = {
        {"cpu-counts", cpu(runs, WAY_COUNTS), WAY_PLAIN, cpu(runs, WAY_PLAIN)},
        {"cpu-full", cpu(runs, WAY_FULL), WAY_PLAIN, cpu(runs, WAY_PLAIN)},
        {"cpu-full-mimalloc", cpu(runs, WAY_MIMALLOC), WAY_PLAIN, cpu(runs, WAY_PLAIN)},
        {"cpu-full", cpu(runs, WAY_FULL), WAY_RAW, cpu(runs, WAY_RAW)},
        {"cpu-added-full", added(runs, WAY_FULL), WAY_RAW, added(runs, WAY_RAW)},
        {"cpu-added-to-report", added(runs, WAY_TARE_RUN), WAY_SHIPPED,
         added(runs, WAY_SHIPPED)},
        {"cpu-advise", cpu(runs, WAY_ADVISE), WAY_PLAIN, cpu(runs, WAY_PLAIN)},
        {"cpu-advise", cpu(runs, WAY_ADVISE), WAY_RAW, cpu(runs, WAY_RAW)},
        {"cpu-advise", cpu(runs, WAY_ADVISE), WAY_DHAT, cpu(runs, WAY_DHAT)},
        {"elapsed-full", milliseconds(&runs->elapsed[WAY_FULL]), WAY_RAW,
         milliseconds(&runs->elapsed[WAY_RAW])},
        {"elapsed-to-report", milliseconds(&runs->elapsed[WAY_TARE_RUN]), WAY_SHIPPED,
         milliseconds(&runs->elapsed[WAY_SHIPPED])},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        results_add(results, &(struct result){.name = runs->name,
                                              .metric = rows[i].metric,
                                              .unit = "ms",
                                              .ours = rows[i].ours,
                                              .peer = way_names[rows[i].peer],
                                              .theirs = rows[i].theirs});
}

/* One quotient a program; those that were not measured are left out. */
struct quotients {
    double least[MOST_PROGRAMS], median[MOST_PROGRAMS];
    size_t count;
};

static void collect(struct quotients *all, struct number one)
{
    if (isnan(one.least) || all->count == MOST_PROGRAMS)
        return;
    all->least[all->count] = one.least;
    all->median[all->count++] = one.median;
}

static struct number mean(const struct quotients *all)
{
    if (!all->count)
        return number_of(NAN);
    return (struct number){
        .least = geometric_mean(all->least, all->count),
        .median = geometric_mean(all->median, all->count),
    };
}

static struct number most(const struct quotients *all)
{
    struct number result = number_of(NAN);

    for (size_t i = 0; i < all->count; i++) {
        result.least = fmax(result.least, all->least[i]);
        result.median = fmax(result.median, all->median[i]);
    }
    return result;
}

void capture_add_targets(struct results *results, const struct program_runs *runs,
                         size_t count)
{
    struct quotients full = {.count = 0}, counts = full, mimalloc = full, raw = full,
                     shipped = full;

    for (size_t i = 0; i < count; i++) {
        struct number plain = cpu(&runs[i], WAY_PLAIN);

        collect(&full, quotient(cpu(&runs[i], WAY_FULL), plain));
        collect(&counts, quotient(cpu(&runs[i], WAY_COUNTS), plain));
        collect(&mimalloc, quotient(cpu(&runs[i], WAY_MIMALLOC), plain));
        collect(&raw, quotient(added(&runs[i], WAY_FULL), added(&runs[i], WAY_RAW)));
        collect(&shipped,
                quotient(added(&runs[i], WAY_TARE_RUN), added(&runs[i], WAY_SHIPPED)));
    }
    const struct target targets[] = {
        {"full / plain, geometric mean", mean(&full), 1.40, 1.30},
        {"full / plain, the worst program", most(&full), 1.80, 0},
        {"counts / plain, geometric mean", mean(&counts), 1.10, 0},
        {"full on mimalloc / plain, geometric mean", mean(&mimalloc), 1.20, 1.00},
        {"added: full / heaptrack --raw, geometric mean", mean(&raw), 0.20, 0},
        {"added: full / heaptrack --raw, the worst program", most(&raw), 0.50, 0},
        {"added until a report: / heaptrack, geometric mean", mean(&shipped), 0.10, 0},
        {"added until a report: / heaptrack, the worst program", most(&shipped), 0.50, 0},
    };
    for (size_t i = 0; count && i < sizeof targets / sizeof *targets; i++)
        results_add_target(results, &targets[i]);
}

void capture_add_advice_targets(struct results *results, const struct program_runs *runs,
                                size_t count)
{
    struct quotients advise = {.count = 0};

    for (size_t i = 0; i < count; i++)
        collect(&advise, quotient(cpu(&runs[i], WAY_ADVISE), cpu(&runs[i], WAY_PLAIN)));
    const struct target targets[] = {
        {"--advise / plain, geometric mean", mean(&advise), 2.0, 0},
        {"--advise / plain, the worst program", most(&advise), 3.0, 0},
    };
    for (size_t i = 0; count && i < sizeof targets / sizeof *targets; i++)
        results_add_target(results, &targets[i]);
}

static bool is_measured(const struct program_runs *runs, size_t count, int way)
{
    for (size_t i = 0; i < count; i++)
        if (runs[i].cpu[way].count)
            return true;
    return false;
}

void capture_print_programs(const struct program_runs *runs, size_t count, FILE *out)
{
    fprintf(
        out,
        "%-8s %11s %7s %7s %7s | CPU time, times the plain run: least of all rounds\n%-8s "
        "%11s %7s %7s %7s |",
        "program", "allocations", "sites", "nodes", "KiB", "", "", "", "", "");
    for (int way = WAY_PLAIN; way < WAY_COUNT; way++)
        if (is_measured(runs, count, way))
            fprintf(out, " %13s", way_names[way]);
    fputs("  ns/allocation\n", out);
    for (size_t i = 0; i < count; i++) {
        const struct profile_sums *sums = &runs[i].sums;
        double plain = cpu(&runs[i], WAY_PLAIN).least;

        fprintf(out, "%-8s %11llu %7llu %7llu %7llu | %10.0f ms", runs[i].name,
                (unsigned long long)sums->allocations, (unsigned long long)sums->pairs,
                (unsigned long long)sums->nodes,
                (unsigned long long)sums->extent_bytes / 1024, plain);
        for (int way = WAY_PLAIN + 1; way < WAY_COUNT; way++)
            if (runs[i].cpu[way].count)
                fprintf(out, " %13.2f", cpu(&runs[i], way).least / plain);
            else if (is_measured(runs, count, way))
                fprintf(out, " %13s", "-");
        fprintf(out, " %14.0f\n",
                (cpu(&runs[i], WAY_FULL).least - plain) * 1e6 / (double)sums->allocations);
    }
    fputc('\n', out);
}
