/* SPDX-License-Identifier: MIT
 *
 * toolkit/string_builder_parts.h - the inside of string builders: room, digits, validity.
 *
 * Shape    string_builder.c         text: append, printf, take
 *          string_builder_build.c   parts and joins, put together in one pass
 *          string_builder_number.c  integers
 *          string_builder_double.c  the shortest digits of a double
 *          string_builder_pool.c    builders for use again
 * Units    bytes
 * Owner    as in tare/string_builder.h
 * Threads  Single owner.
 * Errors   as in tare/string_builder.h
 * Cost     as in tare/string_builder.h
 * Source   none
 */
#ifndef TARE_TOOLKIT_STRING_BUILDER_PARTS_H
#define TARE_TOOLKIT_STRING_BUILDER_PARTS_H

#include <tare/string_builder.h>

enum { BUILDER_BLOCK_BYTES_MIN = 64 };

/* A place for `bytes` behind the text; NULL when there is none, and they are missing then. */
char *tare__string_builder_open(struct tare_string_builder *builder, size_t bytes);

/* `bytes` are missing. */
void tare__string_builder_miss(struct tare_string_builder *builder, size_t bytes);

enum { DOUBLE_DIGITS = 17 };

/* A positive finite number as digits, without zeros at their end: 0.DIGITS * 10^point. Their
 * number. */
size_t tare__double_digits(double value, char digits[DOUBLE_DIGITS], int *point);

/* The digits of `value`, which end at `end`; where they begin. */
char *tare__digits_before(char *end, uint64_t value);

bool tare__string_builder_valid(const struct tare_string_builder *builder);

#endif
