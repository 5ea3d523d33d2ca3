/* SPDX-License-Identifier: MIT */
#include "report/report.h"
#include "report/report_evidence.h"
#include "report/report_resident.h"
#include "report/report_stack.h"
#include "report/report_summary.h"
#include "report/report_tree.h"
#include "report/stream.h"
#include "report/units.h"

#include <inttypes.h>

static const char *const order_titles[ORDER_COUNT] = {
    [ORDER_BYTES] = "bytes allocated",           [ORDER_CALLS] = "allocations",
    [ORDER_PEAK] = "bytes at the peak",          [ORDER_LIVE] = "live bytes",
    [ORDER_TEMPORARY] = "temporary allocations",
};

const char *report_order_title(enum site_order order)
{
    return order_titles[order];
}

/* What is counted, as it comes and as it lives. */
static const struct {
    const char *came, *lives;
} words[LEDGER_CLASSES] = {
    [LEDGER_HEAP] = {"allocation", "block"},
    [LEDGER_MAPPING] = {"mapping", "mapping"},
    [LEDGER_OBJECT] = {"object", "object"},
};

static void put_site_counts(const struct styled *to, const struct counts *counts,
                            enum ledger_class class)
{
    struct text_number bytes;
    struct text_number calls;
    struct text_number peak;
    struct text_number live;
    struct text_number blocks;
    struct text_number temporary;

    fprintf(to->out, "%s in %s %s%s", units_bytes(&bytes, counts->bytes),
            units_count(&calls, counts->allocations), words[class].came,
            counts->allocations == 1 ? "" : "s");
    fprintf(to->out, "; at peak %s", units_bytes(&peak, counts->bytes_at_peak));
    fprintf(to->out, ", live %s", units_bytes(&live, counts->live_bytes));
    if (counts->live_blocks)
        fprintf(to->out, " in %s %s%s", units_count(&blocks, counts->live_blocks),
                words[class].lives, counts->live_blocks == 1 ? "" : "s");
    fprintf(to->out, ", temporary %s\n",
            units_share(&temporary, counts->temporary, counts->allocations));
}

static int put_site(const struct styled *to, struct profile *profile,
                    const struct view *view, uint32_t index, enum ledger_class class,
                    const struct report_options *options)
{
    struct text_number share;
    const struct site *site = &view->sites[index];
    struct evidence evidence = view_evidence(view, site);
    uint64_t whole = counts_value(&view->counts, options->order);
    uint64_t value = counts_value(&site->counts, options->order);

    style_begin(to, STYLE_BOLD);
    fprintf(to->out, "%3" PRIu32 ". %6s  ", index + 1, units_share(&share, value, whole));
    style_end(to, STYLE_BOLD);
    put_site_counts(to, &site->counts, class);
    report_evidence(to, &site->counts, &evidence);
    if (options->with_evidence)
        report_histograms(to, &site->counts, &evidence);
    int err =
        report_stack(to, profile, &profile->processes[site->process], site->leaf, options);
    style_begin(to, STYLE_DIM);
    fprintf(to->out, "        site %016" PRIx64 "\n\n", site->id);
    style_end(to, STYLE_DIM);
    return err;
}

static int put_sites(const struct styled *to, struct profile *profile,
                     const struct view *view, enum ledger_class class,
                     const struct report_options *options)
{
    struct text_number total;
    uint32_t shown = view->site_count;
    int err = 0;

    if (options->top && options->top < shown)
        shown = options->top;
    while (shown && !counts_value(&view->sites[shown - 1].counts, options->order))
        shown--;
    style_begin(to, STYLE_BOLD);
    fprintf(to->out, "%sTop %" PRIu32 " of %s site%s%s by %s\n",
            class == LEDGER_OBJECT ? "" : "\n", shown,
            units_count(&total, view->site_count), units_plural(view->site_count),
            class == LEDGER_OBJECT ? " of objects" : "", order_titles[options->order]);
    style_end(to, STYLE_BOLD);
    if (class == LEDGER_OBJECT)
        fputs("objects of pools and arenas; they lie in blocks counted above\n", to->out);
    putc('\n', to->out);
    for (uint32_t i = 0; !err && i < shown; i++)
        err = put_site(to, profile, view, i, class, options);
    return err;
}

static uint32_t most_shown(const struct report_options *options)
{
    return options->top ? options->top : UINT32_MAX;
}

static int put_objects(const struct styled *to, struct profile *profile, uint32_t first,
                       uint32_t count, const struct report_options *options)
{
    struct view view;
    int err = view_init_class(&view, profile->processes, first, count, LEDGER_OBJECT,
                              options->order, most_shown(options));

    if (err)
        return err;
    if (view.site_count)
        err = put_sites(to, profile, &view, LEDGER_OBJECT, options);
    view_fini(&view);
    return err;
}

static int put_processes(const struct styled *to, struct profile *profile, uint32_t first,
                         uint32_t count, const struct report_options *options)
{
    struct view view;
    int err = view_init(&view, profile->processes, first, count, options->order,
                        most_shown(options));

    if (err)
        return err;
    err = report_summary(to, profile, first, count, &view);
    if (!err && options->selection && options->selection->count)
        report_selection(to, options->selection, &view);
    else if (!err)
        report_resident_text(to, profile->processes + first, count);
    if (!err && options->shape == SHAPE_SITES)
        err = put_sites(to, profile, &view, LEDGER_HEAP, options);
    view_fini(&view);
    if (!err && options->shape != SHAPE_SITES)
        return report_tree(to, profile, first, count, options);
    return err ? err : put_objects(to, profile, first, count, options);
}

int report_text(FILE *out, struct profile *profile, const struct report_options *options)
{
    struct styled to = {.out = out, .with_colour = options->with_colour};
    uint32_t step = options->per_process ? 1 : profile->process_count;
    int err = 0;

    for (uint32_t first = 0; !err && first < profile->process_count; first += step)
        err = put_processes(&to, profile, first, step, options);
    return err ? err : stream_end(out);
}
