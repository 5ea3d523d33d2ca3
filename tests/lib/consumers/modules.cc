/* SPDX-License-Identifier: MIT
 *
 * A program in C++ of somebody who installed libtare-modules. The build includes all public headers
 * before it. A header has one function here that uses it, and a line in the table.
 */
#include <cstdio>
#include <cstdlib>

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

const struct {
    const char *header;
    bool (*works)();
} uses[] = {
    {"ring", ring_works},
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
