/* SPDX-License-Identifier: MIT */
#include "advice/verify.h"

#include "profile/site_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Half of what was predicted for a site shows that somebody did something about it. */
static const double shown_part = 0.5;

/* Below these nothing is predicted: see docs/advice.md. */
static const double least_peak_bytes = 64 << 10, least_calls = 100, least_part = 0.01;

/* Of all sites of a piece of advice that it names. */
static struct counts counts_of(const struct site_table *table, const struct advice *advice)
{
    struct counts sum = {0};

    for (uint32_t i = 0; i < advice->id_count; i++) {
        const struct table_entry *entry = site_table_find(table, advice->ids[i]);

        if (entry)
            counts_add(&sum, &entry->counts);
    }
    return sum;
}

static double less(uint64_t before, uint64_t after)
{
    return (double)before - (double)after;
}

/* What is saved is looked for where it was predicted; who frees a block is only known of all. */
static bool is_shown(const struct verification *v, const struct site_table tables[2],
                     const struct advice *advice)
{
    const struct saving *saving = &advice->finding.saving;
    struct counts before = counts_of(&tables[0], advice);
    struct counts after = counts_of(&tables[1], advice);

    if (advice->finding.remedy == REMEDY_BATCH_FREE)
        return v->after.whole.remote_frees < shown_part * v->before.whole.remote_frees;
    if (advice->finding.remedy == REMEDY_LEAK)
        return less(before.live_bytes, after.live_bytes) >=
               shown_part * (double)before.live_bytes;
    if (saving->calls >= least_calls || saving->requested_bytes <= 0)
        return less(before.allocations, after.allocations) >= shown_part * saving->calls;
    return less(before.bytes_at_peak, after.bytes_at_peak) >=
           shown_part * saving->requested_bytes;
}

static void add_saving(struct saving *sum, const struct saving *more)
{
    sum->peak_bytes += more->peak_bytes;
    sum->requested_bytes += more->requested_bytes;
    sum->calls += more->calls;
    sum->copied_bytes += more->copied_bytes;
    sum->cpu_ns += more->cpu_ns;
}

static bool is_advised(const struct verification *v, uint64_t id)
{
    for (uint32_t i = 0; i < v->before.count; i++)
        for (uint32_t k = 0; k < v->before.list[i].id_count; k++)
            if (v->before.list[i].ids[k] == id)
                return true;
    return false;
}

/* At sites that only the second run has: a remedy makes few. */
static double new_calls(const struct site_table tables[2])
{
    double calls = 0;

    for (uint32_t i = 0; i < tables[1].count; i++)
        if (!site_table_find(&tables[0], tables[1].entries[i].id))
            calls += (double)tables[1].entries[i].counts.allocations;
    return calls;
}

/* By the sites that nobody was to change. */
static void compare_others(struct verification *v, const struct site_table tables[2])
{
    double calls = 0, gone = 0;

    for (uint32_t i = 0; i < tables[0].count; i++) {
        const struct table_entry *before = &tables[0].entries[i];
        const struct table_entry *after = site_table_find(&tables[1], before->id);

        if (is_advised(v, before->id))
            continue;
        calls += (double)before->counts.allocations;
        if (after)
            v->other_calls +=
                fabs(less(before->counts.allocations, after->counts.allocations));
        else
            gone += (double)before->counts.allocations;
    }
    v->are_strangers =
        gone > 0.5 * calls || new_calls(tables) > 0.5 * v->before.whole.calls;
}

static int compare(struct verification *v, const struct site_table tables[2])
{
    const struct waste_whole *before = &v->before.whole;
    const struct waste_whole *after = &v->after.whole;

    v->is_applied = calloc((size_t)v->before.count + 1, sizeof *v->is_applied);
    if (!v->is_applied)
        return -ENOMEM;
    for (uint32_t i = 0; i < v->before.count; i++) {
        v->is_applied[i] = is_shown(v, tables, &v->before.list[i]);
        if (!v->is_applied[i])
            continue;
        v->applied_count++;
        add_saving(&v->predicted, &v->before.list[i].finding.saving);
    }
    v->real = (struct saving){
        .peak_bytes = before->peak_bytes - after->peak_bytes,
        .requested_bytes = before->requested_bytes - after->requested_bytes,
        .calls = before->calls - after->calls,
        .copied_bytes = before->copied_bytes - after->copied_bytes,
        .cpu_ns = before->cpu_ns - after->cpu_ns,
    };
    compare_others(v, tables);
    return 0;
}

int verify(struct verification *v, struct profile *before, struct profile *after,
           const struct costs *costs)
{
    struct site_table tables[2] = {0};

    *v = (struct verification){0};
    int err = judge(&v->before, before, costs, false);
    if (!err)
        err = judge(&v->after, after, costs, false);
    if (!err)
        err = site_table_init(&tables[0], before, false);
    if (!err)
        err = site_table_init(&tables[1], after, false);
    if (!err)
        err = compare(v, tables);
    site_table_fini(&tables[0]);
    site_table_fini(&tables[1]);
    if (err)
        verification_fini(v);
    return err;
}

void verification_fini(struct verification *v)
{
    judgement_fini(&v->before);
    judgement_fini(&v->after);
    free(v->is_applied);
    *v = (struct verification){0};
}

static double error_of(double predicted, double real, double whole, double least)
{
    least = fmax(least, least_part * whole);
    if (fabs(predicted) < least && fabs(real) < least)
        return -1;
    return real != 0 ? fabs(predicted - real) / fabs(real) : INFINITY;
}

double verify_peak_error(const struct verification *v)
{
    return error_of(v->predicted.peak_bytes, v->real.peak_bytes, v->before.whole.peak_bytes,
                    least_peak_bytes);
}

double verify_calls_error(const struct verification *v)
{
    return error_of(v->predicted.calls, v->real.calls, v->before.whole.calls, least_calls);
}
