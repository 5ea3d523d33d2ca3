/* SPDX-License-Identifier: MIT */
#include "import/json_cursor.h"

#include <string.h>

enum { NESTING_MOST = 64 };

static void fail(struct json_cursor *json)
{
    json->is_bad = true;
    json->at = json->end;
}

/* The next character that is no blank; NUL at the end. */
static char peek(struct json_cursor *json)
{
    while (json->at < json->end && strchr(" \t\r\n", *json->at) && *json->at)
        json->at++;
    return json->at < json->end ? *json->at : '\0';
}

static bool take(struct json_cursor *json, char c)
{
    if (peek(json) != c || json->at == json->end) {
        fail(json);
        return false;
    }
    json->at++;
    return true;
}

void json_begin(struct json_cursor *json, char bracket)
{
    json->is_first = take(json, bracket);
}

/* False behind the closing bracket, which is read. */
static bool next(struct json_cursor *json, char bracket)
{
    bool is_first = json->is_first;

    json->is_first = false;
    if (json->is_bad)
        return false;
    if (peek(json) == bracket) {
        json->at++;
        return false;
    }
    return is_first || take(json, ',');
}

bool json_next_element(struct json_cursor *json)
{
    return next(json, ']');
}

bool json_next_member(struct json_cursor *json, struct maker_text *key)
{
    if (!next(json, '}'))
        return false;
    *key = json_read_text(json);
    return take(json, ':');
}

static unsigned read_hex4(struct json_cursor *json)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        unsigned c = json->at < json->end ? (unsigned char)*json->at++ : 0;
        unsigned digit = c - '0' < 10         ? c - '0'
                         : (c | 32) - 'a' < 6 ? (c | 32) - 'a' + 10
                                              : 16;
        if (digit == 16) {
            fail(json);
            return '?';
        }
        value = value << 4 | digit;
    }
    return value;
}

/* As UTF-8; a half of a pair of surrogates becomes '?'. */
static char *put_character(char *to, unsigned value)
{
    if (value >= 0xd800 && value < 0xe000)
        value = '?';
    if (value < 0x80) {
        *to++ = (char)value;
    } else if (value < 0x800) {
        *to++ = (char)(0xc0 | value >> 6);
        *to++ = (char)(0x80 | (value & 0x3f));
    } else {
        *to++ = (char)(0xe0 | value >> 12);
        *to++ = (char)(0x80 | (value >> 6 & 0x3f));
        *to++ = (char)(0x80 | (value & 0x3f));
    }
    return to;
}

static char *put_escaped(struct json_cursor *json, char *to)
{
    static const char from[] = "bfnrt\"\\/";
    static const char into[] = "\b\f\n\r\t\"\\/";
    char c = json->at < json->end ? *json->at++ : '\0';
    const char *found = c ? strchr(from, c) : NULL;

    if (c == 'u')
        return put_character(to, read_hex4(json));
    if (!found) {
        fail(json);
        return to;
    }
    *to++ = into[found - from];
    return to;
}

/* Decoded in place: it never becomes longer. */
struct maker_text json_read_text(struct json_cursor *json)
{
    if (!take(json, '"'))
        return (struct maker_text){NULL, 0};
    char *text = json->at;
    char *to = text;

    while (json->at < json->end && *json->at != '"') {
        char c = *json->at++;

        if (c == '\\')
            to = put_escaped(json, to);
        else
            *to++ = c;
    }
    if (!take(json, '"'))
        return (struct maker_text){NULL, 0};
    return (struct maker_text){text, (size_t)(to - text)};
}

uint64_t json_read_number(struct json_cursor *json)
{
    bool is_negative = peek(json) == '-';
    uint64_t value = 0;
    char *start = json->at += is_negative && json->at < json->end;

    while (json->at < json->end && *json->at >= '0' && *json->at <= '9') {
        unsigned digit = (unsigned)(*json->at++ - '0');

        value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
    }
    if (json->at == start)
        fail(json);
    while (json->at < json->end && *json->at && strchr("0123456789.eE+-", *json->at))
        json->at++;
    return is_negative ? 0 : value;
}

static void skip_word(struct json_cursor *json)
{
    static const char *const words[] = {"true", "false", "null"};

    for (int i = 0; i < 3; i++) {
        size_t bytes = strlen(words[i]);

        if (bytes <= (size_t)(json->end - json->at) && !memcmp(json->at, words[i], bytes)) {
            json->at += bytes;
            return;
        }
    }
    (void)json_read_number(json);
}

void json_skip(struct json_cursor *json)
{
    char open[NESTING_MOST];
    int depth = 0;

    do {
        struct maker_text key;
        char c = peek(json);

        if (c == '{' || c == '[') {
            if (depth == NESTING_MOST) {
                fail(json);
                return;
            }
            open[depth++] = c;
            json_begin(json, c);
        } else if (c == '"') {
            (void)json_read_text(json);
        } else {
            skip_word(json);
        }
        while (depth && !(open[depth - 1] == '{' ? json_next_member(json, &key)
                                                 : json_next_element(json)))
            depth--;
    } while (depth && !json->is_bad);
}
