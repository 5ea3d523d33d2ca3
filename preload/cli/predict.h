/* SPDX-License-Identifier: MIT
 *
 * cli/predict.h - what advice expects of one remedy at the sites that whatif plays.
 *
 * Shape    sites of a process -> their evidence together -> the detectors of that remedy
 * Units    As advice/remedy.h.
 * Owner    The caller owns all.
 * Threads  Single owner.
 * Errors   none: there may be nothing to expect.
 * Cost     The sites' evidence.
 * Source   none
 */
#ifndef TARE_CLI_PREDICT_H
#define TARE_CLI_PREDICT_H

#include "advice/remedy.h"
#include "profile/profile.h"
#include "replay/script.h"

struct prediction {
    bool is_found; /* a detector finds that remedy here */
    struct finding finding;
    uint64_t fitting_bytes; /* the least power of two that 19 of 20 blocks do not exceed */
    bool has_distinct;
    uint64_t distinct_share; /* of 1000 contents, so many are no other's */
};

/* `is_site` of each of the process's sites. */
void predict(struct prediction *prediction, struct profile *profile,
             const struct process *process, const bool *is_site,
             enum substitute substitute);

#endif
