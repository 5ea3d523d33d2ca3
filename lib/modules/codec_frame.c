/* SPDX-License-Identifier: MIT */
#include "modules/codec_core.h"

#include <errno.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    MAGIC = 0x46637254 /* "TrcF" */,
    CHECKED = offsetof(struct codec_header, header_check)
};

void tare__codec_header_seal(struct codec_header *header, const void *payload)
{
    header->magic = MAGIC;
    header->version = CODEC_VERSION;
    header->zero = 0;
    header->payload_check = XXH3_64bits(payload, header->payload_bytes);
    header->header_check = (uint32_t)XXH3_64bits(header, CHECKED);
}

/* What the checksum does not protect from is a frame that somebody made up. */
static bool is_possible(const struct codec_header *header)
{
    return header->kind > TARE_CODEC_BEST &&
           header->content_bytes <= TARE_CODEC_MOST_BYTES &&
           header->payload_bytes <= (size_t)header->content_bytes + CODEC_TABLE_BYTES &&
           !(header->flags & ~(CODEC_COLUMNS | CODEC_STREAMED | CODEC_LAST)) &&
           !header->zero;
}

int tare__codec_header_read(struct codec_header *header, const void *frame, size_t bytes)
{
    if (bytes < sizeof *header)
        return -ENODATA;
    memcpy(header, frame, sizeof *header);
    if (header->magic != MAGIC ||
        header->header_check != (uint32_t)XXH3_64bits(header, CHECKED))
        return -EBADMSG;
    if (header->version != CODEC_VERSION)
        return -ENOTSUP;
    return is_possible(header) ? 0 : -EBADMSG;
}

bool tare__codec_payload_is_whole(const struct codec_header *header, const void *payload)
{
    return XXH3_64bits(payload, header->payload_bytes) == header->payload_check;
}

uint32_t tare__codec_dictionary_id(const void *data, size_t bytes)
{
    uint32_t id = (uint32_t)XXH3_64bits(data, bytes);

    return id ? id : 1;
}

uint64_t tare__codec_chain(uint64_t before, uint64_t check)
{
    const uint64_t both[] = {before, check};

    return XXH3_64bits(both, sizeof both);
}

int tare_codec_peek(const void *frame, size_t bytes, struct tare_codec_info *info)
{
    struct codec_header header;
    int err = tare__codec_header_read(&header, frame, bytes);

    if (err)
        return err;
    *info = (struct tare_codec_info){.kind = (enum tare_codec_kind)header.kind,
                                     .frame_bytes = sizeof header + header.payload_bytes,
                                     .content_bytes = header.content_bytes,
                                     .dictionary = header.dictionary};
    return 0;
}
