/* SPDX-License-Identifier: MIT */
#include "report/json_writer.h"

#include <inttypes.h>
#include <string.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Well-formed as in the Unicode standard, table 3-7: neither overlong nor surrogates. */
int utf8_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4 || !is_continuation(at[1]))
        return 0;
    if (at[0] < 0xe0)
        return 2;
    if (!is_continuation(at[2]))
        return 0;
    if (at[0] < 0xf0) {
        bool overlong = at[0] == 0xe0 && at[1] < 0xa0;
        bool surrogate = at[0] == 0xed && at[1] > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    bool overlong = at[0] == 0xf0 && at[1] < 0x90;
    bool too_great = at[0] == 0xf4 && at[1] > 0x8f;
    return overlong || too_great || !is_continuation(at[3]) ? 0 : 4;
}

static void put_char(FILE *out, unsigned char c)
{
    static const char short_forms[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
        ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};

    if (c < sizeof short_forms && short_forms[c])
        fprintf(out, "\\%c", short_forms[c]);
    else if (c < 0x20 || c == 0x7f)
        fprintf(out, "\\u%04x", c);
    else
        putc_unlocked(c, out);
}

/* How many bytes from here on stand for themselves: nearly always all. */
static size_t plain_bytes(const char *text)
{
    const char *at = text;

    while (*at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\')
        at++;
    return (size_t)(at - text);
}

static void put_string(FILE *out, const char *text)
{
    putc_unlocked('"', out);
    while (*text) {
        size_t plain = plain_bytes(text);
        int length = utf8_length(text + plain);

        fwrite_unlocked(text, 1, plain, out);
        text += plain;
        if (!*text)
            break;
        if (length == 1)
            put_char(out, (unsigned char)*text);
        else if (length)
            fwrite_unlocked(text, 1, (size_t)length, out);
        else
            fputs_unlocked("\xef\xbf\xbd", out);
        text += length ? length : 1;
    }
    putc_unlocked('"', out);
}

/* Whatever stands before a value: a comma, a new line for the outer levels, the key. */
static void begin_value(struct json_writer *json, const char *key)
{
    enum { LINE_NESTING = 4 };

    if (json->has_member)
        putc_unlocked(',', json->out);
    if (json->nesting && json->nesting <= LINE_NESTING)
        fprintf(json->out, "\n%*s", json->nesting, "");
    if (key) {
        put_string(json->out, key);
        fputs_unlocked(": ", json->out);
    }
    json->has_member = true;
}

static void begin_nest(struct json_writer *json, const char *key, char bracket)
{
    begin_value(json, key);
    putc_unlocked(bracket, json->out);
    json->nesting++;
    json->has_member = false;
}

static void end_nest(struct json_writer *json, char bracket)
{
    putc_unlocked(bracket, json->out);
    json->nesting--;
    json->has_member = true;
    if (json->nesting == 0)
        putc_unlocked('\n', json->out);
}

void json_object_begin(struct json_writer *json, const char *key)
{
    begin_nest(json, key, '{');
}

void json_object_end(struct json_writer *json)
{
    end_nest(json, '}');
}

void json_array_begin(struct json_writer *json, const char *key)
{
    begin_nest(json, key, '[');
}

void json_array_end(struct json_writer *json)
{
    end_nest(json, ']');
}

void json_text(struct json_writer *json, const char *key, const char *text)
{
    begin_value(json, key);
    if (text)
        put_string(json->out, text);
    else
        fputs_unlocked("null", json->out);
}

void json_number(struct json_writer *json, const char *key, uint64_t number)
{
    begin_value(json, key);
    fprintf(json->out, "%" PRIu64, number);
}

void json_signed(struct json_writer *json, const char *key, int64_t number)
{
    begin_value(json, key);
    fprintf(json->out, "%" PRId64, number);
}

void json_hex(struct json_writer *json, const char *key, uint64_t number, int digits)
{
    begin_value(json, key);
    fprintf(json->out, "\"%0*" PRIx64 "\"", digits, number);
}

void json_uri(struct json_writer *json, const char *key, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/!$&'()*+,;=@";

    begin_value(json, key);
    putc_unlocked('"', json->out);
    for (; *path; path++) {
        if (strchr(plain, *path))
            putc_unlocked(*path, json->out);
        else
            fprintf(json->out, "%%%02X", (unsigned char)*path);
    }
    putc_unlocked('"', json->out);
}

void json_bool(struct json_writer *json, const char *key, bool value)
{
    begin_value(json, key);
    fputs_unlocked(value ? "true" : "false", json->out);
}
