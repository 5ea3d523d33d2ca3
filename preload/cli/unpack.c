/* SPDX-License-Identifier: MIT */
#include "cli/unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#if __has_include(<zstd.h>)
#include <zstd.h>
#define WITH_ZSTD
#endif

/* Room for more, at least 64 KiB. */
static int make_room(struct content *content)
{
    if (content->room - content->count >= 1 << 16)
        return 0;
    size_t room = content->room ? 2 * content->room : 1 << 17;
    uint8_t *bytes = realloc(content->bytes, room);

    if (!bytes)
        return -ENOMEM;
    content->bytes = bytes;
    content->room = room;
    return 0;
}

/* How many bytes there were; 0: none any more. */
static int read_more(struct content *content, gzFile file)
{
    int err = make_room(content);

    if (err)
        return err;
    size_t wanted = content->room - content->count;
    int got = gzread(file, content->bytes + content->count,
                     wanted < 1 << 30 ? (unsigned)wanted : 1u << 30);
    content->count += got > 0 ? (size_t)got : 0;
    return got >= 0 ? got : errno ? -errno : -EBADMSG;
}

/* What gzip has packed is unpacked on the way. */
static int read_file(struct content *content, const char *path)
{
    gzFile file = gzopen(path, "rbe");
    int got = 1;

    if (!file)
        return errno ? -errno : -ENOMEM;
    errno = 0;
    while (got > 0)
        got = read_more(content, file);
    int err = gzclose_r(file);
    return got ? got : err ? -EBADMSG : 0;
}

#ifdef WITH_ZSTD
/* gzip packs a thousand times at most, and no profile is near that: what is more would fill all memory. */
static bool is_bomb(const struct content *content, const struct content *packed)
{
    return content->count >> 26 && content->count >> 10 > packed->count;
}

/* Frames, one behind the other. */
static int unpack_frames(struct content *content, ZSTD_DStream *stream,
                         const struct content *packed)
{
    ZSTD_inBuffer in = {packed->bytes, packed->count, 0};
    size_t left = 1;

    while (left || in.pos < in.size) {
        int err = make_room(content);
        if (err)
            return err;
        ZSTD_outBuffer out = {content->bytes, content->room, content->count};
        left = ZSTD_decompressStream(stream, &out, &in);
        if (ZSTD_isError(left) ||
            (left && in.pos == in.size && out.pos < out.size)) /* it is cut off */
            return -EBADMSG;
        content->count = out.pos;
        if (is_bomb(content, packed))
            return -EFBIG;
    }
    return 0;
}

static int unpack_zstd(struct content *content)
{
    struct content packed = *content;
    ZSTD_DStream *stream = ZSTD_createDStream();

    *content = (struct content){0};
    int err = stream ? unpack_frames(content, stream, &packed) : -ENOMEM;
    ZSTD_freeDStream(stream);
    free(packed.bytes);
    return err;
}
#else
static int unpack_zstd(struct content *content)
{
    (void)content;
    return -EPROTONOSUPPORT;
}
#endif

int unpack_file(struct content *content, const char *path)
{
    int err = read_file(content, path);
    bool is_zstd =
        !err && content->count >= 4 && !memcmp(content->bytes, "\x28\xb5\x2f\xfd", 4);

    return is_zstd ? unpack_zstd(content) : err;
}
