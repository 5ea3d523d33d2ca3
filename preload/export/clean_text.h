/* SPDX-License-Identifier: MIT
 *
 * export/clean_text.h - text that may stand in any format.
 *
 * Shape    any bytes -> valid UTF-8 without control characters
 * Units    Bytes.
 * Owner    The caller owns both texts.
 * Threads  thread-safe.
 * Errors   none
 * Cost     One pass.
 * Source   The Unicode standard, U+FFFD.
 */
#ifndef TARE_EXPORT_CLEAN_TEXT_H
#define TARE_EXPORT_CLEAN_TEXT_H

#include <stddef.h>

/* Bytes of the clean text with its NUL, at most. */
#define CLEAN_TEXT_BYTES(bytes) (3 * (size_t)(bytes) + 1)

/* Write it and its NUL; its length. */
size_t clean_text(char *to, const char *text);

/* A copy of its own; NULL without memory. */
char *clean_copy(const char *text);

#endif
