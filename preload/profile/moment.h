/* SPDX-License-Identifier: MIT
 *
 * profile/moment.h - a ledger as it was while its process ran, from its timeline.
 *
 * Shape    ledger -> the same ledger, whose records have what the samples up to then add up to
 * Units    Nanoseconds after the start.
 * Owner    The caller owns the file.
 * Threads  Single owner.
 * Errors   -ENODATA: it has no timeline. -ERANGE: the timeline ends before. -ENOMEM. The file is
 *          then as it was.
 * Cost     One pass over the timeline.
 * Source   docs/format.md
 */
#ifndef TARE_PROFILE_MOMENT_H
#define TARE_PROFILE_MOMENT_H

#include "profile/ledger_file.h"

#define MOMENT_END UINT64_MAX

/* To the latest sample that is not after `*at_ns`, which becomes its time; of -ERANGE that of the
 * last one. Times are taken as people read them: one part in a hundred beyond the end is the end.
 * What samples do not know (peaks, temporary blocks, evidence) is gone from the records. */
int moment_take(struct ledger_file *file, uint64_t *at_ns);

#endif
