/* SPDX-License-Identifier: MIT */
#include "report/diff.h"
#include "report/report_stack.h"
#include "report/stream.h"
#include "report/style.h"

#include <inttypes.h>

static void put_side(const struct styled *to, const struct diff *diff, int side)
{
    static const char *const names[] = {"before", "after"};
    const struct site_table *table = side ? diff->sites.after : diff->sites.before;
    struct text_number time;
    const struct profile *profile = table->profile;

    fprintf(to->out, "%-8s ", names[side]);
    style_text(to, STYLE_BOLD, profile->processes[0].file_path, 0);
    if (profile->process_count > 1)
        fprintf(to->out, " and %" PRIu32 " more", profile->process_count - 1);
    if (diff->is_of_moments)
        fprintf(to->out, "  after %s", units_time(&time, diff->at_ns[side]));
    fputs("  ", to->out);
    style_text(to, STYLE_DIM, profile->processes[0].command, 100);
    putc('\n', to->out);
}

static void put_total(const struct styled *to, const struct diff *diff,
                      enum site_order order)
{
    uint64_t before = site_table_value(diff->sites.before, order);
    uint64_t after = site_table_value(diff->sites.after, order);
    struct text_number from, until, amount, share;

    fprintf(to->out, "  %-12s %12s -> %-12s %12s", diff_total_name(diff, order),
            change_value(&from, order, before), change_value(&until, order, after),
            change_amount(&amount, order, before, after));
    if (before != after)
        fprintf(to->out, " %9s", change_share(&share, before, after));
    putc('\n', to->out);
}

/* "12 KiB -> 14 KiB", or once what did not change. */
static void put_values(const struct styled *to, const struct difference_entry *entry,
                       enum site_order order)
{
    uint64_t before = table_entry_value(entry->before, order);
    uint64_t after = table_entry_value(entry->after, order);
    struct text_number from, until;

    fputs(change_value(&from, order, before), to->out);
    if (before != after)
        fprintf(to->out, " -> %s", change_value(&until, order, after));
}

static void put_numbers(const struct styled *to, const struct diff *diff,
                        const struct difference_entry *entry)
{
    fprintf(to->out, "%*sbytes ", 13, "");
    put_values(to, entry, ORDER_BYTES);
    fputs(" in ", to->out);
    put_values(to, entry, ORDER_CALLS);
    fputs(" allocations", to->out);
    if (diff_has(diff, ORDER_PEAK)) {
        fputs("; at peak ", to->out);
        put_values(to, entry, ORDER_PEAK);
    }
    fputs(", live ", to->out);
    put_values(to, entry, ORDER_LIVE);
    putc('\n', to->out);
}

static void put_culprit(const struct styled *to, const struct culprit *culprit,
                        enum site_order order)
{
    struct text_number amount;

    if (culprit->of_lines == 1)
        return;
    fprintf(to->out, "%*sof %" PRIu32 " lines with one id; ", 13, "", culprit->of_lines);
    if (!culprit->is_known) {
        fputs("that with most bytes:\n", to->out);
        return;
    }
    if (culprit->lines == 1)
        fputs("this one: ", to->out);
    else
        fprintf(to->out, "these %" PRIu32 ": ", culprit->lines);
    fprintf(to->out, "%s\n", change_amount(&amount, order, culprit->first, culprit->last));
}

static int put_site(const struct styled *to, const struct diff *diff, uint32_t index)
{
    const struct difference_entry *entry = &diff->sites.entries[index];
    uint64_t before = table_entry_value(entry->before, diff->report.order);
    uint64_t after = table_entry_value(entry->after, diff->report.order);
    struct culprit culprit;
    struct text_number amount, share;
    const char *word = change_share(&share, before, after);
    int err = diff_culprit(diff, entry, &culprit);

    if (err)
        return err;
    if (!entry->before || !entry->after)
        word = entry->after ? "new" : "gone";
    style_begin(to, STYLE_BOLD);
    fprintf(to->out, "%3" PRIu32 ". %10s  ", index + 1,
            change_amount(&amount, diff->report.order, before, after));
    style_end(to, STYLE_BOLD);
    put_values(to, entry, diff->report.order);
    fprintf(to->out, "  %s\n", word);
    put_numbers(to, diff, entry);
    put_culprit(to, &culprit, diff->report.order);
    err =
        report_stack(to, culprit.profile, &culprit.profile->processes[culprit.at->process],
                     culprit.at->leaf, &diff->report);
    style_begin(to, STYLE_DIM);
    fprintf(to->out, "        site %016" PRIx64 "\n\n", culprit.at->id);
    style_end(to, STYLE_DIM);
    return err;
}

static void put_summary(const struct styled *to, const struct diff *diff, uint32_t shown)
{
    const struct difference *sites = &diff->sites;
    uint32_t same =
        sites->count - sites->grew - sites->shrank - sites->appeared - sites->went;

    style_begin(to, STYLE_BOLD);
    fprintf(to->out, "\nTop %" PRIu32 " changes of %s\n", shown,
            report_order_title(diff->report.order));
    style_end(to, STYLE_BOLD);
    fprintf(to->out,
            "%" PRIu32 " site%s grew, %" PRIu32 " shrank, %" PRIu32 " are new, %" PRIu32
            " gone, %" PRIu32 " as before\n\n",
            sites->grew, units_plural(sites->grew), sites->shrank, sites->appeared,
            sites->went, same);
}

int diff_text(FILE *out, const struct diff *diff)
{
    const struct styled to = {.out = out, .with_colour = diff->report.with_colour};
    uint32_t shown = diff_shown(diff);
    int err = 0;

    put_side(&to, diff, 0);
    put_side(&to, diff, 1);
    putc('\n', out);
    for (enum site_order order = 0; order < ORDER_COUNT; order++)
        if (diff_has(diff, order))
            put_total(&to, diff, order);
    put_summary(&to, diff, shown);
    for (uint32_t i = 0; !err && i < shown; i++)
        err = put_site(&to, diff, i);
    return err ? err : stream_end(out);
}
