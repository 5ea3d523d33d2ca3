/* SPDX-License-Identifier: MIT
 *
 * profile/evidence_check.h - make what records name of evidence safe to follow.
 *
 * Shape    One bit for each line of the file: it belongs to a histogram or a growth by now.
 * Units    Lines.
 * Owner    Caller owns the struct; the file is the caller's and is mended in place.
 * Threads  Single owner.
 * Errors   -ENOMEM. A reference that names no evidence, or some that is taken, becomes 0.
 * Cost     O(1) for each histogram and growth of the file, whatever their chains look like.
 * Source   none
 */
#ifndef TARE_PROFILE_EVIDENCE_CHECK_H
#define TARE_PROFILE_EVIDENCE_CHECK_H

#include "profile/ledger_file.h"

struct evidence_check {
    const struct ledger_file *file;
    uint8_t *taken;
};

int evidence_check_init(struct evidence_check *check, const struct ledger_file *file);
void evidence_check_fini(struct evidence_check *check);

/* How many references or numbers of it were dropped. */
uint32_t evidence_check_record(struct evidence_check *check, struct ledger_record *record);

#endif
