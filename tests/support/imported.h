/* SPDX-License-Identifier: MIT
 *
 * support/imported.h - what a parser makes of bytes, as a profile.
 *
 * Shape    bytes -> ledger -> profile
 * Units    Bytes.
 * Owner    The caller ends the profile.
 * Threads  single owner
 * Errors   As import/import.h; without memory the program ends.
 * Cost     As import/import.h.
 * Source   none
 */
#ifndef TARE_SUPPORT_IMPORTED_H
#define TARE_SUPPORT_IMPORTED_H

#include "import/import.h"
#include "profile/profile.h"

/* 0: the profile was read. */
int imported(struct profile *profile, import_fn *import, const uint8_t *data, size_t bytes);

/* For fuzzers: read it and tell it in all ways, whatever it is. */
void import_and_tell(import_fn *import, const uint8_t *data, size_t bytes);

#endif
