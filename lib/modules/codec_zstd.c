/* SPDX-License-Identifier: MIT
 *
 * What zstd needs it takes from malloc: a memory of the caller's it only has in a form that is not
 * promised to stay.
 */
#include "modules/codec_core.h"

#include <errno.h>

#if !defined(CODEC_WITHOUT_ZSTD) && __has_include(<zstd.h>) && __has_include(<zdict.h>)

#include <string.h>
#include <zdict.h>
#include <zstd.h>
#include <zstd_errors.h>

static int error_of(size_t result, int otherwise)
{
    return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? -ENOMEM : otherwise;
}

/* With all that does not change from frame to frame. The header has the sizes. */
static ZSTD_CCtx *make_packer(struct tare_codec *codec)
{
    ZSTD_CCtx *packer = ZSTD_createCCtx();
    ZSTD_CDict *words = NULL;

    if (!packer)
        return NULL;
    if (codec->dictionary) {
        words = ZSTD_createCDict(codec->dictionary, codec->dictionary_bytes, codec->level);
        if (!words)
            goto no_memory;
    }
    if (ZSTD_isError(
            ZSTD_CCtx_setParameter(packer, ZSTD_c_compressionLevel, codec->level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(packer, ZSTD_c_contentSizeFlag, 0)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(packer, ZSTD_c_dictIDFlag, 0)) ||
        (words && ZSTD_isError(ZSTD_CCtx_refCDict(packer, words))))
        goto no_memory;
    codec->packer_words[TARE_CODEC_ZSTD] = words;
    return packer;
no_memory:
    ZSTD_freeCDict(words);
    ZSTD_freeCCtx(packer);
    return NULL;
}

static ptrdiff_t pack(struct tare_codec *codec, const void *from, size_t bytes, void *to,
                      size_t room)
{
    void **packer = &codec->packer[TARE_CODEC_ZSTD];

    if (!*packer && !(*packer = make_packer(codec)))
        return -ENOMEM;
    size_t packed = ZSTD_compress2(*packer, to, room, from, bytes);
    return ZSTD_isError(packed) ? error_of(packed, 0) : (ptrdiff_t)packed;
}

static int unpack(struct tare_codec *codec, const void *from, size_t packed_bytes, void *to,
                  size_t bytes)
{
    void **unpacker = &codec->unpacker[TARE_CODEC_ZSTD],
         **words = &codec->unpacker_words[TARE_CODEC_ZSTD];

    if (!*unpacker && !(*unpacker = ZSTD_createDCtx()))
        return -ENOMEM;
    if (codec->dictionary && !*words &&
        !(*words = ZSTD_createDDict(codec->dictionary, codec->dictionary_bytes)))
        return -ENOMEM;
    size_t unpacked =
        codec->dictionary
            ? ZSTD_decompress_usingDDict(*unpacker, to, bytes, from, packed_bytes, *words)
            : ZSTD_decompressDCtx(*unpacker, to, bytes, from, packed_bytes);
    if (ZSTD_isError(unpacked))
        return error_of(unpacked, -EBADMSG);
    return unpacked == bytes ? 0 : -EBADMSG;
}

static void fini(struct tare_codec *codec)
{
    ZSTD_freeCCtx(codec->packer[TARE_CODEC_ZSTD]);
    ZSTD_freeCDict(codec->packer_words[TARE_CODEC_ZSTD]);
    ZSTD_freeDCtx(codec->unpacker[TARE_CODEC_ZSTD]);
    ZSTD_freeDDict(codec->unpacker_words[TARE_CODEC_ZSTD]);
}

const struct codec_backend tare__codec_zstd = {.name = "zstd",
                                               .bound = ZSTD_compressBound,
                                               .pack = pack,
                                               .unpack = unpack,
                                               .fini = fini};

int tare__codec_train(const void *samples, const size_t *sizes, unsigned count,
                      void *dictionary, size_t *dictionary_bytes)
{
    size_t bytes =
        ZDICT_trainFromBuffer(dictionary, *dictionary_bytes, samples, sizes, count);

    if (ZDICT_isError(bytes))
        return error_of(bytes, -EINVAL);
    *dictionary_bytes = bytes;
    return 0;
}

#else

const struct codec_backend tare__codec_zstd = {.name = "zstd"};

int tare__codec_train(const void *samples, const size_t *sizes, unsigned count,
                      void *dictionary, size_t *dictionary_bytes)
{
    (void)samples, (void)sizes, (void)count, (void)dictionary, (void)dictionary_bytes;
    return -ENOTSUP;
}

#endif
