/* SPDX-License-Identifier: MIT */
#include "report/markdown.h"
#include "report/report.h"
#include "report/report_resident.h"
#include "report/report_tree.h"
#include "report/stream.h"
#include "report/units.h"

#include <inttypes.h>

static void put_bytes(FILE *out, const char *name, uint64_t bytes)
{
    struct text_number number;
    struct text_number exact;

    fprintf(out, "| %s | %s | %s |\n", name, units_bytes(&number, bytes),
            units_count(&exact, bytes));
}

static void put_count(FILE *out, const char *name, uint64_t count)
{
    struct text_number exact;

    fprintf(out, "| %s | | %s |\n", name, units_count(&exact, count));
}

static void put_totals(FILE *out, const struct process *processes, uint32_t count,
                       const struct counts *counts)
{
    uint64_t peak = 0;
    uint64_t lost = 0;

    for (uint32_t i = 0; i < count; i++) {
        peak += processes[i].peak_bytes;
        lost += processes[i].header->lost_events;
    }
    fputs("### ", out);
    markdown_text(out, processes->command[0] ? processes->command : processes->program);
    if (count > 1)
        fprintf(out, " and %" PRIu32 " more", count - 1);
    fputs("\n\n| | | exact |\n|---|---:|---:|\n", out);
    put_bytes(out, "bytes allocated", counts->bytes);
    put_count(out, "allocations", counts->allocations);
    put_count(out, "temporary", counts->temporary);
    put_bytes(out, "peak", peak);
    put_bytes(out, "live at end", counts->live_bytes);
    if (lost)
        put_count(out, "lost events", lost);
}

static int put_site(FILE *out, struct profile *profile, const struct view *view,
                    uint32_t index, const struct report_options *options)
{
    const struct site *site = &view->sites[index];
    struct text_number share, bytes, calls, peak, live;
    struct place place;
    int err = place_find(&place, profile, &profile->processes[site->process], site->leaf);

    if (err)
        return err;
    fprintf(out, "| %" PRIu32 " | %s | %s | %s | %s | %s | ", index + 1,
            units_share(&share, counts_value(&site->counts, options->order),
                        counts_value(&view->counts, options->order)),
            units_bytes(&bytes, site->counts.bytes),
            units_count(&calls, site->counts.allocations),
            units_bytes(&peak, site->counts.bytes_at_peak),
            units_bytes(&live, site->counts.live_bytes));
    markdown_place(out, &place);
    fprintf(out, " | %016" PRIx64 " |\n", site->id);
    return 0;
}

static int put_sites(FILE *out, struct profile *profile, const struct view *view,
                     const struct report_options *options)
{
    uint32_t shown = view->site_count;
    int err = 0;

    if (options->top && options->top < shown)
        shown = options->top;
    while (shown && !counts_value(&view->sites[shown - 1].counts, options->order))
        shown--;
    fprintf(out,
            "\nTop %" PRIu32 " of %" PRIu32 " site%s by %s\n\n"
            "| | share | bytes | calls | at peak | live | where | site |\n"
            "|---:|---:|---:|---:|---:|---:|---|---|\n",
            shown, view->site_count, units_plural(view->site_count),
            report_order_title(options->order));
    for (uint32_t i = 0; !err && i < shown; i++)
        err = put_site(out, profile, view, i, options);
    return err;
}

static int put_tree(FILE *out, struct profile *profile, uint32_t first, uint32_t count,
                    const struct report_options *options)
{
    const struct styled to = {.out = out};

    fputs("\n```text", out);
    int err = report_tree(&to, profile, first, count, options);
    fputs("```\n", out);
    return err;
}

static int put_processes(FILE *out, struct profile *profile, uint32_t first, uint32_t count,
                         const struct report_options *options)
{
    struct view view;
    int err = view_init(&view, profile->processes, first, count, options->order,
                        options->top ? options->top : UINT32_MAX);

    if (err)
        return err;
    put_totals(out, profile->processes + first, count, &view.counts);
    if (!options->selection || !options->selection->count)
        report_resident_markdown(out, profile->processes + first, count);
    if (options->shape == SHAPE_SITES)
        err = put_sites(out, profile, &view, options);
    else
        err = put_tree(out, profile, first, count, options);
    view_fini(&view);
    return err;
}

int report_markdown(FILE *out, struct profile *profile,
                    const struct report_options *options)
{
    uint32_t step = options->per_process ? 1 : profile->process_count;
    int err = 0;

    for (uint32_t first = 0; !err && first < profile->process_count; first += step)
        err = put_processes(out, profile, first, step, options);
    return err ? err : stream_end(out);
}
