/* SPDX-License-Identifier: MIT */
#include "support/json_check.h"

#include <ctype.h>
#include <string.h>

enum { NESTING_MAX = 64 };

struct checker {
    const char *at, *end;
    int nesting;
};

static void skip_space(struct checker *c)
{
    while (c->at < c->end && strchr(" \t\r\n", *c->at))
        c->at++;
}

static bool take(struct checker *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static bool take_word(struct checker *c, const char *word)
{
    size_t bytes = strlen(word);

    if ((size_t)(c->end - c->at) < bytes || memcmp(c->at, word, bytes) != 0)
        return false;
    c->at += bytes;
    return true;
}

static bool take_digits(struct checker *c)
{
    const char *start = c->at;

    while (c->at < c->end && isdigit((unsigned char)*c->at))
        c->at++;
    return c->at > start;
}

static bool number(struct checker *c)
{
    take(c, '-');
    if (!take(c, '0') && !take_digits(c))
        return false;
    if (take(c, '.') && !take_digits(c))
        return false;
    if (take(c, 'e') || take(c, 'E')) {
        if (!take(c, '+'))
            take(c, '-');
        return take_digits(c);
    }
    return true;
}

static bool escape(struct checker *c)
{
    if (c->at == c->end)
        return false;
    if (*c->at++ != 'u')
        return c->at[-1] && strchr("\"\\/bfnrt", c->at[-1]);
    for (int i = 0; i < 4; i++, c->at++)
        if (c->at == c->end || !isxdigit((unsigned char)*c->at))
            return false;
    return true;
}

/* One character beyond ASCII; its shortest form, and no surrogate. */
static bool sequence(struct checker *c)
{
    unsigned char first = (unsigned char)*c->at++;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    static const unsigned least[] = {0, 0x80, 0x800, 0x10000};
    unsigned point = first & (0x3fu >> more);

    if (first < 0xc2 || first > 0xf4 || c->end - c->at < more)
        return false;
    for (int i = 0; i < more; i++) {
        unsigned char next = (unsigned char)*c->at++;

        if ((next & 0xc0) != 0x80)
            return false;
        point = point << 6 | (next & 0x3f);
    }
    return point >= least[more] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

static bool string(struct checker *c)
{
    if (!take(c, '"'))
        return false;
    while (c->at < c->end && *c->at != '"') {
        unsigned char next = (unsigned char)*c->at;

        if (next < 0x20)
            return false;
        if (next >= 0x80) {
            if (!sequence(c))
                return false;
            continue;
        }
        c->at++;
        if (next == '\\' && !escape(c))
            return false;
    }
    return take(c, '"');
}

static bool value(struct checker *c);

static bool members(struct checker *c, char close, bool with_keys)
{
    skip_space(c);
    if (take(c, close))
        return true;
    do {
        skip_space(c);
        if (with_keys) {
            if (!string(c))
                return false;
            skip_space(c);
            if (!take(c, ':'))
                return false;
        }
        if (!value(c))
            return false;
    } while (take(c, ','));
    return take(c, close);
}

static bool nest(struct checker *c, char close, bool with_keys)
{
    if (c->nesting == NESTING_MAX)
        return false;
    c->nesting++;
    bool valid = members(c, close, with_keys);
    c->nesting--;
    return valid;
}

static bool value(struct checker *c)
{
    bool valid;

    skip_space(c);
    if (c->at == c->end)
        return false;
    if (take(c, '{'))
        valid = nest(c, '}', true);
    else if (take(c, '['))
        valid = nest(c, ']', false);
    else if (*c->at == '"')
        valid = string(c);
    else
        valid = take_word(c, "true") || take_word(c, "false") || take_word(c, "null") ||
                number(c);
    skip_space(c);
    return valid;
}

bool json_is_valid(const char *text, size_t bytes)
{
    struct checker c = {.at = text, .end = text + bytes};

    return value(&c) && c.at == c.end;
}
