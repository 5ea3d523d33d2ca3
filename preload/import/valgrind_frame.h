/* SPDX-License-Identifier: MIT
 *
 * import/valgrind_frame.h - a frame as valgrind's tools write it.
 *
 * Shape    "0xADDRESS: function (file:line)" or "... (in module)" -> place
 * Units    none
 * Owner    The caller owns the text, which must stay until the ledger is written.
 * Threads  Single owner.
 * Errors   As import/maker.h. What does not follow the form is a function's name.
 * Cost     Linear in the text.
 * Source   valgrind 3.19's output
 */
#ifndef TARE_IMPORT_VALGRIND_FRAME_H
#define TARE_IMPORT_VALGRIND_FRAME_H

#include "import/maker.h"

/* A new place; in the program's module unless the text names another. */
struct maker_place valgrind_place(struct maker *maker, uint32_t program,
                                  const struct maker_text *text);

#endif
