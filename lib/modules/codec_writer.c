/* SPDX-License-Identifier: MIT */
#include "modules/codec_core.h"

#include "modules/codec_stream.h"

#include <errno.h>
#include <string.h>

enum { FRAME_BYTES = 256 << 10 };

struct tare_codec_writer {
    struct tare_codec *codec;
    struct codec_file file;
    int err;        /* the first failure, which every later call repeats */
    bool is_at_end; /* committed, or tried to */
    struct codec_stream_end end;
    struct tare_codec_block packed;
    size_t frame_bytes, waiting_bytes;
    uint8_t waiting[]; /* for its frame to be full */
};

int tare_codec_writer_create(struct tare_codec_writer **writer, struct tare_codec *codec,
                             const char *path, size_t frame_bytes)
{
    frame_bytes = frame_bytes ? frame_bytes : FRAME_BYTES;
    if (frame_bytes > TARE_CODEC_MOST_BYTES)
        return -EFBIG;
    size_t bytes = sizeof(struct tare_codec_writer) + frame_bytes;
    struct tare_codec_writer *made =
        tare_mem_alloc(codec->mem, bytes, _Alignof(struct tare_codec_writer));
    if (!made)
        return -ENOMEM;
    *made = (struct tare_codec_writer){.codec = codec, .frame_bytes = frame_bytes};
    int err = tare__codec_file_begin(&made->file, codec->mem, path);
    if (err) {
        tare_mem_free(codec->mem, made, bytes, _Alignof(struct tare_codec_writer));
        return err;
    }
    *writer = made;
    return 0;
}

static int write_frame(struct tare_codec_writer *writer, const void *data, size_t bytes,
                       uint8_t flags)
{
    const struct tare_codec_part part = {data, bytes, NULL};
    struct codec_header header;

    pthread_mutex_lock(&writer->codec->lock);
    int err =
        tare__codec_pack(writer->codec, &part, 1, CODEC_STREAMED | flags, &writer->packed);
    pthread_mutex_unlock(&writer->codec->lock);
    if (!err)
        err = tare__codec_file_write(&writer->file, writer->packed.data,
                                     writer->packed.bytes);
    if (err)
        return err;
    memcpy(&header, writer->packed.data, sizeof header);
    writer->end.content_bytes += bytes;
    writer->end.chain = tare__codec_chain(writer->end.chain, header.payload_check);
    return 0;
}

static int write_waiting(struct tare_codec_writer *writer)
{
    int err = write_frame(writer, writer->waiting, writer->waiting_bytes, 0);

    writer->waiting_bytes = 0;
    return err;
}

int tare_codec_write(struct tare_codec_writer *writer, const void *data, size_t bytes)
{
    const uint8_t *at = data;

    if (writer->is_at_end)
        return writer->err ? writer->err : -EINVAL;
    while (bytes && !writer->err) {
        size_t room = writer->frame_bytes - writer->waiting_bytes,
               taken = bytes < room ? bytes : room;

        memcpy(writer->waiting + writer->waiting_bytes, at, taken);
        writer->waiting_bytes += taken;
        at += taken;
        bytes -= taken;
        if (writer->waiting_bytes == writer->frame_bytes)
            writer->err = write_waiting(writer);
    }
    return writer->err;
}

int tare_codec_writer_commit(struct tare_codec_writer *writer)
{
    if (writer->is_at_end)
        return writer->err ? writer->err : -EINVAL;
    writer->is_at_end = true;
    if (!writer->err && writer->waiting_bytes)
        writer->err = write_waiting(writer);
    struct codec_stream_end end = writer->end;
    if (!writer->err)
        writer->err = write_frame(writer, &end, sizeof end, CODEC_LAST);
    if (!writer->err)
        writer->err = tare__codec_file_commit(&writer->file);
    return writer->err;
}

void tare_codec_writer_destroy(struct tare_codec_writer **writer)
{
    struct tare_codec_writer *gone = *writer;

    *writer = NULL;
    if (!gone)
        return;
    tare__codec_file_fini(&gone->file);
    tare_codec_block_fini(&gone->packed);
    tare_mem_free(gone->codec->mem, gone, sizeof *gone + gone->frame_bytes,
                  _Alignof(struct tare_codec_writer));
}
