/* SPDX-License-Identifier: MIT */
#include "modules/codec_core.h"

#include "modules/codec_stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct tare_codec_reader {
    struct tare_codec *codec;
    int file;
    uint64_t bytes_left; /* of the file */
    size_t limit_bytes;
    int err; /* the first failure, which every later call repeats */
    bool is_at_end;
    struct codec_stream_end seen;
    struct tare_codec_block packed, content;
    size_t taken_bytes; /* of the content */
};

int tare_codec_reader_create(struct tare_codec_reader **reader, struct tare_codec *codec,
                             const char *path, size_t limit_bytes)
{
    uint64_t file_bytes;
    int file = tare__codec_file_open(path, &file_bytes);

    if (file < 0)
        return file;
    struct tare_codec_reader *made =
        tare_mem_alloc(codec->mem, sizeof *made, _Alignof(struct tare_codec_reader));
    if (!made) {
        close(file);
        return -ENOMEM;
    }
    *made = (struct tare_codec_reader){
        .codec = codec, .file = file, .bytes_left = file_bytes, .limit_bytes = limit_bytes};
    *reader = made;
    return 0;
}

/* The next frame's bytes, and its header; no more than the file has are made room for. */
static int read_packed(struct tare_codec_reader *reader, struct codec_header *header)
{
    uint8_t start[TARE_CODEC_HEADER_BYTES];

    if (reader->bytes_left < sizeof start)
        return -EBADMSG;
    int err = tare__codec_file_read(reader->file, start, sizeof start);
    if (!err)
        err = tare__codec_header_read(header, start, sizeof start);
    if (!err && (!(header->flags & CODEC_STREAMED) ||
                 header->payload_bytes > reader->bytes_left - sizeof start))
        err = -EBADMSG;
    if (!err)
        err = tare__codec_admit(reader->codec, header,
                                header->flags & CODEC_LAST ? sizeof(struct codec_stream_end)
                                                           : reader->limit_bytes);
    size_t bytes = sizeof start + header->payload_bytes;
    if (!err)
        err = tare__codec_block_reserve(&reader->packed, reader->codec->mem, bytes);
    if (err)
        return err;
    memcpy(reader->packed.data, start, sizeof start);
    reader->bytes_left -= bytes;
    reader->packed.bytes = bytes;
    return tare__codec_file_read(
        reader->file, (uint8_t *)reader->packed.data + sizeof start, header->payload_bytes);
}

static int unpack_frame(struct tare_codec_reader *reader, size_t limit_bytes)
{
    struct codec_found found;

    pthread_mutex_lock(&reader->codec->lock);
    int err = tare__codec_unpack(reader->codec, reader->packed.data, reader->packed.bytes,
                                 limit_bytes, &reader->content, &found);
    pthread_mutex_unlock(&reader->codec->lock);
    return err;
}

static bool is_end(const struct tare_codec_reader *reader)
{
    struct codec_stream_end end;

    if (reader->content.bytes != sizeof end || reader->bytes_left)
        return false;
    memcpy(&end, reader->content.data, sizeof end);
    return end.content_bytes == reader->seen.content_bytes &&
           end.chain == reader->seen.chain;
}

static int next_frame(struct tare_codec_reader *reader)
{
    struct codec_header header;
    int err = read_packed(reader, &header);

    if (!err)
        err = unpack_frame(reader, header.content_bytes);
    if (err)
        return err;
    reader->taken_bytes = 0;
    if (header.flags & CODEC_LAST) {
        reader->is_at_end = true;
        return is_end(reader) ? 0 : -EBADMSG;
    }
    reader->seen.content_bytes += reader->content.bytes;
    reader->seen.chain = tare__codec_chain(reader->seen.chain, header.payload_check);
    return 0;
}

int tare_codec_read(struct tare_codec_reader *reader, void *data, size_t bytes, size_t *got)
{
    uint8_t *to = data;

    *got = 0;
    while (*got < bytes && !reader->is_at_end && !reader->err) {
        size_t left = reader->content.bytes - reader->taken_bytes,
               taken = left < bytes - *got ? left : bytes - *got;

        if (!left) {
            reader->err = next_frame(reader);
            continue;
        }
        memcpy(to + *got, (const uint8_t *)reader->content.data + reader->taken_bytes,
               taken);
        reader->taken_bytes += taken;
        *got += taken;
    }
    return reader->err;
}

void tare_codec_reader_destroy(struct tare_codec_reader **reader)
{
    struct tare_codec_reader *gone = *reader;

    *reader = NULL;
    if (!gone)
        return;
    close(gone->file);
    tare_codec_block_fini(&gone->packed);
    tare_codec_block_fini(&gone->content);
    tare_mem_free(gone->codec->mem, gone, sizeof *gone, _Alignof(struct tare_codec_reader));
}
