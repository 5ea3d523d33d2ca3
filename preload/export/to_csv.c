/* SPDX-License-Identifier: MIT
 *
 * A table as RFC 4180 has it: one line for the names, then one a site, most first. The stack is one
 * column, as folded stacks have it. The line of "[other]" has no id.
 */
#include "export/columns.h"

#include <inttypes.h>

static void put_text(struct sink *sink, const char *text)
{
    if (!strpbrk(text, "\",")) {
        sink_text(sink, text);
        return;
    }
    sink_char(sink, '"');
    for (const char *at = text; *at; at++) {
        if (*at == '"')
            sink_char(sink, '"');
        sink_char(sink, *at);
    }
    sink_char(sink, '"');
}

/* Inside of quotes. */
static void put_frame(struct sink *sink, const struct place_function *function)
{
    if (function->is_plain) {
        sink_bytes(sink, function->name, function->name_bytes);
        return;
    }
    for (const char *at = function->name; *at; at++) {
        if (*at == '"')
            sink_char(sink, '"');
        sink_char(sink, *at == ';' ? ':' : *at);
    }
}

static void put_stack(struct export *export)
{
    const struct samples *samples = &export->samples;
    bool is_first = true;

    sink_char(&export->sink, '"');
    for (uint32_t i = samples->depth; i-- > 0;) {
        const struct place *place = &samples->places.list[samples->stack[i]];

        for (uint32_t k = place->frame_count; k-- > 0; is_first = false) {
            if (!is_first)
                sink_char(&export->sink, ';');
            put_frame(&export->sink,
                      places_function(&samples->places,
                                      &samples->places.frames[place->first_frame + k]));
        }
    }
    sink_char(&export->sink, '"');
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
    sink_text(sink, id);
    for (int i = 0; i < COLUMNS; i++) {
        sink_char(sink, ',');
        sink_number(sink, values[i]);
    }
    sink_char(sink, ',');
    put_text(sink, place.function);
    sink_char(sink, ',');
    put_text(sink, place.file);
    sink_char(sink, ',');
    if (place.line)
        sink_number(sink, place.line);
    sink_char(sink, ',');
    put_text(sink, place.module);
    sink_char(sink, ',');
    put_stack(export);
    sink_char(sink, '\n');
}

int export_csv(struct export *export)
{
    struct sample sample;

    sink_text(&export->sink, "id");
    for (int i = 0; i < COLUMNS; i++) {
        sink_char(&export->sink, ',');
        sink_text(&export->sink, column_names[i]);
    }
    sink_text(&export->sink, ",function,file,line,module,stack\n");
    while (export_next(export, &sample, UINT32_MAX))
        put_sample(export, &sample);
    return 0;
}
