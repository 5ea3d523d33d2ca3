/* SPDX-License-Identifier: MIT
 *
 * One JSON object a line and site, most first; its stack from the innermost function to the
 * outermost, as in `tare report --json`. The line of "[other]" has no id.
 */
#include "export/columns.h"

#include <inttypes.h>

static void put_text(struct sink *sink, const char *key, const char *text)
{
    sink_text(sink, key);
    if (*text)
        sink_quoted(sink, text);
    else
        sink_text(sink, "null");
}

static void put_stack(struct export *export)
{
    const struct samples *samples = &export->samples;
    struct sink *sink = &export->sink;

    for (uint32_t i = 0; i < samples->depth; i++) {
        const struct place *place = &samples->places.list[samples->stack[i]];

        for (uint32_t k = 0; k < place->frame_count; k++) {
            const struct place_function *function = places_function(
                &samples->places, &samples->places.frames[place->first_frame + k]);

            if (i || k)
                sink_char(sink, ',');
            if (!function->is_plain) {
                sink_quoted(sink, function->name);
                continue;
            }
            sink_char(sink, '"');
            sink_bytes(sink, function->name, function->name_bytes);
            sink_char(sink, '"');
        }
    }
}

static void put_sample(struct export *export, const struct sample *sample)
{
    struct columns_place place = columns_place(export);
    struct sink *sink = &export->sink;
    uint64_t values[COLUMNS];
    char id[20] = "";

    if (sample->site)
        snprintf(id, sizeof id, "%016" PRIx64, sample->site->id);
    columns_fill(values, export, sample);
    put_text(sink, "{\"id\":", id);
    for (int i = 0; i < COLUMNS; i++) {
        sink_text(sink, ",\"");
        sink_text(sink, column_names[i]);
        sink_text(sink, "\":");
        sink_number(sink, values[i]);
    }
    put_text(sink, ",\"function\":", place.function);
    put_text(sink, ",\"file\":", place.file);
    sink_text(sink, ",\"line\":");
    if (place.line)
        sink_number(sink, place.line);
    else
        sink_text(sink, "null");
    put_text(sink, ",\"module\":", place.module);
    sink_text(sink, ",\"stack\":[");
    put_stack(export);
    sink_text(sink, "]}\n");
}

int export_jsonl(struct export *export)
{
    struct sample sample;

    while (export_next(export, &sample, UINT32_MAX))
        put_sample(export, &sample);
    return 0;
}
