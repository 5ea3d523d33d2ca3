/* SPDX-License-Identifier: MIT
 *
 * Everything that a frame says is checked before it is used: its checksums say that it is as it was
 * written, not who wrote it.
 */
#include "modules/codec_core.h"

#include <errno.h>
#include <string.h>

int tare__codec_admit(const struct tare_codec *codec, const struct codec_header *header,
                      size_t limit_bytes)
{
    if (header->content_bytes > limit_bytes)
        return -EMSGSIZE;
    if (!tare_codec_is_built_in((enum tare_codec_kind)header->kind))
        return -ENOTSUP;
    return header->dictionary && header->dictionary != codec->dictionary_id ? -ENOKEY : 0;
}

static size_t aligned(size_t bytes)
{
    return (bytes + TARE_CODEC_PART_ALIGNMENT - 1) &
           ~(size_t)(TARE_CODEC_PART_ALIGNMENT - 1);
}

/* What the table says of the parts, their places in an aligned block too; and its own length. */
static int read_table(const struct codec_header *header, const uint8_t *payload,
                      struct codec_found *found, size_t *table_bytes, size_t *room_bytes)
{
    struct codec_table table;
    struct codec_shape shape;
    size_t sum = 0;

    if (tare__codec_table_begin(&table, payload, header->payload_bytes))
        return -EBADMSG;
    *room_bytes = 0;
    for (found->count = 0; table.parts_left; found->count++) {
        if (tare__codec_table_next(&table, &shape))
            return -EBADMSG;
        found->parts[found->count] =
            (struct codec_found_part){*room_bytes, shape.bytes, shape.record_bytes};
        sum += shape.bytes;
        *room_bytes += aligned(shape.bytes);
    }
    *table_bytes = (size_t)(table.at - payload);
    return sum == header->content_bytes ? 0 : -EBADMSG;
}

/* From the stream, which has been checked with the table, to where read_table said. */
static void place_parts(const uint8_t *payload, size_t table_bytes, const uint8_t *stream,
                        uint8_t *content)
{
    struct codec_table table;
    struct codec_shape shape;

    if (tare__codec_table_begin(&table, payload, table_bytes))
        return;
    while (table.parts_left && !tare__codec_table_next(&table, &shape)) {
        const struct tare_codec_layout layout = {shape.record_bytes, shape.deltas,
                                                 shape.delta_count};

        if (layout.record_bytes)
            tare__codec_from_columns(content, stream, shape.bytes / layout.record_bytes,
                                     &layout);
        else if (shape.bytes)
            memcpy(content, stream, shape.bytes);
        stream += shape.bytes;
        content += aligned(shape.bytes);
    }
}

static int unpack_columns(struct tare_codec *codec, const struct codec_header *header,
                          const uint8_t *payload, struct tare_codec_block *content,
                          struct codec_found *found)
{
    const struct codec_backend *backend =
        tare__codec_backend((enum tare_codec_kind)header->kind);
    size_t table_bytes, room_bytes;
    int err = read_table(header, payload, found, &table_bytes, &room_bytes);

    if (!err)
        err = tare__codec_block_reserve(content, codec->mem, room_bytes);
    if (!err)
        err = tare__codec_block_reserve(&codec->work, codec->mem, header->content_bytes);
    if (!err)
        err = backend->unpack(codec, payload + table_bytes,
                              header->payload_bytes - table_bytes, codec->work.data,
                              header->content_bytes);
    if (err)
        return err;
    place_parts(payload, table_bytes, codec->work.data, content->data);
    content->bytes = room_bytes;
    return 0;
}

static int unpack_plain(struct tare_codec *codec, const struct codec_header *header,
                        const uint8_t *payload, struct tare_codec_block *content,
                        struct codec_found *found)
{
    const struct codec_backend *backend =
        tare__codec_backend((enum tare_codec_kind)header->kind);
    int err = tare__codec_block_reserve(content, codec->mem, header->content_bytes);

    if (!err)
        err = backend->unpack(codec, payload, header->payload_bytes, content->data,
                              header->content_bytes);
    if (err)
        return err;
    content->bytes = header->content_bytes;
    found->count = 1;
    found->parts[0] = (struct codec_found_part){0, content->bytes, 0};
    return 0;
}

int tare__codec_unpack(struct tare_codec *codec, const void *frame, size_t frame_bytes,
                       size_t limit_bytes, struct tare_codec_block *content,
                       struct codec_found *found)
{
    struct codec_header header;
    const uint8_t *payload = (const uint8_t *)frame + sizeof header;

    content->bytes = 0;
    int err = tare__codec_header_read(&header, frame, frame_bytes);
    if (err)
        return err == -ENODATA ? -EBADMSG : err;
    if (frame_bytes - sizeof header != header.payload_bytes)
        return -EBADMSG;
    err = tare__codec_admit(codec, &header, limit_bytes);
    if (err)
        return err;
    if (!tare__codec_payload_is_whole(&header, payload))
        return -EBADMSG;
    err = header.flags & CODEC_COLUMNS
              ? unpack_columns(codec, &header, payload, content, found)
              : unpack_plain(codec, &header, payload, content, found);
    TARE_AUDIT(tare__codec_valid(codec));
    TARE_AUDIT(tare__codec_block_valid(content));
    return err;
}

int tare__codec_give(const struct codec_found *found,
                     const struct tare_codec_block *content, struct tare_codec_part *parts,
                     size_t count)
{
    if (count != found->count)
        return -EPROTO;
    for (size_t i = 0; i < count; i++)
        if (parts[i].layout &&
            parts[i].layout->record_bytes != found->parts[i].record_bytes)
            return -EPROTO;
    for (size_t i = 0; i < count; i++) {
        parts[i].data = (const char *)content->data + found->parts[i].at;
        parts[i].bytes = found->parts[i].bytes;
    }
    return 0;
}

int tare__codec_unpack_parts(struct tare_codec *codec, const void *frame,
                             size_t frame_bytes, size_t limit_bytes,
                             struct tare_codec_block *content,
                             struct tare_codec_part *parts, size_t count)
{
    struct codec_found found;
    int err = tare__codec_unpack(codec, frame, frame_bytes, limit_bytes, content, &found);

    if (!err)
        err = tare__codec_give(&found, content, parts, count);
    if (err)
        content->bytes = 0;
    return err;
}

int tare_codec_decode_parts(struct tare_codec *codec, const void *frame, size_t frame_bytes,
                            size_t limit_bytes, struct tare_codec_block *content,
                            struct tare_codec_part *parts, size_t count)
{
    pthread_mutex_lock(&codec->lock);
    int err = tare__codec_unpack_parts(codec, frame, frame_bytes, limit_bytes, content,
                                       parts, count);
    pthread_mutex_unlock(&codec->lock);
    return err;
}
