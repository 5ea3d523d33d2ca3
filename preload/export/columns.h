/* SPDX-License-Identifier: MIT
 *
 * export/columns.h - what tables say of a sample: one number for each column.
 *
 * Shape    names[i] is the column of values[i]
 * Units    Bytes, blocks, nanoseconds.
 * Owner    none
 * Threads  Single owner.
 * Errors   none
 * Cost     The evidence of one site.
 * Source   docs/format.md has the names of `tare report --json`.
 */
#ifndef TARE_EXPORT_COLUMNS_H
#define TARE_EXPORT_COLUMNS_H

#include "export/export.h"

enum { COLUMNS = 17 };

extern const char *const column_names[COLUMNS];

void columns_fill(uint64_t values[COLUMNS], const struct export *export,
                  const struct sample *sample);

/* The innermost frame of the latest stack. */
struct columns_place {
    const char *function, *file, *module; /* "": not known */
    uint32_t line;
};
struct columns_place columns_place(const struct export *export);

#endif
