/* SPDX-License-Identifier: MIT
 *
 * import/import.h - profiles of other profilers, read into ledgers.
 *
 * Shape    bytes of a file -> one of the parsers, from_NAME.c each -> maker
 * Units    Bytes.
 * Owner    The caller owns the bytes and the maker.
 * Threads  Single owner.
 * Errors   -EBADMSG: the file does not follow its format. -ENOTSUP: it follows one that is not
 *          read, or another version. -ENOMEM, -EFBIG as import/maker.h. Files are not trusted:
 *          any bytes lead to a ledger or to an error.
 * Cost     Linear in the file, which is in memory whole.
 * Source   profile.proto (google/pprof); dh_view.js, ms_print (valgrind 3.19); heaptrack 1.4's reader
 */
#ifndef TARE_IMPORT_IMPORT_H
#define TARE_IMPORT_IMPORT_H

#include "import/maker.h"

typedef int import_fn(struct maker *maker, const uint8_t *data, size_t bytes);

import_fn import_dhat, import_heaptrack, import_massif, import_pprof;

/* By what stands in it, whichever it is. */
int import_any(struct maker *maker, const uint8_t *data, size_t bytes);

#endif
