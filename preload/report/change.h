/* SPDX-License-Identifier: MIT
 *
 * report/change.h - what must not grow by more than so much.
 *
 * Shape    "+5%:peak", "+1.5MiB:live", "+100:calls"
 * Units    Bytes or events, as the metric is; percent of what was before.
 * Owner    none
 * Threads  thread-safe.
 * Errors   change_parse: false.
 * Cost     none
 * Source   none
 */
#ifndef TARE_REPORT_CHANGE_H
#define TARE_REPORT_CHANGE_H

#include "profile/view.h"
#include "report/units.h"

#include <stdbool.h>

struct change_limit {
    const char *text;
    enum site_order order;
    double percent; /* below 0: none */
    uint64_t amount;
};

/* Keeps `text`. */
bool change_parse(struct change_limit *limit, const char *text);
bool change_exceeds(const struct change_limit *limit, uint64_t before, uint64_t after);

/* "+1.2 MiB", "-3"; "=" where nothing changed. */
const char *change_amount(struct text_number *to, enum site_order order, uint64_t before,
                          uint64_t after);

/* "+3.0 %"; "new", "gone"; "" where nothing changed. */
const char *change_share(struct text_number *to, uint64_t before, uint64_t after);

/* The value of an order, with its unit. */
const char *change_value(struct text_number *to, enum site_order order, uint64_t value);

#endif
