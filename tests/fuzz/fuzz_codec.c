/* SPDX-License-Identifier: MIT
 *
 * Frames whose checksums are right and whose content is anybody's; and whatever is encoded comes back.
 *     input: 0, kind, flags, content bytes (2), payload          decoded: there is no other way to fail
 *            1, kind, record bytes, deltas (up to 3: offset, log2 of bytes), 255, data      both ways
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "modules/codec_core.h"

enum { LIMIT = 1 << 16, DELTAS = 3, ROOM = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void decode(const uint8_t *data, size_t bytes)
{
    static uint8_t frame[ROOM];
    struct tare_codec_part parts[TARE_CODEC_MOST_PARTS] = {0};
    struct tare_codec_block content = {0};
    struct tare_codec *codec;
    struct codec_header header = {.kind = data[0], .flags = data[1]};
    size_t payload_bytes = bytes - 4;

    header.content_bytes = data[2] | (uint32_t)data[3] << 8;
    if (payload_bytes > sizeof frame - sizeof header)
        return;
    header.payload_bytes = (uint32_t)payload_bytes;
    memcpy(frame + sizeof header, data + 4, payload_bytes);
    tare__codec_header_seal(&header, frame + sizeof header);
    memcpy(frame, &header, sizeof header);
    require(tare_codec_create(&codec, NULL) == 0);
    size_t count = payload_bytes && (data[1] & CODEC_COLUMNS) ? data[4] : 1;
    count = count > TARE_CODEC_MOST_PARTS ? TARE_CODEC_MOST_PARTS : count;
    int err = tare_codec_decode_parts(codec, frame, sizeof header + payload_bytes, LIMIT,
                                      &content, parts, count);
    require(tare__codec_block_valid(&content) && (!err || !content.bytes));
    for (size_t i = 0, end = 0; !err && i < count; i++) {
        size_t at =
            (size_t)((const uint8_t *)parts[i].data - (const uint8_t *)content.data);

        require(!parts[i].bytes || (at >= end && at + parts[i].bytes <= content.bytes));
        end = at + parts[i].bytes;
    }
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
}

static void there_and_back(const uint8_t *data, size_t bytes)
{
    const struct tare_codec_options options = {.kind = (enum tare_codec_kind)(data[0] % 5)};
    struct tare_codec_field deltas[DELTAS];
    struct tare_codec_layout layout = {data[1], deltas, 0};
    struct tare_codec_block frame = {0}, content = {0};
    struct tare_codec *codec;
    size_t at = 2;

    for (; at + 1 < bytes && data[at] != 255 && layout.delta_count < DELTAS; at += 2)
        deltas[layout.delta_count++] =
            (struct tare_codec_field){data[at], (uint16_t)(1 << data[at + 1] % 4)};
    struct tare_codec_part part = {data + at, bytes - at, &layout}, found = {0};
    if (layout.record_bytes)
        part.bytes -= part.bytes % layout.record_bytes;
    require(tare_codec_create(&codec, &options) == 0);
    if (!tare_codec_encode_parts(codec, &part, 1, &frame)) {
        require(tare_codec_decode_parts(codec, frame.data, frame.bytes, part.bytes,
                                        &content, &found, 1) == 0);
        require(found.bytes == part.bytes &&
                (!found.bytes || memcmp(found.data, part.data, part.bytes) == 0));
    }
    tare_codec_block_fini(&frame);
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes >= 5 && data[0] == 0)
        decode(data + 1, bytes - 1);
    else if (bytes >= 5)
        there_and_back(data + 1, bytes - 1);
    return 0;
}
