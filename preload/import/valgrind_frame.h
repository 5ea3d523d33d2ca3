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

/* "malloc (in .../vgpreload_dhat-amd64-linux.so)": the profiler itself. */
bool valgrind_is_own(const struct maker_text *text);

/* Two frames of one address, behind one another: the inner one is inlined into the outer. */
bool valgrind_is_inlined(const struct maker_text *inner, const struct maker_text *outer);

/* One of a place's frames; its module: the program's unless the text names another. */
uint32_t valgrind_frame(struct maker *maker, uint32_t program,
                        const struct maker_text *text, struct maker_frame *frame);

/* A new place; in the program's module unless the text names another. */
struct maker_place valgrind_place(struct maker *maker, uint32_t program,
                                  const struct maker_text *text);

#endif
