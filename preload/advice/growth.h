/* SPDX-License-Identifier: MIT
 *
 * advice/growth.h - how many bytes of a site were live as a run went on, from its timeline.
 *
 * Shape    growth -> points: a quarter of the run apart -> records
 * Units    Bytes.
 * Owner    The caller owns the struct.
 * Threads  Single owner.
 * Errors   -ENOMEM. A process that was hardly sampled has no points.
 * Cost     The timeline, once.
 * Source   none
 */
#ifndef TARE_ADVICE_GROWTH_H
#define TARE_ADVICE_GROWTH_H

#include "advice/waste.h"
#include "profile/process.h"

struct growth {
    double *live[GROWTH_POINTS]; /* by record; NULL: there are no points */
    uint32_t records;
};

int growth_init(struct growth *growth, const struct process *process);
void growth_fini(struct growth *growth);

/* Add what the site's records had. False: it is not known. */
bool growth_add(const struct growth *growth, const struct process *process,
                uint32_t records, double live_bytes[GROWTH_POINTS]);

#endif
