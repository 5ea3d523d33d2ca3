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
     .with_slack = true},
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
        .thread = options->thread,
        .by_thread = format->by_thread && !options->thread,
        .in_order = format->in_order,
        .with_slack = format->with_slack,
    };

    export->order = sample_options.order;
    return samples_init(&export->samples, export->profile, &sample_options);
}

static int write(struct export *export, const struct export_format *format, FILE *out)
{
    if (format->is_compressed)
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
