/* SPDX-License-Identifier: MIT
 *
 * Folded stacks: "root;...;leaf VALUE", one metric a file. In names ';' becomes ':'.
 */
#include "export/export.h"

static void put_name(struct sink *sink, const struct place_function *function)
{
    if (function->is_plain) {
        sink_bytes(sink, function->name, function->name_bytes);
        return;
    }
    for (const char *at = function->name; *at; at++)
        sink_char(sink, *at == ';' ? ':' : *at);
}

static void put_place(struct sink *sink, const struct places *places, uint32_t number,
                      bool is_root)
{
    const struct place *place = &places->list[number];

    for (uint32_t i = place->frame_count; i-- > 0; is_root = false) {
        if (!is_root)
            sink_char(sink, ';');
        put_name(sink, places_function(places, &places->frames[place->first_frame + i]));
    }
}

int export_folded(struct export *export)
{
    struct samples *samples = &export->samples;
    struct sample sample;

    while (export_next(export, &sample, UINT32_MAX)) {
        uint64_t value = counts_value(&sample.counts, export->order);

        if (!value)
            continue;
        for (uint32_t i = samples->depth; i-- > 0;)
            put_place(&export->sink, &samples->places, samples->stack[i],
                      i + 1 == samples->depth);
        sink_char(&export->sink, ' ');
        sink_number(&export->sink, value);
        sink_char(&export->sink, '\n');
    }
    return 0;
}
