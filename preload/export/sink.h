/* SPDX-License-Identifier: MIT
 *
 * export/sink.h - where an export goes: a stream, buffered, compressed if asked for.
 *
 * Shape    text and bytes -> buffer [-> gzip] -> stream
 * Units    Bytes.
 * Owner    The caller owns the struct and the stream; sink_end frees what the sink holds.
 * Threads  Single owner.
 * Errors   The first one is kept, what follows is dropped, and sink_end returns it.
 * Cost     64 KiB; a byte costs a store. gzip at its fastest level.
 * Source   RFC 1952 for gzip, RFC 8259 for strings of JSON.
 */
#ifndef TARE_EXPORT_SINK_H
#define TARE_EXPORT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SINK_BYTES = 65536, SINK_SHORT = 32 };

struct z_stream_s;

struct sink {
    FILE *out;
    struct z_stream_s *gzip; /* NULL: as it is */
    int error;
    size_t used;
    uint8_t buffer[SINK_BYTES + SINK_SHORT];
};

void sink_begin(struct sink *sink, FILE *out);
void sink_begin_gzip(struct sink *sink, FILE *out);
void sink_flush(struct sink *sink);

/* 0, -ENOMEM, or as report/stream.h. The stream stays open. */
int sink_end(struct sink *sink);

static inline void sink_bytes(struct sink *sink, const void *bytes, size_t count)
{
    const uint8_t *from = bytes;

    while (count > SINK_BYTES - sink->used) {
        size_t room = SINK_BYTES - sink->used;

        memcpy(sink->buffer + sink->used, from, room);
        sink->used += room;
        from += room;
        count -= room;
        sink_flush(sink);
    }
    memcpy(sink->buffer + sink->used, from, count);
    sink->used += count;
}

/* The same of bytes behind which SINK_SHORT more can be read: short ones are copied at once. */
static inline void sink_short(struct sink *sink, const char *bytes, size_t count)
{
    if (count > SINK_SHORT || count > SINK_BYTES - sink->used) {
        sink_bytes(sink, bytes, count);
        return;
    }
    memcpy(sink->buffer + sink->used, bytes, SINK_SHORT);
    sink->used += count;
}

static inline void sink_char(struct sink *sink, char c)
{
    if (sink->used == SINK_BYTES)
        sink_flush(sink);
    sink->buffer[sink->used++] = (uint8_t)c;
}

static inline void sink_text(struct sink *sink, const char *text)
{
    sink_bytes(sink, text, strlen(text));
}

void sink_number(struct sink *sink, uint64_t number);
void sink_hex(struct sink *sink, uint64_t number);

/* A string of JSON with its quotes. The text is valid UTF-8 without control characters. */
void sink_quoted(struct sink *sink, const char *text);

#endif
