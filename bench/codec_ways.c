/* SPDX-License-Identifier: MIT */
#include "bench/codec_ways.h"

#include <stdlib.h>
#include <zlib.h>

static size_t pack_zlib(const void *data, size_t bytes, void *to)
{
    uLongf packed = CODEC_ROOM;

    if (compress2(to, &packed, data, bytes, 6) != Z_OK)
        exit(1);
    return packed;
}

static void unpack_zlib(const void *packed, size_t packed_bytes, void *to, size_t bytes)
{
    uLongf unpacked = bytes;

    if (uncompress(to, &unpacked, packed, packed_bytes) != Z_OK)
        exit(1);
}

#if __has_include(<zstd.h>)
#include <zstd.h>

static size_t pack_zstd(const void *data, size_t bytes, void *to)
{
    static ZSTD_CCtx *context;

    context = context ? context : ZSTD_createCCtx();
    size_t packed = ZSTD_compressCCtx(context, to, CODEC_ROOM, data, bytes, 1);
    if (ZSTD_isError(packed))
        exit(1);
    return packed;
}

static void unpack_zstd(const void *packed, size_t packed_bytes, void *to, size_t bytes)
{
    static ZSTD_DCtx *context;

    context = context ? context : ZSTD_createDCtx();
    if (ZSTD_decompressDCtx(context, to, bytes, packed, packed_bytes) != bytes)
        exit(1);
}
#endif

#if __has_include(<lz4.h>)
#include <lz4.h>

static size_t pack_lz4(const void *data, size_t bytes, void *to)
{
    return (size_t)LZ4_compress_default(data, to, (int)bytes, CODEC_ROOM);
}

static void unpack_lz4(const void *packed, size_t packed_bytes, void *to, size_t bytes)
{
    if (LZ4_decompress_safe(packed, to, (int)packed_bytes, (int)bytes) != (int)bytes)
        exit(1);
}
#endif

const struct codec_way codec_ways[] = {
    {.name = "structs, zlib -6 itself", .pack = pack_zlib, .unpack = unpack_zlib},
#if __has_include(<zstd.h>)
    {.name = "structs, zstd -1 itself", .pack = pack_zstd, .unpack = unpack_zstd},
#endif
#if __has_include(<lz4.h>)
    {.name = "structs, lz4 itself", .pack = pack_lz4, .unpack = unpack_lz4},
#endif
    {.name = "columns, zstd -1", .kind = TARE_CODEC_ZSTD, .level = 1, .is_columns = true},
    {.name = "columns, lz4", .kind = TARE_CODEC_LZ4, .is_columns = true},
    {.name = "columns, zstd -3", .kind = TARE_CODEC_ZSTD, .level = 3, .is_columns = true},
    {.name = "columns, zlib -6", .kind = TARE_CODEC_ZLIB, .level = 6, .is_columns = true},
    {.name = "columns, zstd -1, dictionary",
     .kind = TARE_CODEC_ZSTD,
     .level = 1,
     .is_columns = true,
     .has_dictionary = true},
    {.name = "structs, zstd -1", .kind = TARE_CODEC_ZSTD, .level = 1},
    {.name = "structs, lz4", .kind = TARE_CODEC_LZ4},
    {0},
};
