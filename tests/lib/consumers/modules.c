/* SPDX-License-Identifier: MIT
 *
 * A program in C of somebody who installed libtare-modules. The build includes all public headers
 * before it. A header has one function here that uses it, and a line in the table.
 */
#include <stdio.h>
#include <stdlib.h>

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

static const struct use {
    const char *header;
    bool (*works)(void);
} uses[] = {
    {"ring", ring_works},
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
