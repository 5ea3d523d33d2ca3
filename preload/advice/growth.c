/* SPDX-License-Identifier: MIT */
#include "advice/growth.h"

#include "profile/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLES_LEAST = GROWTH_POINTS,
    RECORDS_AN_EXTENT = LEDGER_EXTENT_BYTES / sizeof(struct ledger_record),
};

/* A part of what the sample brought. Records that a damaged timeline names and the file does not have
 * are left out. */
static void add_sample(const struct growth *growth, const struct timeline *timeline,
                       uint32_t sample, double part, double *live)
{
    const uint8_t *at = timeline->changes[sample];
    const uint8_t *end = at + timeline->samples[sample].change_bytes;
    struct timeline_change change = {0};

    while (timeline_next(&at, end, &change))
        if (change.record < growth->records)
            live[change.record] +=
                part * ((double)change.bytes - (double)change.freed_bytes);
}

/* Between two samples, what the latter brought is taken to have come evenly. */
static void follow(const struct growth *growth, const struct timeline *timeline,
                   double *live)
{
    double first = (double)timeline->samples[0].at_ns;
    double last = (double)timeline->samples[timeline->count - 1].at_ns;
    uint32_t sample = 0;

    for (unsigned point = 0; point < GROWTH_POINTS; point++) {
        double until = first + (last - first) * point / (GROWTH_POINTS - 1);

        while (sample < timeline->count && (double)timeline->samples[sample].at_ns <= until)
            add_sample(growth, timeline, sample++, 1, live);
        memcpy(growth->live[point], live, growth->records * sizeof *live);
        if (!sample || sample == timeline->count)
            continue;
        double before = (double)timeline->samples[sample - 1].at_ns;
        double after = (double)timeline->samples[sample].at_ns;
        add_sample(growth, timeline, sample, part_of(until - before, after - before),
                   growth->live[point]);
    }
}

static int take_points(struct growth *growth, const struct timeline *timeline)
{
    double *live = calloc((size_t)growth->records + 1, sizeof *live);
    bool has_memory = live != NULL;

    for (unsigned i = 0; i < GROWTH_POINTS; i++) {
        growth->live[i] = calloc((size_t)growth->records + 1, sizeof *live);
        has_memory &= growth->live[i] != NULL;
    }
    if (has_memory)
        follow(growth, timeline, live);
    free(live);
    return has_memory ? 0 : -ENOMEM;
}

int growth_init(struct growth *growth, const struct process *process)
{
    struct timeline timeline;
    int err = timeline_init(&timeline, &process->file);

    *growth = (struct growth){.records = process->file.extents * RECORDS_AN_EXTENT};
    if (err)
        return err;
    if (timeline.count >= SAMPLES_LEAST)
        err = take_points(growth, &timeline);
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
