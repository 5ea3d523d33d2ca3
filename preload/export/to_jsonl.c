/* SPDX-License-Identifier: MIT
 *
 * One JSON object a line and site, most first where a metric is asked for; its stack from the
 * innermost function to the outermost, as in `tare report --json`. The line of "[other]" has no id.
 */
#include "export/columns.h"
#include "export/texts.h"

#include <inttypes.h>

static void put_text(struct sink *sink, const char *key, const char *text)
{
    sink_text(sink, key);
    if (*text)
        sink_quoted(sink, text);
    else
        sink_text(sink, "null");
}

static void add_name(struct texts *texts, const struct place_frame *frame, uint32_t index)
{
    const struct place_function *function = places_function(&texts->samples->places, frame);

    (void)index;
    texts_add_char(texts, '"');
    for (const char *at = function->name; *at; at++) {
        if (*at == '"' || *at == '\\')
            texts_add_char(texts, '\\');
        texts_add_char(texts, *at);
    }
    texts_add_char(texts, '"');
}

/* What stands before a column's value. */
struct key {
    size_t bytes;
    char text[48];
};

static void put_sample(struct export *export, struct texts *texts,
                       const struct key keys[COLUMNS], const struct sample *sample)
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
        sink_bytes(sink, keys[i].text, keys[i].bytes);
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
    texts_put_stack(texts, sink);
    sink_text(sink, "]}\n");
}

int export_jsonl(struct export *export)
{
    struct texts texts = {.samples = &export->samples,
                          .add = add_name,
                          .innermost_first = true,
                          .between = ','};
    struct key keys[COLUMNS];
    struct sample sample;

    for (int i = 0; i < COLUMNS; i++)
        keys[i].bytes = (size_t)snprintf(keys[i].text, sizeof keys[i].text,
                                         ",\"%s\":", column_names[i]);
    while (export_next(export, &sample, UINT32_MAX))
        put_sample(export, &texts, keys, &sample);
    texts_fini(&texts);
    return 0;
}
