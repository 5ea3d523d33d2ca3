/* SPDX-License-Identifier: MIT */
#include "bench/map_rows.h"

#include <math.h>
#include <string.h>

struct map_way_plan map_ways[WAY_COUNT] = {
    {"tare", "tare", false, false},
    {"fast", "tare.is_fast", false, false},
    {"ordered", "tare ordered", false, false},
    {"boost", "boost flat_map", false, false},
    {"absl", "absl flat_hash_map", false, false},
    {"khash", "khash", false, false},
    {"khashl", "khashl", false, false},
    {"verstable", "verstable", false, false},
    {"uthash", "uthash", true, false},
    {"glib", "GHashTable", true, false},
    {"std", "std::unordered_map", true, false},
};

const struct map_case map_cases[CASE_COUNT] = {
    {"u64-1e3", "u64", "1000", NULL, 0, false, false},
    {"u64-1e5", "u64", "100000", NULL, 0, false, false},
    {"u64-1e6", "u64", "1000000", NULL, 0, true, false},
    {"u64-5e6", "u64", "5000000", NULL, 2, true, false},
    {"text-1e3", "text", "1000", NULL, 0, false, false},
    {"text-1e5", "text", "100000", NULL, 0, false, false},
    {"text-1e6", "text", "1000000", NULL, 3, true, false},
    {"text-5e6", "text", "5000000", NULL, 1, true, false},
    {"memory", "u64", "memory", NULL, 1, false, false},
    {"sequence", "u64", "100000", "sequence", 3, false, true},
    {"mul16", "u64", "100000", "mul16", 3, false, true},
    {"mul32", "u64", "100000", "mul32", 3, false, true},
    {"high", "u64", "100000", "high", 3, false, true},
    {"random", "u64", "100000", "random", 3, false, true},
};

enum {
    INSERT,
    RESERVED,
    HIT,
    DEPENDENT,
    MISS,
    ITERATE,
    MIX,
    ERASE,
    TIMES,
    BULK_HIT = TIMES
};
enum { BULK_INSERT = BULK_HIT + 1, MEAN_BYTES, MOST_BYTES, PEAK_BYTES };

const char *const map_metrics[METRIC_COUNT] = {
    "insert",     "insert-reserved", "hit",        "hit-dependent",
    "miss",       "iterate",         "mix",        "erase",
    "bulk-hit",   "bulk-insert",     "mean-bytes", "most-bytes",
    "peak-bytes",
};

static struct number number_at(const struct map_runs *runs, unsigned test, unsigned metric,
                               unsigned way)
{
    return samples_number(&runs->samples[test][metric][way]);
}

void map_print(const struct map_runs *runs, FILE *out)
{
    for (unsigned test = 0; test < CASE_COUNT; test++) {
        bool has_head = false;

        for (unsigned metric = 0; metric < METRIC_COUNT; metric++) {
            if (isnan(number_at(runs, test, metric, WAY_TARE).least))
                continue;
            if (!has_head) {
                fprintf(out, "\n%-16s", map_cases[test].name);
                for (unsigned way = 0; way < WAY_COUNT; way++)
                    fprintf(out, " %13s", map_ways[way].worker);
                fputc('\n', out);
                has_head = true;
            }
            fprintf(out, "%-16s", map_metrics[metric]);
            for (unsigned way = 0; way < WAY_COUNT; way++) {
                struct number number = number_at(runs, test, metric, way);

                if (isnan(number.least))
                    fprintf(out, " %13s", "-");
                else
                    fprintf(out, " %6.1f/%6.1f", number.least, number.median);
            }
            fputc('\n', out);
        }
    }
    fputs("least/median; nanoseconds an operation, or bytes an entry\n", out);
}

void map_add_rows(struct results *results, const struct map_runs *runs)
{
    for (unsigned test = 0; test < CASE_COUNT; test++)
        for (unsigned metric = 0; metric < METRIC_COUNT; metric++)
            for (unsigned way = WAY_FAST; way < WAY_COUNT; way++) {
                const struct result row = {
                    .name = map_cases[test].name,
                    .metric = map_metrics[metric],
                    .unit = metric < MEAN_BYTES ? "ns" : "B",
                    .ours = number_at(runs, test, metric, WAY_TARE),
                    .peer = map_ways[way].name,
                    .theirs = number_at(runs, test, metric, way),
                };

                results_add(results, &row);
            }
}

static double least_of(double a, double b)
{
    return isnan(a) || b < a ? b : a;
}

/* Ours in parts of the better of those to beat. */
static struct number against_best(const struct map_runs *runs, unsigned test,
                                  unsigned metric, unsigned own)
{
    struct number ours = number_at(runs, test, metric, own);
    struct number boost = number_at(runs, test, metric, WAY_BOOST);
    struct number absl = number_at(runs, test, metric, WAY_ABSL);

    return (struct number){ours.least / least_of(boost.least, absl.least),
                           ours.median / least_of(boost.median, absl.median)};
}

/* The geometric mean over metrics, without iteration where that is not meant; `way` our own: against
 * the better of those to beat. */
static struct number mean_against(const struct map_runs *runs, unsigned test, unsigned own,
                                  unsigned way, bool has_iteration)
{
    double least[TIMES], median[TIMES];
    size_t count = 0;

    for (unsigned metric = 0; metric < TIMES; metric++) {
        struct number ours = number_at(runs, test, metric, own);
        struct number theirs = number_at(runs, test, metric, way);
        struct number ratio = {ours.least / theirs.least, ours.median / theirs.median};

        if (way == own)
            ratio = against_best(runs, test, metric, own);
        if (isnan(ratio.least))
            return number_of(NAN);
        if (metric == ITERATE && !has_iteration)
            continue;
        least[count] = ratio.least;
        median[count++] = ratio.median;
    }
    return (struct number){geometric_mean(least, count), geometric_mean(median, count)};
}

static char texts[16384], *next_text = texts;

static const char *text_of(const char *format, const char *a, const char *b)
{
    char *text = next_text;
    int length = snprintf(text, (size_t)(texts + sizeof texts - text), format, a, b);

    if (length < 0 || length >= texts + sizeof texts - text)
        return format;
    next_text += length + 1;
    return text;
}

static void add(struct results *results, const char *what, struct number value,
                double times_better)
{
    results_add_target(
        results, &(struct target){.what = what, .value = value, .limit = 1 / times_better});
}

/* `own`: one of the flat maps, `name` says which. */
static void add_cells(struct results *results, const struct map_runs *runs, unsigned test,
                      unsigned own, const char *name)
{
    static const double large[TIMES] = {1.2, 1.2, 0.95, 0.95, 0.95, 2, 1.5, 1.2};
    const struct map_case *asked = &map_cases[test];
    bool is_small = strcmp(asked->size, "1000") == 0;

    if (strcmp(asked->kind, "text") == 0) {
        add(results,
            text_of("%s: geometric mean, %s / better of boost, absl", asked->name, name),
            mean_against(runs, test, own, own, true), 1.2);
        return;
    }
    for (unsigned metric = 0; metric < TIMES; metric++) {
        const char *cell = text_of("%s %s", asked->name, map_metrics[metric]);

        if (!is_small || metric != ITERATE)
            add(results, text_of("%s: %s / better of boost, absl", cell, name),
                against_best(runs, test, metric, own), is_small ? 0.85 : large[metric]);
    }
    if (is_small)
        add(results,
            text_of("%s: geometric mean, %s, without iteration", asked->name, name),
            mean_against(runs, test, own, own, false), 1.1);
}

/* Against the peers that are not to be beaten in each cell. */
static void add_means(struct results *results, const struct map_runs *runs, unsigned test,
                      unsigned own, const char *format, unsigned first)
{
    for (unsigned way = first; way < WAY_COUNT; way++)
        if (!isnan(number_at(runs, test, INSERT, way).least))
            add(results, text_of(format, map_cases[test].name, map_ways[way].name),
                mean_against(runs, test, own, way, true), 1.5);
}

static void add_case(struct results *results, const struct map_runs *runs, unsigned test)
{
    if (isnan(number_at(runs, test, INSERT, WAY_TARE).least))
        return;
    add_cells(results, runs, test, WAY_TARE, "ours");
    add_cells(results, runs, test, WAY_FAST, ".is_fast");
    add_means(results, runs, test, WAY_TARE, "%s: geometric mean, ours / %s", WAY_C_FIRST);
    add_means(results, runs, test, WAY_ORDERED, "%s: geometric mean, ordered / %s",
              WAY_SLOW_FIRST);
}

static struct number ratio_of(struct number a, struct number b)
{
    return (struct number){a.least / b.least, a.median / b.median};
}

void map_add_targets(struct results *results, const struct map_runs *runs)
{
    for (unsigned test = 0; test < CASE_COUNT; test++) {
        const char *name = map_cases[test].name;

        if (strcmp(name, "memory") == 0) {
            add(results, "mean bytes an entry, ours / better of boost, absl",
                against_best(runs, test, MEAN_BYTES, WAY_TARE), 1 / 0.86);
            add(results, "peak bytes an entry while growing, likewise",
                against_best(runs, test, PEAK_BYTES, WAY_TARE), 1 / 0.55);
        } else if (!map_cases[test].is_own) {
            add_case(results, runs, test);
        } else if (map_cases[test].pattern && test + 1 < CASE_COUNT) {
            add(results, text_of("insert, keys in a %s pattern / random ones%s", name, ""),
                ratio_of(number_at(runs, test, INSERT, WAY_TARE),
                         number_at(runs, CASE_COUNT - 1, INSERT, WAY_TARE)),
                0.5);
        }
        if (strcmp(name, "u64-1e6") == 0)
            add(results, "u64-1e6: a lookup in bulk / a single one",
                ratio_of(number_at(runs, test, BULK_HIT, WAY_TARE),
                         number_at(runs, test, HIT, WAY_TARE)),
                1.5);
    }
}
