/* SPDX-License-Identifier: MIT
 *
 * import/json_cursor.h - JSON, read where it lies, one value after another.
 *
 * Shape    begin .. next .. next: the members of an object or the elements of an array, each of
 *          which is to be read or skipped
 * Units    Bytes.
 * Owner    The caller owns the bytes, which strings are decoded into.
 * Threads  Single owner.
 * Errors   `is_bad`; then the cursor is at the end, and every call says that there is no more.
 * Cost     One pass; what is skipped may nest NESTING_MOST deep.
 * Source   RFC 8259. What follows a value is not looked at.
 */
#ifndef TARE_IMPORT_JSON_CURSOR_H
#define TARE_IMPORT_JSON_CURSOR_H

#include "import/maker.h"

struct json_cursor {
    char *at, *end;
    bool is_bad;
    bool is_first; /* of the members or elements just begun */
};

/* Where an object ('{') or array ('[') begins. */
void json_begin(struct json_cursor *json, char bracket);

/* Is there one more member, whose key it is, or element? False: the end was read too. */
bool json_next_member(struct json_cursor *json, struct maker_text *key);
bool json_next_element(struct json_cursor *json);

struct maker_text json_read_text(struct json_cursor *json);

/* A number below 2^64, whole; of others the whole part, of negative ones 0. */
uint64_t json_read_number(struct json_cursor *json);
void json_skip(struct json_cursor *json);

#endif
