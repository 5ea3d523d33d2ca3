/* SPDX-License-Identifier: MIT */
#include "export/sink.h"

#include "report/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

static void write_out(struct sink *sink, const void *bytes, size_t count)
{
    if (!sink->error && fwrite(bytes, 1, count, sink->out) != count)
        sink->error = errno ? -errno : -EIO;
}

static void write_gzip(struct sink *sink, int flush)
{
    uint8_t packed[SINK_BYTES];
    z_stream *gzip = sink->gzip;

    gzip->next_in = sink->buffer;
    gzip->avail_in = (uInt)sink->used;
    do {
        gzip->next_out = packed;
        gzip->avail_out = sizeof packed;
        deflate(gzip, flush);
        write_out(sink, packed, sizeof packed - gzip->avail_out);
    } while (!gzip->avail_out);
}

void sink_begin(struct sink *sink, FILE *out)
{
    sink->out = out;
    sink->gzip = NULL;
    sink->error = 0;
    sink->used = 0;
}

void sink_begin_gzip(struct sink *sink, FILE *out)
{
    enum { WINDOW_BITS = 15, WITH_GZIP_HEADER = 16, MEMORY = 8 };

    sink_begin(sink, out);
    sink->gzip = calloc(1, sizeof *sink->gzip);
    if (sink->gzip &&
        deflateInit2(sink->gzip, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS + WITH_GZIP_HEADER,
                     MEMORY, Z_DEFAULT_STRATEGY) == Z_OK)
        return;
    free(sink->gzip);
    sink->gzip = NULL;
    sink->error = -ENOMEM;
}

void sink_flush(struct sink *sink)
{
    if (sink->gzip)
        write_gzip(sink, Z_NO_FLUSH);
    else
        write_out(sink, sink->buffer, sink->used);
    sink->used = 0;
}

int sink_end(struct sink *sink)
{
    if (sink->gzip) {
        write_gzip(sink, Z_FINISH);
        deflateEnd(sink->gzip);
        free(sink->gzip);
        sink->gzip = NULL;
    } else {
        sink_flush(sink);
    }
    return sink->error ? sink->error : stream_end(sink->out);
}

static void put_digits(struct sink *sink, uint64_t number, unsigned base)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    sink_bytes(sink, digits + at, sizeof digits - at);
}

void sink_number(struct sink *sink, uint64_t number)
{
    put_digits(sink, number, 10);
}

void sink_hex(struct sink *sink, uint64_t number)
{
    put_digits(sink, number, 16);
}

void sink_quoted(struct sink *sink, const char *text)
{
    sink_char(sink, '"');
    for (size_t plain; *text; text += plain) {
        plain = strcspn(text, "\"\\");
        sink_bytes(sink, text, plain);
        if (text[plain]) {
            sink_char(sink, '\\');
            sink_char(sink, text[plain++]);
        }
    }
    sink_char(sink, '"');
}
