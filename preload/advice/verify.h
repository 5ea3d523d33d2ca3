/* SPDX-License-Identifier: MIT
 *
 * advice/verify.h - what was predicted for one program, beside what another one, changed, really saved.
 *
 * Shape    before -> judgement -> which of its advice the program after shows -> sum of predictions
 *          before - after of the wholes -> what was saved
 * Units    As advice/remedy.h.
 * Owner    Caller owns the struct; it owns both judgements. Names belong to the profiles.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     As advice/judge.h, twice.
 * Source   none
 */
#ifndef TARE_ADVICE_VERIFY_H
#define TARE_ADVICE_VERIFY_H

#include "advice/judge.h"

struct verification {
    struct judgement before, after;
    bool *is_applied; /* by piece of advice before */
    uint32_t applied_count;
    struct saving predicted; /* of those that were applied */
    struct saving real;
    /* By which sites differ that no advice was for: the runs were not the same. */
    double other_calls;
    bool
        are_strangers; /* most of these calls are at sites that the other run does not have */
};

int verify(struct verification *verification, struct profile *before, struct profile *after,
           const struct costs *costs);
void verification_fini(struct verification *verification);

/* By what part of `real` a prediction was off; -1: both are too little to tell, of such a whole. */
double verify_peak_error(const struct verification *verification);
double verify_calls_error(const struct verification *verification);

#endif
