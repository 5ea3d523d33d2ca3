/* SPDX-License-Identifier: MIT */
#include "report/diff.h"

bool diff_has(const struct diff *diff, enum site_order order)
{
    return !diff->is_of_moments || (order != ORDER_PEAK && order != ORDER_TEMPORARY);
}

const char *diff_total_name(const struct diff *diff, enum site_order order)
{
    static const char *const names[ORDER_COUNT] = {
        [ORDER_BYTES] = "allocated",     [ORDER_CALLS] = "allocations",
        [ORDER_PEAK] = "peak",           [ORDER_LIVE] = "live at end",
        [ORDER_TEMPORARY] = "temporary",
    };

    return diff->is_of_moments && order == ORDER_LIVE ? "live" : names[order];
}

uint32_t diff_exceeded(const struct diff *diff)
{
    uint32_t exceeded = 0;

    for (uint32_t i = 0; i < diff->limit_count; i++) {
        enum site_order order = diff->limits[i].order;

        exceeded +=
            change_exceeds(&diff->limits[i], site_table_value(diff->sites.before, order),
                           site_table_value(diff->sites.after, order));
    }
    return exceeded;
}

bool diff_has_little_in_common(const struct diff *diff)
{
    double common = 0;
    double all =
        (double)diff->sites.before->counts.bytes + (double)diff->sites.after->counts.bytes;

    for (uint32_t i = 0; i < diff->sites.count; i++) {
        const struct difference_entry *entry = &diff->sites.entries[i];

        if (entry->before && entry->after)
            common +=
                (double)entry->before->counts.bytes + (double)entry->after->counts.bytes;
    }
    return all > 0 && common < all / 4;
}

uint32_t diff_shown(const struct diff *diff)
{
    enum site_order order = diff->report.order;
    uint32_t shown = 0;

    while (shown < diff->sites.count && (!diff->report.top || shown < diff->report.top)) {
        const struct difference_entry *entry = &diff->sites.entries[shown];

        if (table_entry_value(entry->before, order) ==
            table_entry_value(entry->after, order))
            break;
        shown++;
    }
    return shown;
}

int diff_culprit(const struct diff *diff, const struct difference_entry *entry,
                 struct culprit *culprit)
{
    const struct site_table tables[] = {*diff->sites.before, *diff->sites.after};
    const struct table_entry *const entries[] = {entry->before, entry->after};

    return culprit_find(culprit, tables, entries, 2, diff->report.order);
}
