/* SPDX-License-Identifier: MIT
 *
 * A program in C++ of somebody who installed libtare-modules. The build includes all public headers
 * before it. A header has one function here that uses it, and a line in the table.
 */
#include <cstdio>
#include <cstdlib>

#include <tare/codec.h>
#include <tare/ring.h>
#include <tare/version.h>

namespace
{

struct event {
    uint64_t time, value;
};

TARE_RING_DEFINE(events, event);

bool ring_works()
{
    tare_ring_options options = {};
    tare_ring *ring;
    event batch[20], one = {1, 2};

    options.event_bytes = sizeof(event);
    options.capacity = 10;
    if (tare_ring_create(&ring, &options))
        return false;
    for (one.time = 0; one.time < 15; one.time++)
        if (events_push(ring, &one) != one.time)
            return false;
    tare_ring_reader reader = tare_ring_reader_from(ring, 0);
    bool works = events_read(&reader, batch, 20) == 10 && reader.lost == 5 &&
                 batch[0].time == 5 && batch[9].time == 14;
    tare_ring_destroy(&ring);
    return works && !ring;
}

bool codec_works()
{
    static const tare_codec_field deltas[] = {TARE_CODEC_FIELD(event, time)};
    static const tare_codec_layout layout = {sizeof(event), deltas, 1};
    const event states[3] = {{1, 9}, {2, 8}, {3, 7}};
    tare_codec_part part = {states, sizeof states, &layout};
    tare_codec_block frame = {}, content = {};
    tare_codec *codec;

    if (tare_codec_create(&codec, nullptr))
        return false;
    bool works = !tare_codec_encode_parts(codec, &part, 1, &frame) &&
                 !tare_codec_decode_parts(codec, frame.data, frame.bytes, sizeof states,
                                          &content, &part, 1) &&
                 static_cast<const event *>(part.data)[2].value == 7;
    tare_codec_block_fini(&frame);
    tare_codec_block_fini(&content);
    tare_codec_destroy(&codec);
    return works;
}

const struct {
    const char *header;
    bool (*works)();
} uses[] = {
    {"ring", ring_works},
    {"codec", codec_works},
};

} // namespace

int main()
{
    int status = EXIT_SUCCESS;

    std::printf("tare %s\n", TARE_VERSION);
    for (const auto &use : uses) {
        bool works = use.works();

        std::printf("%s %s\n", use.header, works ? "works" : "fails");
        if (!works)
            status = EXIT_FAILURE;
    }
    return status;
}
