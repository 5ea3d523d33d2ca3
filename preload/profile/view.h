/* SPDX-License-Identifier: MIT
 *
 * profile/view.h - the sites of some processes as one list, merged by id and in order.
 *
 * Shape    view -> sites; each names the process and leaf of the stack to show
 * Units    As profile/process.h.
 * Owner    Caller owns the struct; it owns the list.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     O(sites log sites).
 * Source   none
 */
#ifndef TARE_PROFILE_VIEW_H
#define TARE_PROFILE_VIEW_H

#include "profile/process.h"

enum site_order {
    ORDER_BYTES,
    ORDER_CALLS,
    ORDER_PEAK,
    ORDER_LIVE,
    ORDER_TEMPORARY,
    ORDER_COUNT,
};

/* What the name of an order ("bytes" ...) stands for; ORDER_COUNT: no such name. */
enum site_order site_order_find(const char *name);

/* What sites are ordered by. */
uint64_t counts_value(const struct counts *counts, enum site_order order);

/* Most first; those that are equal by id. */
void sites_sort(struct site *sites, uint32_t count, enum site_order order);

/* Make one site of all with the same id, with the stack of the one with most bytes; returns
 * how many are left. */
uint32_t sites_merge(struct site *sites, uint32_t count);

struct view {
    struct counts counts;
    struct site *sites;
    uint32_t site_count;
};

/* Of the processes [first, first + count). */
int view_init(struct view *view, const struct process *processes, uint32_t first,
              uint32_t count, enum site_order order);
void view_fini(struct view *view);

#endif
