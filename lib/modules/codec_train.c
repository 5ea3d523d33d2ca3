/* SPDX-License-Identifier: MIT */
#include "modules/codec_core.h"

#include <errno.h>
#include <string.h>

/* What the library behind wants: samples one after the other, as streams, and their sizes. */
struct samples {
    struct tare_codec_block bytes, sizes, tile;
};

static void samples_fini(struct samples *samples)
{
    tare_codec_block_fini(&samples->bytes);
    tare_codec_block_fini(&samples->sizes);
    tare_codec_block_fini(&samples->tile);
}

static int samples_init(struct samples *samples, const struct tare_codec_part *parts,
                        size_t count)
{
    struct tare_mem *mem = tare_mem_default();
    size_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        size_t bytes;
        int err = tare__codec_parts_check(&parts[i], 1, &bytes);

        if (err)
            return err;
        if (bytes > TARE_CODEC_MOST_BYTES - sum)
            return -EFBIG;
        sum += bytes;
    }
    *samples = (struct samples){0};
    if (!tare__codec_block_reserve(&samples->bytes, mem, sum) &&
        !tare__codec_block_reserve(&samples->sizes, mem, count * sizeof(size_t)) &&
        !tare__codec_block_reserve(&samples->tile, mem,
                                   CODEC_TILE_RECORDS * TARE_CODEC_RECORD_BYTES))
        return 0;
    samples_fini(samples);
    return -ENOMEM;
}

static void samples_fill(struct samples *samples, const struct tare_codec_part *parts,
                         size_t count)
{
    uint8_t *to = samples->bytes.data;
    size_t *sizes = samples->sizes.data;

    for (size_t i = 0; i < count; to += parts[i++].bytes) {
        const struct tare_codec_layout *layout = parts[i].layout;

        sizes[i] = parts[i].bytes;
        if (layout)
            tare__codec_to_columns(to, parts[i].data, parts[i].bytes / layout->record_bytes,
                                   layout, samples->tile.data);
        else if (parts[i].bytes)
            memcpy(to, parts[i].data, parts[i].bytes);
    }
}

int tare_codec_train(const struct tare_codec_part *samples, size_t count,
                     size_t dictionary_bytes, struct tare_codec_block *dictionary)
{
    struct samples taken;

    dictionary->bytes = 0;
    if (!tare_codec_is_built_in(TARE_CODEC_ZSTD))
        return -ENOTSUP;
    if (!count || count > UINT32_MAX / 2 || !dictionary_bytes ||
        dictionary_bytes > TARE_CODEC_MOST_BYTES)
        return -EINVAL;
    int err = samples_init(&taken, samples, count);
    if (err)
        return err;
    samples_fill(&taken, samples, count);
    err = tare__codec_block_reserve(dictionary, tare_mem_default(), dictionary_bytes);
    if (!err)
        err = tare__codec_train(taken.bytes.data, taken.sizes.data, (unsigned)count,
                                dictionary->data, &dictionary_bytes);
    if (!err)
        dictionary->bytes = dictionary_bytes;
    samples_fini(&taken);
    return err;
}
