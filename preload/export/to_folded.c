/* SPDX-License-Identifier: MIT
 *
 * Folded stacks: "root;...;leaf VALUE", one metric a file. In names ';' becomes ':'.
 */
#include "export/export.h"
#include "export/texts.h"

static void add_name(struct texts *texts, const struct place_frame *frame, uint32_t index)
{
    const struct place_function *function = places_function(&texts->samples->places, frame);

    (void)index;
    for (const char *at = function->name; *at; at++)
        texts_add_char(texts, *at == ';' ? ':' : *at);
}

int export_folded(struct export *export)
{
    struct texts texts = {.samples = &export->samples, .add = add_name, .between = ';'};
    struct sample sample;

    while (export_next(export, &sample, UINT32_MAX)) {
        uint64_t value = counts_value(&sample.counts, export->order);

        if (!value)
            continue;
        texts_put_stack(&texts, &export->sink);
        sink_char(&export->sink, ' ');
        sink_number(&export->sink, value);
        sink_char(&export->sink, '\n');
    }
    texts_fini(&texts);
    return 0;
}
