/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a file: read as a stream, and loaded. What a reader gave before it found an error is
 * of frames that were whole.
 *     input: the file; with a first byte of 1, frames follow whose headers are sealed here
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules/codec_core.h"

enum { LIMIT = 1 << 12, ROOM = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Each header as long as its bytes last, with right checksums. */
static void seal(uint8_t *file, size_t bytes)
{
    struct codec_header header;

    while (bytes >= sizeof header) {
        memcpy(&header, file, sizeof header);
        header.content_bytes %= LIMIT;
        if (header.payload_bytes > bytes - sizeof header)
            header.payload_bytes = (uint32_t)(bytes - sizeof header);
        tare__codec_header_seal(&header, file + sizeof header);
        memcpy(file, &header, sizeof header);
        file += sizeof header + header.payload_bytes;
        bytes -= sizeof header + header.payload_bytes;
    }
}

static void read_all(struct tare_codec *codec, const char *path)
{
    struct tare_codec_reader *reader;
    static char bytes[1000];
    size_t got = sizeof bytes;

    if (tare_codec_reader_create(&reader, codec, path, LIMIT))
        abort();
    while (got == sizeof bytes && !tare_codec_read(reader, bytes, sizeof bytes, &got))
        ;
    tare_codec_reader_destroy(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static uint8_t file[ROOM];
    struct tare_codec_block content = {0};
    struct tare_codec *codec;
    char path[64];

    if (bytes > sizeof file || !bytes)
        return 0;
    memcpy(file, data + 1, bytes - 1);
    if (*data == 1)
        seal(file, bytes - 1);
    snprintf(path, sizeof path, "%s/fuzz-codec-%ld",
             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (long)getpid());
    FILE *to = fopen(path, "wb");
    if (!to || fwrite(file, 1, bytes - 1, to) != bytes - 1 || fclose(to) ||
        tare_codec_create(&codec, NULL))
        abort();
    read_all(codec, path);
    int err = tare_codec_load(codec, path, LIMIT, &content);
    if (err && content.bytes)
        abort();
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
    unlink(path);
    return 0;
}
