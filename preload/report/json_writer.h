/* SPDX-License-Identifier: MIT
 *
 * report/json_writer.h - JSON, written as a stream.
 *
 * Shape    begin .. end pairs nest; inside an object each value has a key, in an array none
 * Units    none
 * Owner    The caller owns the struct and the stream.
 * Threads  Single owner, of the stream too: it is not locked.
 * Errors   none: the caller asks the stream (ferror).
 * Cost     O(1) memory.
 * Source   RFC 8259
 */
#ifndef TARE_REPORT_JSON_WRITER_H
#define TARE_REPORT_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
    FILE *out;
    int nesting;
    bool has_member; /* the innermost object or array has one: a comma comes first */
};

/* The key is NULL in an array and for the outermost value. A string of NULL is written as
 * null. Bytes that are no UTF-8 become U+FFFD. */
void json_object_begin(struct json_writer *json, const char *key);
void json_object_end(struct json_writer *json);
void json_array_begin(struct json_writer *json, const char *key);
void json_array_end(struct json_writer *json);
void json_text(struct json_writer *json, const char *key, const char *text);
void json_number(struct json_writer *json, const char *key, uint64_t number);
void json_signed(struct json_writer *json, const char *key, int64_t number);
void json_hex(struct json_writer *json, const char *key, uint64_t number, int digits);
void json_uri(struct json_writer *json, const char *key,
              const char *path); /* as of RFC 3986 */
void json_bool(struct json_writer *json, const char *key, bool value);

/* Length of the valid UTF-8 sequence at `text`; 0: none. */
int utf8_length(const char *text);

#endif
