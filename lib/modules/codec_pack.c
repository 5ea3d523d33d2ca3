/* SPDX-License-Identifier: MIT */
#include "modules/codec_core.h"

#include <errno.h>
#include <string.h>

static size_t largest_record(const struct tare_codec_part *parts, size_t count)
{
    size_t largest = 0;

    for (size_t i = 0; i < count; i++)
        if (parts[i].layout && parts[i].layout->record_bytes > largest)
            largest = parts[i].layout->record_bytes;
    return largest;
}

/* The parts one after the other, each as its layout says; the work area's end is the tile. */
static int make_stream(struct tare_codec *codec, const struct tare_codec_part *parts,
                       size_t count, size_t content_bytes)
{
    int err = tare__codec_block_reserve(&codec->work, codec->mem,
                                        content_bytes + CODEC_TILE_RECORDS *
                                                            largest_record(parts, count));
    if (err)
        return err;
    uint8_t *to = codec->work.data, *tile = to + content_bytes;
    for (size_t i = 0; i < count; to += parts[i++].bytes) {
        const struct tare_codec_layout *layout = parts[i].layout;

        if (layout)
            tare__codec_to_columns(to, parts[i].data, parts[i].bytes / layout->record_bytes,
                                   layout, tile);
        else if (parts[i].bytes)
            memcpy(to, parts[i].data, parts[i].bytes);
    }
    return 0;
}

/* A table if there are columns, and the stream behind it; into a block with enough room. */
static int fill(struct tare_codec *codec, struct codec_header *header, const void *stream,
                size_t table_bytes, struct tare_codec_block *frame)
{
    uint8_t *to = (uint8_t *)frame->data + sizeof *header + table_bytes;
    const struct codec_backend *backend = tare__codec_backend(codec->kind);
    size_t room = backend->bound(header->content_bytes);
    ptrdiff_t packed = backend->pack(codec, stream, header->content_bytes, to, room);

    if (packed < 0)
        return (int)packed;
    header->kind = (uint8_t)codec->kind;
    header->dictionary = codec->dictionary_id;
    if (!packed || (size_t)packed >= header->content_bytes) {
        if (header->content_bytes)
            memcpy(to, stream, header->content_bytes);
        packed = header->content_bytes;
        header->kind = TARE_CODEC_STORED;
        header->dictionary = 0;
    }
    header->payload_bytes = (uint32_t)(table_bytes + (size_t)packed);
    tare__codec_header_seal(header, (const uint8_t *)frame->data + sizeof *header);
    memcpy(frame->data, header, sizeof *header);
    frame->bytes = sizeof *header + header->payload_bytes;
    return 0;
}

int tare__codec_pack(struct tare_codec *codec, const struct tare_codec_part *parts,
                     size_t count, uint8_t flags, struct tare_codec_block *frame)
{
    size_t content_bytes, table_bytes = 0;
    const void *stream;

    frame->bytes = 0;
    int err = tare__codec_parts_check(parts, count, &content_bytes);
    if (err)
        return err;
    err = tare__codec_block_reserve(
        frame, codec->mem,
        sizeof(struct codec_header) + CODEC_TABLE_BYTES +
            tare__codec_backend(codec->kind)->bound(content_bytes));
    if (err)
        return err;
    if (!tare__codec_parts_are_plain(parts, count)) {
        flags |= CODEC_COLUMNS;
        table_bytes = tare__codec_table_write(
            parts, count, (uint8_t *)frame->data + sizeof(struct codec_header));
        err = make_stream(codec, parts, count, content_bytes);
        if (err)
            return err;
        stream = codec->work.data;
    } else {
        stream = parts->data;
    }
    struct codec_header header = {.flags = flags, .content_bytes = (uint32_t)content_bytes};
    err = fill(codec, &header, stream, table_bytes, frame);
    TARE_AUDIT(tare__codec_valid(codec));
    TARE_AUDIT(tare__codec_block_valid(frame));
    return err;
}

int tare_codec_encode_parts(struct tare_codec *codec, const struct tare_codec_part *parts,
                            size_t count, struct tare_codec_block *frame)
{
    pthread_mutex_lock(&codec->lock);
    int err = tare__codec_pack(codec, parts, count, 0, frame);
    pthread_mutex_unlock(&codec->lock);
    return err;
}
