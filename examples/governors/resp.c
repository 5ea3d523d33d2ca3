/* SPDX-License-Identifier: MIT */
#include "governors/resp.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool resp_number(struct tare_text word, uint64_t most, uint64_t *number)
{
    uint64_t value = 0;

    for (size_t i = 0; i < word.bytes; i++) {
        unsigned digit = (unsigned char)word.start[i] - (unsigned)'0';

        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value) || value > most)
            return false;
    }
    *number = value;
    return word.bytes > 0;
}

bool resp_is(struct tare_text word, const char *name)
{
    return word.bytes == strlen(name) && strncasecmp(word.start, name, word.bytes) == 0;
}

/* A line, without its end; *used is with it. */
static bool take_line(const char *data, size_t bytes, size_t *used, struct tare_text *line)
{
    const char *end = memchr(data, '\n', bytes);

    if (!end)
        return false;
    *line = (struct tare_text){data, (size_t)(end - data)};
    *used = line->bytes + 1;
    if (line->bytes && end[-1] == '\r')
        line->bytes--;
    return true;
}

static enum resp_result wrong(const char **why, const char *sentence)
{
    *why = sentence;
    return RESP_WRONG;
}

/* What is not all there yet is waited for, up to a limit. */
static enum resp_result more(size_t bytes, const char **why)
{
    return bytes < RESP_REQUEST_BYTES ? RESP_MORE
                                      : wrong(why, "Protocol error: too big a request");
}

static enum resp_result parse_line(struct tare_text line, struct resp_request *request,
                                   const char **why)
{
    for (size_t at = 0; at < line.bytes;) {
        size_t begin = at;

        while (at < line.bytes && line.start[at] != ' ' && line.start[at] != '\t')
            at++;
        if (at == begin) {
            at++;
            continue;
        }
        if (request->count == RESP_WORDS)
            return wrong(why, "Protocol error: too many words");
        request->words[request->count++] =
            (struct tare_text){line.start + begin, at - begin};
    }
    return RESP_WHOLE;
}

/* One word of an array; *at goes behind it. */
static enum resp_result parse_word(const char *data, size_t bytes, size_t *at,
                                   struct tare_text *word, const char **why)
{
    struct tare_text line;
    uint64_t word_bytes;
    size_t used;

    if (!take_line(data + *at, bytes - *at, &used, &line))
        return more(bytes, why);
    if (!line.bytes || *line.start != '$')
        return wrong(why, "Protocol error: expected '$'");
    line.start++;
    line.bytes--;
    if (!resp_number(line, RESP_WORD_BYTES, &word_bytes))
        return wrong(why, "Protocol error: invalid bulk length");
    *at += used;
    if (bytes - *at < word_bytes + 2)
        return more(bytes, why);
    if (memcmp(data + *at + word_bytes, "\r\n", 2) != 0)
        return wrong(why, "Protocol error: a word is longer than it says");
    *word = (struct tare_text){data + *at, word_bytes};
    *at += word_bytes + 2;
    return RESP_WHOLE;
}

enum resp_result resp_parse(const char *data, size_t bytes, struct resp_request *request,
                            size_t *used, const char **why)
{
    struct tare_text line;
    uint64_t count;

    request->count = 0;
    if (!take_line(data, bytes, used, &line))
        return more(bytes, why);
    if (*used > RESP_REQUEST_BYTES)
        return wrong(why, "Protocol error: too big a request");
    if (!line.bytes || *line.start != '*')
        return parse_line(line, request, why);
    line.start++;
    line.bytes--;
    if (!resp_number(line, RESP_WORDS, &count))
        return wrong(why, "Protocol error: invalid multibulk length");
    while (request->count < count) {
        enum resp_result result =
            parse_word(data, bytes, used, &request->words[request->count], why);

        if (result != RESP_WHOLE)
            return result;
        request->count++;
    }
    return RESP_WHOLE;
}

static void put(struct resp_reply *reply, const char *text, size_t bytes)
{
    if (reply->is_full || (size_t)(reply->end - reply->at) < bytes) {
        reply->is_full = true;
        return;
    }
    memcpy(reply->at, text, bytes);
    reply->at += bytes;
}

static void put_line(struct resp_reply *reply, const char *kind, const char *text)
{
    put(reply, kind, strlen(kind));
    put(reply, text, strlen(text));
    put(reply, "\r\n", 2);
}

static void put_number(struct resp_reply *reply, const char *kind, long long number)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", number);
    put_line(reply, kind, text);
}

void resp_status(struct resp_reply *reply, const char *word)
{
    put_line(reply, "+", word);
}

void resp_error(struct resp_reply *reply, const char *why)
{
    put_line(reply, "-ERR ", why);
}

void resp_integer(struct resp_reply *reply, int64_t number)
{
    put_number(reply, ":", number);
}

void resp_text(struct resp_reply *reply, const char *text, size_t bytes)
{
    put_number(reply, "$", (long long)bytes);
    put(reply, text, bytes);
    put(reply, "\r\n", 2);
}

void resp_array(struct resp_reply *reply, unsigned count)
{
    put_number(reply, "*", count);
}
