/* SPDX-License-Identifier: MIT */
#include "modules/codec_core.h"

#if !defined(CODEC_WITHOUT_LZ4) && __has_include(<lz4.h>)

#include <errno.h>
#include <lz4.h>

_Static_assert(TARE_CODEC_MOST_BYTES <= LZ4_MAX_INPUT_SIZE, "its sizes are int");

static size_t bound(size_t bytes)
{
    return LZ4_COMPRESSBOUND(bytes);
}

static ptrdiff_t pack(struct tare_codec *codec, const void *from, size_t bytes, void *to,
                      size_t room)
{
    void **packer = &codec->packer[TARE_CODEC_LZ4];
    int haste = codec->level < 0 ? -codec->level : 1,
        most = room > LZ4_MAX_INPUT_SIZE ? LZ4_MAX_INPUT_SIZE : (int)room;

    if (!*packer && !(*packer = tare_mem_alloc(codec->mem, sizeof(LZ4_stream_t),
                                               _Alignof(LZ4_stream_t))))
        return -ENOMEM;
    if (!codec->dictionary)
        return LZ4_compress_fast_extState(*packer, from, to, (int)bytes, most, haste);
    LZ4_stream_t *stream = LZ4_initStream(*packer, sizeof(LZ4_stream_t));
    LZ4_loadDict(stream, (const char *)codec->dictionary, (int)codec->dictionary_bytes);
    return LZ4_compress_fast_continue(stream, from, to, (int)bytes, most, haste);
}

static int unpack(struct tare_codec *codec, const void *from, size_t packed_bytes, void *to,
                  size_t bytes)
{
    int unpacked = codec->dictionary
                       ? LZ4_decompress_safe_usingDict(
                             from, to, (int)packed_bytes, (int)bytes,
                             (const char *)codec->dictionary, (int)codec->dictionary_bytes)
                       : LZ4_decompress_safe(from, to, (int)packed_bytes, (int)bytes);

    return unpacked >= 0 && (size_t)unpacked == bytes ? 0 : -EBADMSG;
}

static void fini(struct tare_codec *codec)
{
    tare_mem_free(codec->mem, codec->packer[TARE_CODEC_LZ4], sizeof(LZ4_stream_t),
                  _Alignof(LZ4_stream_t));
}

const struct codec_backend tare__codec_lz4 = {
    .name = "lz4", .bound = bound, .pack = pack, .unpack = unpack, .fini = fini};

#else

const struct codec_backend tare__codec_lz4 = {.name = "lz4"};

#endif
