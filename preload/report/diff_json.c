/* SPDX-License-Identifier: MIT */
#include "report/diff.h"
#include "report/json_stack.h"
#include "report/stream.h"

static void put_sums(struct json_writer *json, const struct diff *diff,
                     const struct counts *counts)
{
    if (diff->is_of_moments)
        json_counts_at(json, counts);
    else
        json_counts(json, counts);
}

static void put_side(struct json_writer *json, const char *key, const struct diff *diff,
                     int side)
{
    const struct site_table *table = side ? diff->sites.after : diff->sites.before;

    json_object_begin(json, key);
    json_profiles(json, table->profile);
    put_sums(json, diff, &table->counts);
    if (diff->is_of_moments)
        json_number(json, "at_ns", diff->at_ns[side]);
    else
        json_number(json, "peak_bytes", table->peak_bytes);
    json_number(json, "site_count", table->count);
    json_object_end(json);
}

static void put_counts(struct json_writer *json, const char *key, const struct diff *diff,
                       const struct table_entry *entry)
{
    if (!entry) {
        json_text(json, key, NULL);
        return;
    }
    json_object_begin(json, key);
    put_sums(json, diff, &entry->counts);
    json_object_end(json);
}

static void put_culprit(struct json_writer *json, const struct culprit *culprit)
{
    if (culprit->of_lines == 1)
        return;
    json_object_begin(json, "stack_lines");
    json_number(json, "all", culprit->of_lines);
    if (culprit->is_known) {
        json_number(json, "changed", culprit->lines);
        json_number(json, "before", culprit->first);
        json_number(json, "after", culprit->last);
    }
    json_object_end(json);
}

static int put_site(struct json_writer *json, const struct diff *diff,
                    const struct difference_entry *entry)
{
    struct culprit culprit;
    int err = diff_culprit(diff, entry, &culprit);

    if (err)
        return err;
    json_object_begin(json, NULL);
    json_hex(json, "id", culprit.at->id, 16);
    put_counts(json, "before", diff, entry->before);
    put_counts(json, "after", diff, entry->after);
    put_culprit(json, &culprit);
    err =
        json_stack(json, culprit.profile, &culprit.profile->processes[culprit.at->process],
                   culprit.at->leaf, diff->report.depth);
    json_object_end(json);
    return err;
}

static void put_limits(struct json_writer *json, const struct diff *diff)
{
    json_array_begin(json, "limits");
    for (uint32_t i = 0; i < diff->limit_count; i++) {
        const struct change_limit *limit = &diff->limits[i];
        uint64_t before = site_table_value(diff->sites.before, limit->order);
        uint64_t after = site_table_value(diff->sites.after, limit->order);

        json_object_begin(json, NULL);
        json_text(json, "limit", limit->text);
        json_number(json, "before", before);
        json_number(json, "after", after);
        json_bool(json, "exceeded", change_exceeds(limit, before, after));
        json_object_end(json);
    }
    json_array_end(json);
}

int diff_json(FILE *out, const struct diff *diff)
{
    struct json_writer json = {.out = out};
    uint32_t shown = diff->report.top && diff->report.top < diff->sites.count
                         ? diff->report.top
                         : diff->sites.count;
    int err = 0;

    json_object_begin(&json, NULL);
    json_text(&json, "schema", "tare.diff/1");
    put_side(&json, "before", diff, 0);
    put_side(&json, "after", diff, 1);
    put_limits(&json, diff);
    json_array_begin(&json, "sites");
    for (uint32_t i = 0; !err && i < shown; i++)
        err = put_site(&json, diff, &diff->sites.entries[i]);
    json_array_end(&json);
    json_object_end(&json);
    return err ? err : stream_end(out);
}
