/* SPDX-License-Identifier: MIT */
#include "modules/codec_core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_REPETITIONS = 1000 };

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;

    return (one > other) - (one < other);
}

/* What a row is made with. */
struct trial {
    struct tare_codec *codec;
    const struct tare_codec_part *parts;
    size_t count, content_bytes;
    unsigned repetitions;
    struct tare_codec_block frame, content;
    double encode_ns[MOST_REPETITIONS], decode_ns[MOST_REPETITIONS];
};

static int repeat(struct trial *trial)
{
    struct tare_codec_part found[TARE_CODEC_MOST_PARTS] = {0};

    for (unsigned i = 0; i <= trial->repetitions; i++) {
        double start = now_ns();
        int err = tare_codec_encode_parts(trial->codec, trial->parts, trial->count,
                                          &trial->frame);
        double between = now_ns();

        if (!err)
            err = tare_codec_decode_parts(trial->codec, trial->frame.data,
                                          trial->frame.bytes, trial->content_bytes,
                                          &trial->content, found, trial->count);
        if (err)
            return err;
        if (i) {
            trial->encode_ns[i - 1] = between - start;
            trial->decode_ns[i - 1] = now_ns() - between;
        }
    }
    qsort(trial->encode_ns, trial->repetitions, sizeof(double), compare);
    qsort(trial->decode_ns, trial->repetitions, sizeof(double), compare);
    return 0;
}

static int measure_row(struct trial *trial, struct tare_codec_measured *row)
{
    const struct tare_codec_options options = {.kind = row->kind, .level = row->level};
    int err = tare_codec_create(&trial->codec, &options);

    if (err)
        return err;
    err = repeat(trial);
    if (!err) {
        row->content_bytes = trial->content_bytes;
        row->frame_bytes = trial->frame.bytes;
        row->encode_ns = trial->encode_ns[trial->repetitions / 2];
        row->decode_ns = trial->decode_ns[trial->repetitions / 2];
        row->encode_least_ns = trial->encode_ns[0];
        row->decode_least_ns = trial->decode_ns[0];
    }
    tare_codec_destroy(&trial->codec);
    return err;
}

static const struct {
    enum tare_codec_kind kind;
    int level;
} tried[] = {{TARE_CODEC_STORED, 1}, {TARE_CODEC_LZ4, -4}, {TARE_CODEC_ZLIB, 1},
             {TARE_CODEC_ZLIB, 6},   {TARE_CODEC_ZSTD, 1}, {TARE_CODEC_ZSTD, 3},
             {TARE_CODEC_ZSTD, 9}};

_Static_assert(2 * sizeof tried / sizeof *tried == TARE_CODEC_MEASURED, "a row for each");

static int measure_rows(struct trial *trial, const struct tare_codec_part *layouts,
                        const struct tare_codec_part *plain,
                        struct tare_codec_measured *rows, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < TARE_CODEC_MEASURED; i++) {
        size_t codec = i / 2;
        bool is_columns = i % 2;

        if (!tare_codec_is_built_in(tried[codec].kind))
            continue;
        rows[*count] = (struct tare_codec_measured){.kind = tried[codec].kind,
                                                    .level = tried[codec].level,
                                                    .is_columns = is_columns};
        trial->parts = is_columns ? layouts : plain;
        int err = measure_row(trial, &rows[*count]);
        if (err)
            return err;
        ++*count;
    }
    return 0;
}

int tare_codec_measure(const struct tare_codec_part *parts, size_t part_count,
                       unsigned repetitions,
                       struct tare_codec_measured rows[TARE_CODEC_MEASURED], size_t *count)
{
    struct tare_mem *mem = tare_mem_default();
    struct tare_codec_part plain[TARE_CODEC_MOST_PARTS];
    size_t content_bytes;

    if (!repetitions || repetitions > MOST_REPETITIONS)
        return -EINVAL;
    int err = tare__codec_parts_check(parts, part_count, &content_bytes);
    if (err)
        return err;
    struct trial *trial = tare_mem_alloc(mem, sizeof *trial, _Alignof(struct trial));
    if (!trial)
        return -ENOMEM;
    for (size_t i = 0; i < part_count; i++)
        plain[i] = (struct tare_codec_part){parts[i].data, parts[i].bytes, NULL};
    *trial = (struct trial){
        .count = part_count, .content_bytes = content_bytes, .repetitions = repetitions};
    err = measure_rows(trial, parts, plain, rows, count);
    tare_codec_block_fini(&trial->frame);
    tare_codec_block_fini(&trial->content);
    tare_mem_free(mem, trial, sizeof *trial, _Alignof(struct trial));
    return err;
}
