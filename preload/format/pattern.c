/* SPDX-License-Identifier: MIT */
#include "format/pattern.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { DECIMAL_MAX = 20 }; /* digits of UINT64_MAX */

struct output {
    char *bytes;
    size_t used, limit; /* limit leaves room for the NUL */
    bool full;
};

static void put_char(struct output *out, char c)
{
    if (out->used == out->limit) {
        out->full = true;
        return;
    }
    out->bytes[out->used++] = c;
}

static void put_value(struct output *out, const char *value)
{
    for (; value && *value && !out->full; value++)
        put_char(out, *value == '/' ? '_' : *value);
}

/* `digits` has room for DECIMAL_MAX + 1; the text stands at its end. */
static const char *decimal(char *digits, uint64_t number)
{
    char *at = digits + DECIMAL_MAX;

    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return at;
}

static void put_decimal(struct output *out, uint64_t number)
{
    char digits[DECIMAL_MAX + 1];

    put_value(out, decimal(digits, number));
}

static bool put_letter(struct output *out, char letter, const struct pattern_values *values)
{
    switch (letter) {
    case 'p':
        put_decimal(out, values->pid);
        return true;
    case 'e':
        put_value(out, values->program);
        return true;
    case 'h':
        put_value(out, values->host);
        return true;
    case 't':
        put_decimal(out, values->start_seconds);
        return true;
    case 'n':
        put_decimal(out, values->sequence);
        return true;
    case '%':
        put_char(out, '%');
        return true;
    default:
        return false;
    }
}

/* Where "-N" goes: the last dot of the file name, but not one that it begins with. */
static size_t suffix_place(const char *path, size_t used)
{
    for (size_t i = used; i > 1 && path[i - 1] != '/'; i--)
        if (path[i - 1] == '.' && path[i - 2] != '/')
            return i - 1;
    return used;
}

static void insert_suffix(struct output *out, uint64_t sequence)
{
    char digits[DECIMAL_MAX + 1];
    const char *text = decimal(digits, sequence);
    size_t bytes = strlen(text) + 1;
    size_t place = suffix_place(out->bytes, out->used);

    if (bytes > out->limit - out->used) {
        out->full = true;
        return;
    }
    memmove(out->bytes + place + bytes, out->bytes + place, out->used - place);
    out->bytes[place] = '-';
    memcpy(out->bytes + place + 1, text, bytes - 1);
    out->used += bytes;
}

int pattern_expand(char *out, size_t out_bytes, const char *pattern,
                   const struct pattern_values *values)
{
    struct output to = {.bytes = out, .limit = out_bytes ? out_bytes - 1 : 0};
    bool sequence_placed = false;

    if (!out_bytes)
        return -ENAMETOOLONG;
    for (const char *at = pattern; *at; at++) {
        if (*at != '%') {
            put_char(&to, *at);
            continue;
        }
        at++;
        sequence_placed |= *at == 'n';
        if (!put_letter(&to, *at, values))
            return -EINVAL;
    }
    if (values->sequence && !sequence_placed && !to.full)
        insert_suffix(&to, values->sequence);
    if (to.full)
        return -ENAMETOOLONG;
    out[to.used] = '\0';
    return 0;
}
