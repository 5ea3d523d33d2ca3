/* SPDX-License-Identifier: MIT
 *
 * The latest 1,000 requests of a server, in 16 KiB that never grow: what happened is there when
 * somebody asks. One writer, and a reader who comes by now and then; ids say what he missed. The
 * audit log beside it refuses rather than forgets, until its events are stored.
 */
#include <stdio.h>
#include <string.h>

#include <tare/intern.h>
#include <tare/ring.h>

struct request {
    uint32_t kind; /* a handle of the table below */
    uint32_t microseconds;
    uint64_t user;
};

TARE_RING_DEFINE(requests, struct request);

#define KINDS(X, NAME) X(NAME, get, "get") X(NAME, put, "put") X(NAME, list, "list")
TARE_INTERN_CONSTANTS(kind, KINDS);

static const struct tare_intern_options names = {.constants = &kind_constants};
static const struct tare_ring_options latest = {.event_bytes = sizeof(struct request),
                                                .capacity = 1000};
static const struct tare_ring_options lossless = {
    .event_bytes = sizeof(struct request), .capacity = 100, .is_lossless = true};

/* What a file would get. */
static size_t store(struct tare_ring_reader *reader)
{
    struct request batch[64];
    size_t count, stored = 0;

    while ((count = requests_take(reader, batch, 64)) > 0)
        stored += count;
    return stored;
}

/* Requests from `first` on; the id of the last one. */
static uint64_t serve(struct tare_ring *ring, struct tare_intern *kinds, unsigned count)
{
    static const char *const words[] = {"get", "put", "list", "delete"}; /* from outside */
    uint64_t id = 0;

    for (unsigned i = 0; i < count; i++) {
        const char *word = words[i % 4];
        struct request request = {tare_intern_insert(kinds, word, strlen(word)), i % 700,
                                  i};

        id = requests_push(ring, &request);
    }
    return id;
}

static void show(struct tare_ring_reader *reader, struct tare_intern *kinds)
{
    struct request batch[64];
    size_t count, read = 0, slow = 0, puts = 0;

    while ((count = requests_read(reader, batch, 64)) > 0) {
        for (size_t i = 0; i < count; i++) {
            slow += batch[i].microseconds > 600;
            puts += batch[i].kind == kind_put;
        }
        read += count;
    }
    printf("read %zu, lost %lu; %zu puts, %zu slow; the last was \"%s\"\n", read,
           (unsigned long)reader->lost, puts, slow,
           tare_intern_text(kinds, batch[(read - 1) % 64].kind));
}

static int log_requests(struct tare_intern *kinds, struct tare_ring *ring,
                        struct tare_ring *audit)
{
    struct tare_ring_reader reader = tare_ring_reader_from(ring, 0);
    uint64_t id = serve(ring, kinds, 900);

    printf("event %lu, %s\n", (unsigned long)id,
           tare_ring_rotates(ring, id) ? "rotating" : "not full yet");
    show(&reader, kinds);
    id = serve(ring, kinds, 5000);
    printf("event %lu, %s\n", (unsigned long)id,
           tare_ring_rotates(ring, id) ? "rotating" : "not full yet");
    show(&reader, kinds);

    struct tare_ring_reader storing = tare_ring_reader_from(audit, tare_ring_low(audit));
    id = serve(audit, kinds, 120);
    printf("audit: %s", id == TARE_RING_REFUSED ? "full" : "room left");
    size_t stored = store(&storing);
    printf(", %zu stored, up to %lu\n", stored, (unsigned long)tare_ring_low(audit));
    return reader.lost == 4000 && stored == 100 && storing.lost == 0 ? 0 : 1;
}

int main(void)
{
    struct tare_intern *kinds = NULL;
    struct tare_ring *ring = NULL, *audit = NULL;
    int status = 1;

    if (tare_intern_create(&kinds, &names) == 0 && tare_ring_create(&ring, &latest) == 0 &&
        tare_ring_create(&audit, &lossless) == 0)
        status = log_requests(kinds, ring, audit);
    tare_ring_destroy(&audit);
    tare_ring_destroy(&ring);
    tare_intern_destroy(&kinds);
    return status;
}
