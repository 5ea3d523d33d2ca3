/* SPDX-License-Identifier: MIT
 *
 * report/units.h - numbers as people read them.
 *
 * Shape    1536 -> "1.5 KiB"; 1234567 -> "1,234,567"; 61000000000 ns -> "1 min 1 s"
 * Units    Bytes in powers of 1024, nanoseconds.
 * Owner    The caller owns the struct that the text is written to; it is returned.
 * Threads  thread-safe.
 * Errors   none
 * Cost     O(digits).
 * Source   none
 */
#ifndef TARE_REPORT_UNITS_H
#define TARE_REPORT_UNITS_H

#include <stdbool.h>
#include <stdint.h>

struct text_number {
    char text[40];
};

const char *units_bytes(struct text_number *to, uint64_t bytes);
const char *units_count(struct text_number *to, uint64_t count);
/* "s" behind the name of so many; "" behind that of one. */
const char *units_plural(uint64_t count);
const char *units_time(struct text_number *to, uint64_t ns);

/* "12.3 %"; of nothing "0.0 %". A part above 0 is never shown as 0.0. */
const char *units_share(struct text_number *to, uint64_t part, uint64_t whole);

/* A number, and behind it a unit where `has_units`: B, KiB, MiB, GiB, TiB, or kB, MB, GB, TB. */
bool units_parse(const char *text, bool has_units, uint64_t *value);

/* A time as above or with fewer spaces, as in "1.5 s" or "2min 5s"; units are those of units_time and
 * us. */
bool units_parse_time(const char *text, uint64_t *ns);

#endif
