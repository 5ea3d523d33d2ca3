/* SPDX-License-Identifier: MIT
 *
 * profile/view.h - the sites of some processes as one list, merged by stack and in order.
 *
 * Shape    view -> sites; each names the process and leaf of the stack to show
 *                    `-> parts: sites of other processes that are merged into it
 * Units    As profile/process.h.
 * Owner    Caller owns the struct; it owns the list, unless that is the one process's own.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     O(sites); finding the ids of those that are to be in order, and ordering them.
 * Source   none
 */
#ifndef TARE_PROFILE_VIEW_H
#define TARE_PROFILE_VIEW_H

#include "profile/advice_evidence.h"
#include "profile/process.h"
#include "profile/site_evidence.h"

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

/* Bring the first `wanted` of them, or all, to the front, in order and with their ids: most
 * first; those that are equal by id, then by places. */
int sites_sort(const struct process *processes, struct site *sites, uint32_t count,
               enum site_order order, uint32_t wanted);

typedef void site_join_fn(void *context, struct site *kept, const struct site *more);

/* Make one site of all whose stacks are the same places in code; the first one stands for them,
 * and `join` is told of the others when their counts are added. How many are left; UINT32_MAX
 * without memory. */
uint32_t sites_merge(struct site *sites, uint32_t count, site_join_fn *join, void *context);

/* Another site of places that a site of the view stands for. */
struct site_part {
    uint32_t process, records;
    uint32_t next; /* as a site's `parts` */
};

struct view {
    const struct process *processes;
    struct counts counts;
    struct site *sites; /* the first ones in order, with their ids */
    uint32_t site_count;
    struct site_part *parts; /* a site's `parts` and a part's `next` are index + 1 */
    uint32_t part_count;
    bool is_lent; /* the sites are the process's, which is the only one */
};

/* Of the processes [first, first + count). Sorts the first `wanted` sites, but none of value 0. */
int view_init(struct view *view, const struct process *processes, uint32_t first,
              uint32_t count, enum site_order order, uint32_t wanted);

/* Likewise of mappings, or of objects. */
int view_init_class(struct view *view, const struct process *processes, uint32_t first,
                    uint32_t count, enum ledger_class class, enum site_order order,
                    uint32_t wanted);

/* The evidence of one of its sites. */
struct evidence view_evidence(const struct view *view, const struct site *site);

/* Likewise, with what --advise took. */
struct site_advice view_advice(const struct view *view, const struct site *site);
void view_fini(struct view *view);

#endif
