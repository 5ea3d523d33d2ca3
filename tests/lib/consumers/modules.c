/* SPDX-License-Identifier: MIT
 *
 * A program in C of somebody who installed libtare-modules. The build includes all public headers
 * before it. A header has one function here that uses it, and a line in the table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/codec.h>
#include <tare/ring.h>
#include <tare/version.h>

struct event {
    uint64_t time, value;
};

TARE_RING_DEFINE(events, struct event);

static bool ring_works(void)
{
    const struct tare_ring_options options = {.event_bytes = sizeof(struct event),
                                              .capacity = 10};
    struct tare_ring *ring;
    struct event batch[20], event = {1, 2};

    if (tare_ring_create(&ring, &options))
        return false;
    for (event.time = 0; event.time < 15; event.time++)
        if (events_push(ring, &event) != event.time)
            return false;
    struct tare_ring_reader reader = tare_ring_reader_from(ring, 0);
    bool works = events_read(&reader, batch, 20) == 10 && reader.lost == 5 &&
                 batch[0].time == 5 && batch[9].time == 14;
    tare_ring_destroy(&ring);
    return works && !ring;
}

static bool codec_works(void)
{
    struct tare_codec_block frame = {0}, content = {0};
    struct tare_codec *codec;

    if (tare_codec_create(&codec, NULL))
        return false;
    bool works = !tare_codec_encode(codec, "state", 5, &frame) &&
                 !tare_codec_decode(codec, frame.data, frame.bytes, 5, &content) &&
                 content.bytes == 5 && !memcmp(content.data, "state", 5);
    tare_codec_block_fini(&frame);
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
    return works;
}

static const struct use {
    const char *header;
    bool (*works)(void);
} uses[] = {
    {"ring", ring_works},
    {"codec", codec_works},
};

int main(void)
{
    int status = EXIT_SUCCESS;

    printf("tare %s\n", TARE_VERSION);
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        bool works = uses[i].works();

        printf("%s %s\n", uses[i].header, works ? "works" : "fails");
        if (!works)
            status = EXIT_FAILURE;
    }
    return status;
}
