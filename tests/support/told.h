/* SPDX-License-Identifier: MIT
 *
 * support/told.h - a profile, told in all ways; for fuzzers, which look at nothing of it.
 *
 * Shape    report, advice, page, exports
 * Units    none
 * Owner    none
 * Threads  single owner
 * Errors   Without /dev/null the program ends; others are as good as none.
 * Cost     As tare's verbs.
 * Source   none
 */
#ifndef TARE_SUPPORT_TOLD_H
#define TARE_SUPPORT_TOLD_H

#include <stdio.h>

#include "profile/profile.h"

void tell_all(struct profile *profile);

/* The exports of it. They put its sites in another order, and may change their counts. */
void tell_exports(FILE *out, struct profile *profile);

#endif
