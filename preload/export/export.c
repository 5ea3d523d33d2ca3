/* SPDX-License-Identifier: MIT */
#include "export/export.h"

#include <errno.h>
#include <stdlib.h>

const struct export_format export_formats[] = {
    {.name = "folded",
     .suffix = "folded",
     .reader = "flamegraph.pl",
     .write = export_folded,
     .order = ORDER_BYTES},
    {.name = "pprof",
     .suffix = "pb.gz",
     .reader = "go tool pprof -http=:",
     .write = export_pprof,
     .order = ORDER_BYTES,
     .is_binary = true,
     .is_compressed = true,
     .by_thread = true,
     .with_slack = true,
     .reads_gzip = true},
    {.name = "speedscope",
     .suffix = "speedscope.json",
     .reader = "speedscope",
     .write = export_speedscope,
     .order = ORDER_BYTES,
     .max_samples = 100000,
     .reads_gzip = true},
    {.name = "dhat",
     .suffix = "dhat.json",
     .reader = "load in valgrind's dh_view.html or profiler.firefox.com:",
     .write = export_dhat,
     .order = ORDER_BYTES},
    {.name = "massif",
     .suffix = "massif",
     .reader = "ms_print",
     .write = export_massif,
     .order = ORDER_PEAK},
    {.name = "heaptrack",
     .suffix = "heaptrack.gz",
     .reader = "heaptrack --analyze",
     .write = export_heaptrack,
     .order = ORDER_BYTES,
     .reads_gzip = true},
    {.name = "csv",
     .suffix = "csv",
     .reader = "a spreadsheet, or sqlite3's .import:",
     .write = export_csv,
     .order = ORDER_BYTES,
     .with_ids = true,
     .with_slack = true},
    {.name = "jsonl",
     .suffix = "jsonl",
     .reader = "jq -c .",
     .write = export_jsonl,
     .order = ORDER_BYTES,
     .with_ids = true,
     .with_slack = true},
    {.name = "openmetrics",
     .suffix = "prom",
     .reader = "what Prometheus reads:",
     .write = export_openmetrics,
     .order = ORDER_BYTES,
     .max_samples = 20,
     .with_ids = true},
};

const size_t export_format_count = sizeof export_formats / sizeof *export_formats;

const struct export_format *export_format_find(const char *name)
{
    for (size_t i = 0; i < export_format_count; i++)
        if (!strcmp(export_formats[i].name, name))
            return &export_formats[i];
    return NULL;
}

const char *export_metric_name(enum site_order order)
{
    static const char *const names[ORDER_COUNT] = {
        [ORDER_BYTES] = "bytes allocated",
        [ORDER_CALLS] = "allocations",
        [ORDER_PEAK] = "bytes at peak",
        [ORDER_LIVE] = "bytes not freed",
        [ORDER_TEMPORARY] = "temporary allocations",
    };

    return names[order];
}

struct export_times export_times(const struct profile *profile)
{
    struct export_times times = {.end_ns = 1};

    for (uint32_t i = 0; i < profile->process_count; i++) {
        const struct process *process = &profile->processes[i];

        if (process->peak_at_ns > times.peak_ns)
            times.peak_ns = process->peak_at_ns;
        if (process->duration_ns > times.end_ns)
            times.end_ns = process->duration_ns;
    }
    if (times.end_ns < times.peak_ns)
        times.end_ns = times.peak_ns;
    return times;
}

bool export_next(struct export *export, struct sample *sample, uint32_t most_frames)
{
    struct samples *samples = &export->samples;

    if (!samples_next(samples, sample))
        return false;
    samples->error = samples_stack(samples, sample, most_frames);
    return !samples->error;
}

static int begin(struct export *export, const struct export_format *format)
{
    const struct export_options *options = export->options;
    struct sample_options sample_options = {
        .order = options->has_order ? options->order : format->order,
        .max_samples =
            options->has_max_samples ? options->max_samples : format->max_samples,
        .by_thread = format->by_thread,
        .in_order = format->with_ids && options->has_order,
        .with_ids = format->with_ids,
        .with_slack = format->with_slack,
    };

    export->order = sample_options.order;
    return samples_init(&export->samples, export->profile, &sample_options);
}

static int write(struct export *export, const struct export_format *format, FILE *out)
{
    if (format->is_compressed || export->options->compress)
        sink_begin_gzip(&export->sink, out);
    else
        sink_begin(&export->sink, out);
    int err = format->write(export);
    if (!err)
        err = export->samples.error;
    int sink_err = sink_end(&export->sink);
    return err ? err : sink_err;
}

int export_profile(FILE *out, struct profile *profile, const struct export_format *format,
                   const struct export_options *options, struct export_result *result)
{
    struct export *export = malloc(sizeof *export);

    if (!export)
        return -ENOMEM;
    export->profile = profile;
    export->options = options;
    export->result = (struct export_result){.blocks_an_event = 1};
    int err = begin(export, format);
    if (!err) {
        err = write(export, format, out);
        export->result.samples = export->samples.given + (export->samples.folded > 0);
        export->result.folded = export->samples.folded;
        export->result.folded_counts = export->samples.folded_counts;
        export->result.counts = export->samples.counts;
        samples_fini(&export->samples);
    }
    *result = export->result;
    free(export);
    return err;
}
