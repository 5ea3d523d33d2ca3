/* SPDX-License-Identifier: MIT
 *
 * A table as RFC 4180 has it: one line for the names, then one a site, most first where a metric is
 * asked for. The stack is one column, as folded stacks have it. The line of "[other]" has no id.
 */
#include "export/columns.h"
#include "export/texts.h"

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
static void add_name(struct texts *texts, const struct place_frame *frame, uint32_t index)
{
    const struct place_function *function = places_function(&texts->samples->places, frame);

    (void)index;
    for (const char *at = function->name; *at; at++) {
        if (*at == '"')
            texts_add_char(texts, '"');
        texts_add_char(texts, *at == ';' ? ':' : *at);
    }
}

static void put_sample(struct export *export, struct texts *texts,
                       const struct sample *sample)
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
    sink_text(sink, ",\"");
    texts_put_stack(texts, sink);
    sink_text(sink, "\"\n");
}

int export_csv(struct export *export)
{
    struct texts texts = {.samples = &export->samples, .add = add_name, .between = ';'};
    struct sample sample;

    sink_text(&export->sink, "id");
    for (int i = 0; i < COLUMNS; i++) {
        sink_char(&export->sink, ',');
        sink_text(&export->sink, column_names[i]);
    }
    sink_text(&export->sink, ",function,file,line,module,stack\n");
    while (export_next(export, &sample, UINT32_MAX))
        put_sample(export, &texts, &sample);
    texts_fini(&texts);
    return 0;
}
