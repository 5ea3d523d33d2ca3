/* SPDX-License-Identifier: MIT
 *
 * A tile is 16 records by 8 bytes, in 8 vectors of 16. Seen as one row of 128 bytes, an index is 4
 * bits of record and 3 of byte. One step interleaves the first half of the row with the second, which
 * turns each index by one bit: 4 steps bring records to columns, 3 more would bring them back; so 3
 * are the way from columns to records.
 *
 * Where the last tile would be cut off, it begins earlier, and what it has in common with the one
 * before is written twice, the same.
 */
#include "modules/codec_core.h"

#include <string.h>

typedef uint8_t row __attribute__((vector_size(16)));

#if defined(__clang__)
#define LOW(a, b) \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b)                                                                      \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, \
                            15, 31)
#else
#define LOW(a, b) \
    __builtin_shuffle(a, b, (row){0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23})
#define HIGH(a, b)          \
    __builtin_shuffle(a, b, \
                      (row){8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31})
#endif

struct tile {
    row r0, r1, r2, r3, r4, r5, r6, r7;
};

/* By value, so that it stays in registers. */
TARE_ALWAYS_INLINE struct tile step(struct tile t)
{
    return (struct tile){LOW(t.r0, t.r4),  HIGH(t.r0, t.r4), LOW(t.r1, t.r5),
                         HIGH(t.r1, t.r5), LOW(t.r2, t.r6),  HIGH(t.r2, t.r6),
                         LOW(t.r3, t.r7),  HIGH(t.r3, t.r7)};
}

TARE_ALWAYS_INLINE row load_row(const uint8_t *from)
{
    row r;

    memcpy(&r, from, sizeof r);
    return r;
}

TARE_ALWAYS_INLINE void store_row(uint8_t *to, row r)
{
    memcpy(to, &r, sizeof r);
}

/* 8 bytes each of two records. */
TARE_ALWAYS_INLINE row load_pair(const uint8_t *from, size_t stride)
{
    typedef uint64_t pair __attribute__((vector_size(16)));
    uint64_t first, second;

    memcpy(&first, from, sizeof first);
    memcpy(&second, from + stride, sizeof second);
    return (row)(pair){first, second};
}

TARE_ALWAYS_INLINE void store_pair(uint8_t *to, size_t stride, row r)
{
    memcpy(to, &r, 8);
    memcpy(to + stride, (const uint8_t *)&r + 8, 8);
}

/* `apart`: from one column to the next. */
static void tile_to_columns(uint8_t *to, size_t apart, const uint8_t *from, size_t stride)
{
    size_t two = 2 * stride;
    struct tile t = {load_pair(from, stride),           load_pair(from + two, stride),
                     load_pair(from + 2 * two, stride), load_pair(from + 3 * two, stride),
                     load_pair(from + 4 * two, stride), load_pair(from + 5 * two, stride),
                     load_pair(from + 6 * two, stride), load_pair(from + 7 * two, stride)};

    t = step(step(step(step(t))));
    store_row(to, t.r0);
    store_row(to + apart, t.r1);
    store_row(to + 2 * apart, t.r2);
    store_row(to + 3 * apart, t.r3);
    store_row(to + 4 * apart, t.r4);
    store_row(to + 5 * apart, t.r5);
    store_row(to + 6 * apart, t.r6);
    store_row(to + 7 * apart, t.r7);
}

static void tile_from_columns(uint8_t *to, size_t stride, const uint8_t *from, size_t apart)
{
    size_t two = 2 * stride;
    struct tile t = {load_row(from),
                     load_row(from + apart),
                     load_row(from + 2 * apart),
                     load_row(from + 3 * apart),
                     load_row(from + 4 * apart),
                     load_row(from + 5 * apart),
                     load_row(from + 6 * apart),
                     load_row(from + 7 * apart)};

    t = step(step(step(t)));
    store_pair(to, stride, t.r0);
    store_pair(to + two, stride, t.r1);
    store_pair(to + 2 * two, stride, t.r2);
    store_pair(to + 3 * two, stride, t.r3);
    store_pair(to + 4 * two, stride, t.r4);
    store_pair(to + 5 * two, stride, t.r5);
    store_pair(to + 6 * two, stride, t.r6);
    store_pair(to + 7 * two, stride, t.r7);
}

/* The numbers of one field become differences to the record before: zigzag, as small numbers of
 * either sign have small first bytes only then. `before`: the last one of the tile before. */
#define DIFFERENCES(TYPE, SIGNED)                                                       \
    static void differences_##TYPE(uint8_t *tile, const uint8_t *records, size_t first, \
                                   size_t count, size_t stride)                         \
    {                                                                                   \
        TYPE before = 0;                                                                \
                                                                                        \
        if (first)                                                                      \
            memcpy(&before, records - stride, sizeof before);                           \
        for (size_t i = 0; i < count; i++) {                                            \
            TYPE now, less;                                                             \
                                                                                        \
            memcpy(&now, records + i * stride, sizeof now);                             \
            less = (TYPE)(now - before);                                                \
            before = now;                                                               \
            less = (TYPE)((TYPE)(less << 1) ^ (TYPE)((SIGNED)less < 0 ? (TYPE)-1 : 0)); \
            memcpy(tile + i * stride, &less, sizeof less);                              \
        }                                                                               \
    }                                                                                   \
    static void sums_##TYPE(uint8_t *records, size_t count, size_t stride)              \
    {                                                                                   \
        TYPE sum = 0;                                                                   \
                                                                                        \
        for (size_t i = 0; i < count; i++) {                                            \
            TYPE less;                                                                  \
                                                                                        \
            memcpy(&less, records + i * stride, sizeof less);                           \
            sum = (TYPE)(sum + (TYPE)((TYPE)(less >> 1) ^ (TYPE) - (TYPE)(less & 1)));  \
            memcpy(records + i * stride, &sum, sizeof sum);                             \
        }                                                                               \
    }

DIFFERENCES(uint8_t, int8_t)
DIFFERENCES(uint16_t, int16_t)
DIFFERENCES(uint32_t, int32_t)
DIFFERENCES(uint64_t, int64_t)

/* Copies of `count` records from number `first`, with their differences. */
static const uint8_t *with_differences(uint8_t *tile, const uint8_t *records, size_t first,
                                       size_t count, const struct tare_codec_layout *layout)
{
    size_t stride = layout->record_bytes;
    const uint8_t *from = records + first * stride;

    if (!layout->delta_count)
        return from;
    memcpy(tile, from, count * stride);
    for (size_t i = 0; i < layout->delta_count; i++) {
        size_t at = layout->deltas[i].offset;

        switch (layout->deltas[i].bytes) {
        case 1:
            differences_uint8_t(tile + at, from + at, first, count, stride);
            break;
        case 2:
            differences_uint16_t(tile + at, from + at, first, count, stride);
            break;
        case 4:
            differences_uint32_t(tile + at, from + at, first, count, stride);
            break;
        default:
            differences_uint64_t(tile + at, from + at, first, count, stride);
            break;
        }
    }
    return tile;
}

/* Fewer than 16 records, or less than 8 bytes: byte by byte. */
static void few_to_columns(uint8_t *to, size_t apart, const uint8_t *from, size_t records,
                           size_t stride)
{
    for (size_t byte = 0; byte < stride; byte++)
        for (size_t i = 0; i < records; i++)
            to[byte * apart + i] = from[i * stride + byte];
}

void tare__codec_to_columns(uint8_t *columns, const uint8_t *records, size_t count,
                            const struct tare_codec_layout *layout, uint8_t *tile)
{
    size_t stride = layout->record_bytes,
           records_at_once = count < CODEC_TILE_RECORDS ? count : CODEC_TILE_RECORDS;

    for (size_t done = 0; done < count; done += records_at_once) {
        size_t first = done < count - records_at_once ? done : count - records_at_once;
        const uint8_t *from =
            with_differences(tile, records, first, records_at_once, layout);

        if (stride < 8 || records_at_once < CODEC_TILE_RECORDS) {
            few_to_columns(columns + first, count, from, records_at_once, stride);
            continue;
        }
        for (size_t byte = 0; byte < stride; byte += 8) {
            size_t at = byte < stride - 8 ? byte : stride - 8;

            tile_to_columns(columns + at * count + first, count, from + at, stride);
        }
    }
}

static void few_from_columns(uint8_t *to, size_t records, size_t stride,
                             const uint8_t *from)
{
    for (size_t byte = 0; byte < stride; byte++)
        for (size_t i = 0; i < records; i++)
            to[i * stride + byte] = from[byte * records + i];
}

static void tiles_from_columns(uint8_t *records, const uint8_t *columns, size_t count,
                               size_t stride)
{
    for (size_t done = 0; done < count; done += CODEC_TILE_RECORDS) {
        size_t last = count - CODEC_TILE_RECORDS, first = done < last ? done : last;

        for (size_t byte = 0; byte < stride; byte += 8) {
            size_t at = byte < stride - 8 ? byte : stride - 8;

            tile_from_columns(records + first * stride + at, stride,
                              columns + at * count + first, count);
        }
    }
}

void tare__codec_from_columns(uint8_t *records, const uint8_t *columns, size_t count,
                              const struct tare_codec_layout *layout)
{
    size_t stride = layout->record_bytes;

    if (stride < 8 || count < CODEC_TILE_RECORDS)
        few_from_columns(records, count, stride, columns);
    else
        tiles_from_columns(records, columns, count, stride);
    for (size_t i = 0; i < layout->delta_count; i++) {
        uint8_t *at = records + layout->deltas[i].offset;

        switch (layout->deltas[i].bytes) {
        case 1:
            sums_uint8_t(at, count, stride);
            break;
        case 2:
            sums_uint16_t(at, count, stride);
            break;
        case 4:
            sums_uint32_t(at, count, stride);
            break;
        default:
            sums_uint64_t(at, count, stride);
            break;
        }
    }
}
