/* SPDX-License-Identifier: MIT */
#include "report/change.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_counted(enum site_order order)
{
    return order == ORDER_CALLS || order == ORDER_TEMPORARY;
}

bool change_parse(struct change_limit *limit, const char *text)
{
    const char *colon = strrchr(text, ':');
    char amount[40];
    char *end;

    *limit = (struct change_limit){.text = text, .percent = -1};
    if (!colon || text[0] != '+' || (size_t)(colon - text) >= sizeof amount)
        return false;
    memcpy(amount, text + 1, (size_t)(colon - text) - 1);
    amount[colon - text - 1] = '\0';
    limit->order = site_order_find(colon + 1);
    if (limit->order == ORDER_COUNT)
        return false;
    size_t bytes = strlen(amount);
    if (bytes && amount[bytes - 1] == '%') {
        limit->percent = strtod(amount, &end);
        return end == amount + bytes - 1 && end > amount && limit->percent >= 0 &&
               limit->percent <= 1e9;
    }
    return units_parse(amount, !is_counted(limit->order), &limit->amount);
}

bool change_exceeds(const struct change_limit *limit, uint64_t before, uint64_t after)
{
    if (after <= before)
        return false;
    if (limit->percent < 0)
        return after - before > limit->amount;
    return (double)(after - before) * 100 > (double)before * limit->percent;
}

const char *change_value(struct text_number *to, enum site_order order, uint64_t value)
{
    return is_counted(order) ? units_count(to, value) : units_bytes(to, value);
}

const char *change_amount(struct text_number *to, enum site_order order, uint64_t before,
                          uint64_t after)
{
    struct text_number amount;

    if (before == after)
        return strcpy(to->text, "=");
    change_value(&amount, order, after > before ? after - before : before - after);
    /* The number is shorter than its buffer by far. */
    snprintf(to->text, sizeof to->text, "%c%.38s", after > before ? '+' : '-', amount.text);
    return to->text;
}

const char *change_share(struct text_number *to, uint64_t before, uint64_t after)
{
    if (before == after)
        return strcpy(to->text, "");
    if (!before || !after)
        return strcpy(to->text, before ? "gone" : "new");
    double percent = 100 * ((double)after - (double)before) / (double)before;
    if (fabs(percent) < 0.05)
        snprintf(to->text, sizeof to->text, "%c0.0 %%", percent < 0 ? '-' : '+');
    else
        snprintf(to->text, sizeof to->text, "%+.1f %%", percent);
    return to->text;
}
