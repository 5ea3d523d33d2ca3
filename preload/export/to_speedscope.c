/* SPDX-License-Identifier: MIT
 *
 * speedscope's own format: one profile for each metric, all with the same frames, which are
 * functions. Stacks go from the outermost frame to the innermost. It is read through JSON whole, so
 * that the number of samples has a limit by default.
 */
#include "export/clean_text.h"
#include "export/export.h"
#include "export/texts.h"

#include <errno.h>
#include <stdlib.h>
#include <tare/version.h>

static const char *const units[ORDER_COUNT] = {
    [ORDER_BYTES] = "bytes", [ORDER_CALLS] = "none",     [ORDER_PEAK] = "bytes",
    [ORDER_LIVE] = "bytes",  [ORDER_TEMPORARY] = "none",
};

static void add_frame(struct texts *texts, const struct place_frame *frame, uint32_t index)
{
    (void)index;
    texts_add_number(texts, frame->function);
}

static void put_stacks(struct export *export, enum site_order order)
{
    struct samples *samples = &export->samples;
    struct sample sample;
    struct texts texts = {.samples = samples, .add = add_frame, .between = ','};
    const char *between = "\n[";

    samples_rewind(samples);
    while (export_next(export, &sample, UINT32_MAX)) {
        if (!counts_value(&sample.counts, order))
            continue;
        sink_text(&export->sink, between);
        between = ",\n[";
        texts_put_stack(&texts, &export->sink);
        sink_char(&export->sink, ']');
    }
    texts_fini(&texts);
}

static void put_weights(struct export *export, enum site_order order)
{
    struct sample sample;
    bool is_first = true;

    samples_rewind(&export->samples);
    while (samples_next(&export->samples, &sample)) {
        uint64_t value = counts_value(&sample.counts, order);

        if (!value)
            continue;
        if (!is_first)
            sink_char(&export->sink, ',');
        is_first = false;
        sink_number(&export->sink, value);
    }
}

static void put_profile(struct export *export, enum site_order order)
{
    struct sink *sink = &export->sink;

    sink_text(sink, "{\"type\":\"sampled\",\"name\":");
    sink_quoted(sink, export_metric_name(order));
    sink_text(sink, ",\"unit\":");
    sink_quoted(sink, units[order]);
    sink_text(sink, ",\"startValue\":0,\"endValue\":");
    sink_number(sink, counts_value(&export->samples.counts, order));
    sink_text(sink, ",\"samples\":[");
    put_stacks(export, order);
    sink_text(sink, "],\n\"weights\":[");
    put_weights(export, order);
    sink_text(sink, "]}");
}

static void put_frames(struct export *export)
{
    const struct places *places = &export->samples.places;
    struct sink *sink = &export->sink;

    for (uint32_t i = 0; i < places->function_count; i++) {
        const struct place_function *function = &places->functions[i];

        sink_text(sink, i ? ",\n{\"name\":" : "\n{\"name\":");
        sink_quoted(sink, function->name);
        if (function->file) {
            sink_text(sink, ",\"file\":");
            sink_quoted(sink, places->files[function->file]);
        }
        sink_char(sink, '}');
    }
}

int export_speedscope(struct export *export)
{
    const struct profile *profile = export->profile;
    struct sink *sink = &export->sink;
    char *name =
        clean_copy(profile->process_count ? profile->processes[0].program : "nothing");

    if (!name)
        return -ENOMEM;
    sink_text(sink, "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
                    "\"exporter\":\"tare@" TARE_VERSION "\",\"name\":");
    sink_quoted(sink, name);
    sink_text(sink, ",\"activeProfileIndex\":0,\n\"profiles\":[");
    if (export->options->has_order) {
        put_profile(export, export->order);
    } else {
        for (enum site_order order = 0; order < ORDER_COUNT; order++) {
            sink_text(sink, order ? ",\n" : "\n");
            put_profile(export, order);
        }
    }
    sink_text(sink, "],\n\"shared\":{\"frames\":[");
    put_frames(export);
    sink_text(sink, "]}}\n");
    free(name);
    return 0;
}
