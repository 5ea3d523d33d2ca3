/* SPDX-License-Identifier: MIT */
#include "export/traced.h"

#include <errno.h>
#include <stdlib.h>

enum { RECORDS = LEDGER_MAX_BYTES / sizeof(struct ledger_record) };

static void note_records(struct traced *traced, const struct site *site, uint32_t sample)
{
    for (uint32_t n = site->records; n; n = traced->process->next_record[n])
        traced->sample_of[n] = sample;
}

/* What is in no sample of its own is in the last one, "[other]". */
static void note_samples(struct traced *traced, struct samples *samples)
{
    struct sample sample;
    uint32_t other = TRACED_NONE;

    samples_rewind(samples);
    while (samples_next(samples, &sample)) {
        traced->samples++;
        if (sample.site)
            note_records(traced, sample.site, traced->samples);
        else
            other = traced->samples;
    }
    for (uint32_t i = 0; other && i < traced->process->site_count; i++) {
        const struct site *site = &traced->process->sites[i];

        if (site->records && !traced->sample_of[site->records])
            note_records(traced, site, other);
    }
}

bool traced_next(struct traced *traced, struct traced_event *event)
{
    struct trace_event next;

    while (trace_next(&traced->trace, &next)) {
        *event = (struct traced_event){.place = next.place, .at_ns = next.at_ns};
        if (next.kind != TRACE_CAME) {
            event->went = traced->sample_of[next.old_record];
            event->went_bytes = next.old_bytes;
        }
        if (next.kind != TRACE_WENT) {
            event->came = traced->sample_of[next.record];
            event->came_bytes = next.bytes;
        }
        if (event->went || event->came)
            return true;
    }
    return false;
}

int traced_rewind(struct traced *traced)
{
    trace_close(&traced->trace);
    return trace_open(&traced->trace, &traced->process->file);
}

/* Its sums must be those of the samples. */
static int check_sums(struct traced *traced, const struct counts *counts)
{
    struct traced_event event;
    struct counts sums = {0};

    while (traced_next(traced, &event)) {
        sums.allocations += event.came != TRACED_NONE;
        sums.bytes += event.came ? event.came_bytes : 0;
        sums.frees += event.went != TRACED_NONE;
        sums.live_bytes += event.came ? event.came_bytes : 0;
        sums.live_bytes -= event.went ? event.went_bytes : 0;
    }
    if (traced->trace.error)
        return traced->trace.error;
    return sums.allocations == counts->allocations && sums.frees == counts->frees &&
                   sums.bytes == counts->bytes && sums.live_bytes == counts->live_bytes
               ? 0
               : -ENOENT;
}

int traced_open(struct traced *traced, struct export *export)
{
    *traced = (struct traced){.process = export->profile->processes};
    if (export->profile->process_count != 1)
        return -ENOENT;
    int err = trace_open(&traced->trace, &traced->process->file);
    if (err)
        return err;
    traced->sample_of = calloc(RECORDS, sizeof *traced->sample_of);
    err = traced->sample_of ? 0 : -ENOMEM;
    if (!err) {
        note_samples(traced, &export->samples);
        err = check_sums(traced, &export->samples.counts);
    }
    if (!err)
        err = traced_rewind(traced);
    if (err)
        traced_close(traced);
    return err;
}

void traced_close(struct traced *traced)
{
    trace_close(&traced->trace);
    free(traced->sample_of);
    *traced = (struct traced){0};
}
