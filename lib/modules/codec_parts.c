/* SPDX-License-Identifier: MIT
 *
 * The table in front of a stream of columns: the number of parts; of each its bytes, its record's
 * bytes (0: plain), the number of deltas; of each of these offset and bytes. Numbers of 7 bits a byte,
 * the lowest first.
 */
#include "modules/codec_core.h"

#include <errno.h>

/* Within the record, of a size that has arithmetic, and no byte in two of them. */
static bool fields_are_possible(const struct tare_codec_field *fields, size_t count,
                                size_t record_bytes)
{
    uint64_t taken[TARE_CODEC_RECORD_BYTES / 64] = {0};

    for (size_t i = 0; i < count; i++) {
        size_t offset = fields[i].offset, bytes = fields[i].bytes;

        if ((bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) ||
            offset + bytes > record_bytes)
            return false;
        for (size_t at = offset; at < offset + bytes; at++) {
            if (taken[at / 64] >> at % 64 & 1)
                return false;
            taken[at / 64] |= UINT64_C(1) << at % 64;
        }
    }
    return true;
}

static bool layout_is_possible(const struct tare_codec_layout *layout, size_t bytes)
{
    return layout->record_bytes && layout->record_bytes <= TARE_CODEC_RECORD_BYTES &&
           bytes % layout->record_bytes == 0 &&
           layout->delta_count <= TARE_CODEC_MOST_DELTAS &&
           (layout->deltas || !layout->delta_count) &&
           fields_are_possible(layout->deltas, layout->delta_count, layout->record_bytes);
}

int tare__codec_parts_check(const struct tare_codec_part *parts, size_t count,
                            size_t *content_bytes)
{
    size_t sum = 0;

    if (!count || count > TARE_CODEC_MOST_PARTS)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].layout && !layout_is_possible(parts[i].layout, parts[i].bytes))
            return -EINVAL;
        if (!parts[i].data && parts[i].bytes)
            return -EINVAL;
        if (parts[i].bytes > TARE_CODEC_MOST_BYTES - sum)
            return -EFBIG;
        sum += parts[i].bytes;
    }
    *content_bytes = sum;
    return 0;
}

bool tare__codec_parts_are_plain(const struct tare_codec_part *parts, size_t count)
{
    return count == 1 && !parts->layout;
}

static uint8_t *put(uint8_t *to, size_t number)
{
    for (; number >= 128; number >>= 7)
        *to++ = (uint8_t)(number | 128);
    *to++ = (uint8_t)number;
    return to;
}

_Static_assert(1 + TARE_CODEC_MOST_PARTS * (5 + 2 + 1 + TARE_CODEC_MOST_DELTAS * (2 + 1)) <=
                   CODEC_TABLE_BYTES,
               "every table fits");

size_t tare__codec_table_write(const struct tare_codec_part *parts, size_t count,
                               uint8_t *table)
{
    uint8_t *to = put(table, count);

    for (size_t i = 0; i < count; i++) {
        const struct tare_codec_layout *layout = parts[i].layout;

        to = put(to, parts[i].bytes);
        to = put(to, layout ? layout->record_bytes : 0);
        if (!layout)
            continue;
        to = put(to, layout->delta_count);
        for (size_t field = 0; field < layout->delta_count; field++) {
            to = put(to, layout->deltas[field].offset);
            to = put(to, layout->deltas[field].bytes);
        }
    }
    return (size_t)(to - table);
}

static bool get(struct codec_table *table, size_t most, size_t *number)
{
    size_t value = 0;

    for (unsigned shift = 0; table->at < table->end && shift < 35; shift += 7) {
        uint8_t byte = *table->at++;

        value |= (size_t)(byte & 127) << shift;
        if (byte < 128) {
            *number = value;
            return value <= most;
        }
    }
    return false;
}

int tare__codec_table_begin(struct codec_table *table, const void *data, size_t bytes)
{
    *table = (struct codec_table){.at = data, .end = (const uint8_t *)data + bytes};
    return get(table, TARE_CODEC_MOST_PARTS, &table->parts_left) && table->parts_left
               ? 0
               : -EBADMSG;
}

int tare__codec_table_next(struct codec_table *table, struct codec_shape *shape)
{
    shape->delta_count = 0;
    if (!get(table, TARE_CODEC_MOST_BYTES, &shape->bytes) ||
        !get(table, TARE_CODEC_RECORD_BYTES, &shape->record_bytes))
        return -EBADMSG;
    table->parts_left--;
    if (!shape->record_bytes)
        return 0;
    if (!get(table, TARE_CODEC_MOST_DELTAS, &shape->delta_count))
        return -EBADMSG;
    for (size_t i = 0; i < shape->delta_count; i++) {
        size_t offset, bytes;

        if (!get(table, TARE_CODEC_RECORD_BYTES, &offset) || !get(table, 8, &bytes))
            return -EBADMSG;
        shape->deltas[i] = (struct tare_codec_field){(uint16_t)offset, (uint16_t)bytes};
    }
    const struct tare_codec_layout layout = {shape->record_bytes, shape->deltas,
                                             shape->delta_count};
    return layout_is_possible(&layout, shape->bytes) ? 0 : -EBADMSG;
}
