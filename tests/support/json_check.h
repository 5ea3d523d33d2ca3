/* SPDX-License-Identifier: MIT
 *
 * support/json_check.h - is a text JSON, in the strict sense?
 *
 * Shape    none
 * Units    Bytes.
 * Owner    none
 * Threads  thread-safe
 * Errors   none
 * Cost     One pass; nesting up to 64.
 * Source   RFC 8259
 */
#ifndef TARE_SUPPORT_JSON_CHECK_H
#define TARE_SUPPORT_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* One value with nothing but white space around it, valid UTF-8 throughout. */
bool json_is_valid(const char *text, size_t bytes);

#endif
