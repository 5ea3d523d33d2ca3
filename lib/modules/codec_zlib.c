/* SPDX-License-Identifier: MIT
 *
 * Raw deflate: the frame has the sizes and the checksum.
 */
#include "modules/codec_core.h"

#if !defined(CODEC_WITHOUT_ZLIB) && __has_include(<zlib.h>)

#include <errno.h>
#include <stdalign.h>
#include <zlib.h>

enum { RAW = -15, MEMORY_LEVEL = 8 };

/* zlib does not say how large a block was: it stands in front. */
struct sized {
    alignas(max_align_t) size_t bytes;
};

static void *take(void *context, unsigned count, unsigned each_bytes)
{
    struct tare_codec *codec = context;
    size_t bytes = sizeof(struct sized) + (size_t)count * each_bytes;
    struct sized *block = tare_mem_alloc(codec->mem, bytes, alignof(struct sized));

    if (!block)
        return NULL;
    block->bytes = bytes;
    return block + 1;
}

static void give(void *context, void *data)
{
    struct tare_codec *codec = context;
    struct sized *block = (struct sized *)data - 1;

    tare_mem_free(codec->mem, block, block->bytes, alignof(struct sized));
}

static size_t bound(size_t bytes)
{
    return compressBound(bytes);
}

static z_stream *make_stream(struct tare_codec *codec, bool packs)
{
    z_stream *stream =
        tare_mem_alloc(codec->mem, sizeof(struct z_stream_s), alignof(struct z_stream_s));

    if (!stream)
        return NULL;
    *stream = (struct z_stream_s){.zalloc = take, .zfree = give, .opaque = codec};
    if ((packs ? deflateInit2(stream, codec->level, Z_DEFLATED, RAW, MEMORY_LEVEL,
                              Z_DEFAULT_STRATEGY)
               : inflateInit2(stream, RAW)) == Z_OK)
        return stream;
    tare_mem_free(codec->mem, stream, sizeof *stream, alignof(struct z_stream_s));
    return NULL;
}

static void set_ends(z_stream *stream, const void *from, size_t from_bytes, void *to,
                     size_t to_bytes)
{
    stream->next_in = (z_const Bytef *)(uintptr_t)from;
    stream->avail_in = (uInt)from_bytes;
    stream->next_out = to;
    stream->avail_out = (uInt)to_bytes;
}

static ptrdiff_t pack(struct tare_codec *codec, const void *from, size_t bytes, void *to,
                      size_t room)
{
    void **packer = &codec->packer[TARE_CODEC_ZLIB];

    if (!*packer && !(*packer = make_stream(codec, true)))
        return -ENOMEM;
    z_stream *stream = *packer;
    deflateReset(stream);
    if (codec->dictionary)
        deflateSetDictionary(stream, codec->dictionary, (uInt)codec->dictionary_bytes);
    set_ends(stream, from, bytes, to, room);
    return deflate(stream, Z_FINISH) == Z_STREAM_END ? (ptrdiff_t)(room - stream->avail_out)
                                                     : 0;
}

static int unpack(struct tare_codec *codec, const void *from, size_t packed_bytes, void *to,
                  size_t bytes)
{
    void **unpacker = &codec->unpacker[TARE_CODEC_ZLIB];

    if (!*unpacker && !(*unpacker = make_stream(codec, false)))
        return -ENOMEM;
    z_stream *stream = *unpacker;
    inflateReset(stream);
    if (codec->dictionary)
        inflateSetDictionary(stream, codec->dictionary, (uInt)codec->dictionary_bytes);
    set_ends(stream, from, packed_bytes, to, bytes);
    int result = inflate(stream, Z_FINISH);
    if (result == Z_MEM_ERROR)
        return -ENOMEM;
    return result == Z_STREAM_END && !stream->avail_out && !stream->avail_in ? 0 : -EBADMSG;
}

static void fini(struct tare_codec *codec)
{
    z_stream *packer = codec->packer[TARE_CODEC_ZLIB],
             *unpacker = codec->unpacker[TARE_CODEC_ZLIB];

    if (packer)
        deflateEnd(packer);
    if (unpacker)
        inflateEnd(unpacker);
    tare_mem_free(codec->mem, packer, sizeof *packer, alignof(struct z_stream_s));
    tare_mem_free(codec->mem, unpacker, sizeof *unpacker, alignof(struct z_stream_s));
}

const struct codec_backend tare__codec_zlib = {
    .name = "zlib", .bound = bound, .pack = pack, .unpack = unpack, .fini = fini};

#else

const struct codec_backend tare__codec_zlib = {.name = "zlib"};

#endif
