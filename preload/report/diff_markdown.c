/* SPDX-License-Identifier: MIT */
#include "report/diff.h"
#include "report/markdown.h"
#include "report/stream.h"

#include <inttypes.h>

static void put_change(FILE *out, enum site_order order, uint64_t before, uint64_t after)
{
    struct text_number from, until, amount, share;

    fprintf(out, " %s -> %s | %s | %s |", change_value(&from, order, before),
            change_value(&until, order, after),
            change_amount(&amount, order, before, after),
            change_share(&share, before, after));
}

static int put_site(FILE *out, const struct diff *diff,
                    const struct difference_entry *entry)
{
    struct culprit culprit;
    struct text_number amount;
    struct place place;
    int err = diff_culprit(diff, entry, &culprit);

    if (!err)
        err =
            place_find(&place, culprit.profile,
                       &culprit.profile->processes[culprit.at->process], culprit.at->leaf);
    if (err)
        return err;
    putc('|', out);
    put_change(out, diff->report.order,
               table_entry_value(entry->before, diff->report.order),
               table_entry_value(entry->after, diff->report.order));
    putc(' ', out);
    markdown_place(out, &place);
    if (culprit.is_known)
        fprintf(out, " (%" PRIu32 " of %" PRIu32 " lines: %s)", culprit.lines,
                culprit.of_lines,
                change_amount(&amount, diff->report.order, culprit.first, culprit.last));
    fprintf(out, " | %016" PRIx64 " |\n", culprit.at->id);
    return 0;
}

int diff_markdown(FILE *out, const struct diff *diff)
{
    uint32_t shown = diff_shown(diff);
    struct text_number from, until;
    int err = 0;

    if (diff->is_of_moments)
        fprintf(out, "After %s and after %s\n\n", units_time(&from, diff->at_ns[0]),
                units_time(&until, diff->at_ns[1]));
    fputs("| | before -> after | change | |\n|---|---:|---:|---:|\n", out);
    for (enum site_order order = 0; order < ORDER_COUNT; order++) {
        if (!diff_has(diff, order))
            continue;
        fprintf(out, "| %s |", diff_total_name(diff, order));
        put_change(out, order, site_table_value(diff->sites.before, order),
                   site_table_value(diff->sites.after, order));
        putc('\n', out);
    }
    fprintf(out,
            "\nTop %" PRIu32 " changes of %s: %" PRIu32 " site%s grew, %" PRIu32
            " shrank, %" PRIu32 " are new, %" PRIu32 " gone\n\n"
            "| before -> after | change | | where | site |\n|---:|---:|---:|---|---|\n",
            shown, report_order_title(diff->report.order), diff->sites.grew,
            units_plural(diff->sites.grew), diff->sites.shrank, diff->sites.appeared,
            diff->sites.went);
    for (uint32_t i = 0; !err && i < shown; i++)
        err = put_site(out, diff, &diff->sites.entries[i]);
    return err ? err : stream_end(out);
}
