/* SPDX-License-Identifier: MIT
 *
 * advice/share.h - advice of several sites that one change follows, at the function they have in
 * common.
 *
 * Shape    one remedy, stacks with a common beginning below main -> one piece of advice there
 * Units    As advice/judge.h.
 * Owner    The judgement's list gets shorter.
 * Threads  Single owner.
 * Errors   none
 * Cost     O(pieces^2 depth).
 * Source   none
 */
#ifndef TARE_ADVICE_SHARE_H
#define TARE_ADVICE_SHARE_H

#include "advice/judge.h"

/* The list is in order, best first. */
void share_advice(struct judgement *judgement, struct profile *profile);

#endif
