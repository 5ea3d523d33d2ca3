/* SPDX-License-Identifier: MIT */
#include "bench/results.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void results_fini(struct results *results)
{
    free(results->rows);
    free(results->targets);
    *results = (struct results){0};
}

/* Room for one more item; a benchmark without memory for its table has nothing to tell. */
static void *make_room(void *items, size_t count, size_t *room, size_t item_bytes)
{
    if (count < *room)
        return items;
    *room = *room ? 2 * *room : 32;
    items = realloc(items, *room * item_bytes);
    if (!items) {
        perror("bench");
        exit(1);
    }
    return items;
}

void results_add(struct results *results, const struct result *row)
{
    if (isnan(row->ours.least) || isnan(row->theirs.least))
        return;
    results->rows =
        make_room(results->rows, results->row_count, &results->row_room, sizeof *row);
    results->rows[results->row_count++] = *row;
}

void results_add_target(struct results *results, const struct target *target)
{
    results->targets = make_room(results->targets, results->target_count,
                                 &results->target_room, sizeof *target);
    results->targets[results->target_count++] = *target;
}

double result_ratio(const struct result *row, double ours, double theirs)
{
    if (!row->more_is_better && ours <= 0)
        return INFINITY;
    return row->more_is_better ? ours / theirs : theirs / ours;
}

static void write_line(FILE *out, const struct result *row, const char *statistic,
                       double ours, double theirs)
{
    fprintf(out, "%s\t%s.%s\t%s\t%.6g\t%s\t%.6g\t%.4g\n", row->name, row->metric, statistic,
            row->unit, ours, row->peer, theirs, result_ratio(row, ours, theirs));
}

void results_add_share(struct results *results, const char *what, struct number ours,
                       struct number theirs, double limit)
{
    const struct target target = {
        .what = what,
        .value = {ours.least / theirs.least, ours.median / theirs.median},
        .limit = limit,
    };

    results_add_target(results, &target);
}

int results_write(const struct results *results, const char *path)
{
    FILE *out = fopen(path, "w");

    if (!out)
        return -errno;
    fputs("case\tmetric\tunit\tours\tpeer\tpeer_value\tratio\n", out);
    for (size_t i = 0; i < results->row_count; i++) {
        const struct result *row = &results->rows[i];

        write_line(out, row, "min", row->ours.least, row->theirs.least);
        write_line(out, row, "median", row->ours.median, row->theirs.median);
    }
    bool failed = ferror(out);
    return fclose(out) || failed ? -EIO : 0;
}

bool results_end(struct results *results, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "build/bench/%s.tsv", name);
    mkdir("build", 0777);
    mkdir("build/bench", 0777);
    int err = results_write(results, path);
    if (err)
        fprintf(stderr, "%s: %s\n", path, strerror(-err));
    else
        printf("\nwritten to %s\n", path);
    results_fini(results);
    return !err;
}

void results_print(const struct results *results, FILE *out)
{
    fprintf(out, "%-8s %-21s %-6s %19s   %-13s %19s %7s\n", "case", "metric", "unit",
            "ours min / median", "peer", "peer min / median", "ratio");
    for (size_t i = 0; i < results->row_count; i++) {
        const struct result *row = &results->rows[i];

        if (i && strcmp(row->name, row[-1].name) != 0)
            fputc('\n', out);
        fprintf(out, "%-8s %-21s %-6s %9.1f %9.1f   %-13s %9.1f %9.1f %7.2f\n", row->name,
                row->metric, row->unit, row->ours.least, row->ours.median, row->peer,
                row->theirs.least, row->theirs.median,
                result_ratio(row, row->ours.least, row->theirs.least));
    }
    fputs("ratio: times better than the peer by the least values; below 1 the peer is "
          "better\n",
          out);
}

static const char *verdict(const struct target *target)
{
    if (isnan(target->value.least))
        return "not measured";
    if (target->value.least > target->limit)
        return "missed";
    if (target->value.median > target->limit)
        return "reached by the least, missed by the median";
    if (target->reach_for > 0 && target->value.least > target->reach_for)
        return "reached; the further one is not";
    return "reached";
}

void results_print_targets(const struct results *results, FILE *out)
{
    fprintf(out, "%-56s %7s %7s %8s\n", "target", "min", "median", "at most");
    for (size_t i = 0; i < results->target_count; i++) {
        const struct target *target = &results->targets[i];

        if (isnan(target->value.least))
            fprintf(out, "%-56s %7s %7s %8.2f", target->what, "-", "-", target->limit);
        else
            fprintf(out, "%-56s %7.3f %7.3f %8.2f", target->what, target->value.least,
                    target->value.median, target->limit);
        if (target->reach_for > 0)
            fprintf(out, " (%.2f)", target->reach_for);
        fprintf(out, " %s\n", verdict(target));
    }
}
