/* SPDX-License-Identifier: MIT */
#include "modules/codec_core.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int save_locked(struct tare_codec *codec, const char *path,
                       const struct tare_codec_part *parts, size_t count)
{
    struct codec_file file;
    int err = tare__codec_pack(codec, parts, count, 0, &codec->frame);

    if (!err)
        err = tare__codec_file_begin(&file, codec->mem, path);
    if (err)
        return err;
    err = tare__codec_file_write(&file, codec->frame.data, codec->frame.bytes);
    if (!err)
        err = tare__codec_file_commit(&file);
    tare__codec_file_fini(&file);
    return err;
}

int tare_codec_save_parts(struct tare_codec *codec, const char *path,
                          const struct tare_codec_part *parts, size_t count)
{
    pthread_mutex_lock(&codec->lock);
    int err = save_locked(codec, path, parts, count);
    pthread_mutex_unlock(&codec->lock);
    return err;
}

/* The whole file is one frame, and no larger than the header may say: what is not is not read. */
static int read_frame(struct tare_codec *codec, int file, uint64_t file_bytes,
                      size_t limit_bytes)
{
    uint8_t start[TARE_CODEC_HEADER_BYTES];
    struct codec_header header;

    if (file_bytes < sizeof start)
        return -EBADMSG;
    int err = tare__codec_file_read(file, start, sizeof start);
    if (!err)
        err = tare__codec_header_read(&header, start, sizeof start);
    /* An empty stream is one frame too, but none that was saved. */
    if (!err && (file_bytes != sizeof header + header.payload_bytes ||
                 header.flags & CODEC_STREAMED))
        err = -EBADMSG;
    if (!err)
        err = tare__codec_admit(codec, &header, limit_bytes);
    if (!err)
        err = tare__codec_block_reserve(&codec->frame, codec->mem, (size_t)file_bytes);
    if (err)
        return err;
    memcpy(codec->frame.data, start, sizeof start);
    err = tare__codec_file_read(file, (uint8_t *)codec->frame.data + sizeof start,
                                header.payload_bytes);
    codec->frame.bytes = err ? 0 : (size_t)file_bytes;
    return err;
}

static int load_locked(struct tare_codec *codec, const char *path, size_t limit_bytes,
                       struct tare_codec_block *content, struct tare_codec_part *parts,
                       size_t count)
{
    uint64_t file_bytes;
    int file = tare__codec_file_open(path, &file_bytes);

    content->bytes = 0;
    if (file < 0)
        return file;
    int err = read_frame(codec, file, file_bytes, limit_bytes);
    close(file);
    return err ? err
               : tare__codec_unpack_parts(codec, codec->frame.data, codec->frame.bytes,
                                          limit_bytes, content, parts, count);
}

int tare_codec_load_parts(struct tare_codec *codec, const char *path, size_t limit_bytes,
                          struct tare_codec_block *content, struct tare_codec_part *parts,
                          size_t count)
{
    pthread_mutex_lock(&codec->lock);
    int err = load_locked(codec, path, limit_bytes, content, parts, count);
    pthread_mutex_unlock(&codec->lock);
    return err;
}
