/* SPDX-License-Identifier: MIT */
#include "html/page_static.h"

#include "profile/view.h"
#include "report/json_writer.h"
#include "report/short_name.h"
#include "report/units.h"

enum { SITES_SHOWN = 20, FRAMES_SHOWN = 5 };

void page_text(FILE *out, const char *text)
{
    while (*text) {
        int bytes = utf8_length(text);
        const char *end = text + (bytes ? bytes : 1);

        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else if (!bytes || (unsigned char)*text < ' ' || *text == 127)
            fputs("&#xFFFD;", out);
        else
            fwrite(text, 1, (size_t)bytes, out);
        text = end;
    }
}

void page_title(FILE *out, const struct profile *profile)
{
    if (profile->process_count)
        page_text(out, profile->processes[0].program);
    fputs(" - tare", out);
}

static void put_stack(FILE *out, struct profile *profile, const struct site *site)
{
    const struct process *process = &profile->processes[site->process];
    int shown = 0;

    for (uint32_t at = site->leaf; at >= NODE_FIRST && shown < FRAMES_SHOWN;
         at = process->nodes[at].parent, shown++) {
        const struct node *node = &process->nodes[at];
        const char *name = symbols_name(&profile->symbols, process, node);
        char text[SHORT_NAME_BYTES];

        fputs(shown ? " &larr; " : "", out);
        if (name)
            page_text(out, short_name(text, name));
        else
            page_text(out, node->module ? image_name(process->modules[node->module].image)
                                        : "[generated code]");
    }
}

int page_table(FILE *out, struct profile *profile)
{
    struct view view;
    int err = view_init(&view, profile->processes, 0, profile->process_count, ORDER_PEAK,
                        SITES_SHOWN);

    if (err)
        return err;
    fputs("<table><thead><tr><th>in use at peak<th>not freed<th>allocated<th>calls"
          "<th>site, with its callers</thead>\n",
          out);
    for (uint32_t i = 0; i < view.site_count && i < SITES_SHOWN; i++) {
        const struct counts *counts = &view.sites[i].counts;
        struct text_number text[4];

        fprintf(out, "<tr><td>%s<td>%s<td>%s<td>%s<td>",
                units_bytes(&text[0], counts->bytes_at_peak),
                units_bytes(&text[1], counts->live_bytes),
                units_bytes(&text[2], counts->bytes),
                units_count(&text[3], counts->allocations));
        put_stack(out, profile, &view.sites[i]);
        putc('\n', out);
    }
    fputs("</table>\n", out);
    view_fini(&view);
    return 0;
}
