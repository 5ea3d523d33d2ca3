/* SPDX-License-Identifier: MIT
 *
 * report/verify.h - predicted savings beside real ones, as text or JSON.
 *
 * Shape    none
 * Units    As advice/verify.h.
 * Owner    The caller owns all.
 * Threads  Single owner.
 * Errors   -ENOMEM; as report/stream.h.
 * Cost     Lines of the stacks of advice.
 * Source   docs/format.md (schema tare.verify/1)
 */
#ifndef TARE_REPORT_VERIFY_H
#define TARE_REPORT_VERIFY_H

#include "advice/verify.h"

#include <stdio.h>

/* `before` is the profile of the program as it was. */
int verify_text(FILE *out, const struct verification *verification, struct profile *before);
int verify_json(FILE *out, const struct verification *verification, struct profile *before);

#endif
