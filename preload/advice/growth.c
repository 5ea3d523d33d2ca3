/* SPDX-License-Identifier: MIT */
#include "advice/growth.h"

#include "profile/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLES_LEAST = 2 * GROWTH_POINTS,
    RECORDS_AN_EXTENT = LEDGER_EXTENT_BYTES / sizeof(struct ledger_record),
};

/* Records that a damaged timeline names and the file does not have are left out. */
static void add_sample(struct growth *growth, const struct timeline *timeline,
                       uint32_t sample, double *live)
{
    const uint8_t *at = timeline->changes[sample];
    const uint8_t *end = at + timeline->samples[sample].change_bytes;
    struct timeline_change change = {0};

    while (timeline_next(&at, end, &change))
        if (change.record < growth->records)
            live[change.record] += (double)change.bytes - (double)change.freed_bytes;
}

/* Point i is what the samples up to that part of the run have brought. */
static void follow(struct growth *growth, const struct timeline *timeline)
{
    uint64_t first = timeline->samples[0].at_ns;
    uint64_t last = timeline->samples[timeline->count - 1].at_ns;
    size_t bytes = growth->records * sizeof(double);
    uint32_t sample = 0;

    for (unsigned point = 0; point < GROWTH_POINTS; point++) {
        double until =
            (double)first + ((double)last - (double)first) * point / (GROWTH_POINTS - 1);

        if (point)
            memcpy(growth->live[point], growth->live[point - 1], bytes);
        while (sample < timeline->count && (double)timeline->samples[sample].at_ns <= until)
            add_sample(growth, timeline, sample++, growth->live[point]);
    }
}

int growth_init(struct growth *growth, const struct process *process)
{
    struct timeline timeline;
    int err = timeline_init(&timeline, &process->file);

    *growth = (struct growth){.records = process->file.extents * RECORDS_AN_EXTENT};
    if (err)
        return err;
    if (timeline.count >= SAMPLES_LEAST) {
        for (unsigned i = 0; i < GROWTH_POINTS && !err; i++) {
            growth->live[i] = calloc(growth->records + 1, sizeof(double));
            if (!growth->live[i])
                err = -ENOMEM;
        }
        if (!err)
            follow(growth, &timeline);
    }
    timeline_fini(&timeline);
    if (err)
        growth_fini(growth);
    return err;
}

void growth_fini(struct growth *growth)
{
    for (unsigned i = 0; i < GROWTH_POINTS; i++)
        free(growth->live[i]);
    *growth = (struct growth){0};
}

bool growth_add(const struct growth *growth, const struct process *process,
                uint32_t records, double live_bytes[GROWTH_POINTS])
{
    if (!growth->live[0])
        return false;
    for (uint32_t at = records; at; at = process->next_record[at])
        for (unsigned i = 0; i < GROWTH_POINTS && at < growth->records; i++)
            live_bytes[i] += growth->live[i][at];
    return true;
}
