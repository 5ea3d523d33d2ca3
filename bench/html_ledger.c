/* SPDX-License-Identifier: MIT
 *
 * usage: html_ledger NODES SITES SAMPLES FILE - a ledger of any size, made of random numbers, with a
 * timeline that sums up to its records. What the page is measured with.
 */
#include "format/ledger.h"
#include "format/varint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MODULES = 12,
    PLACES = 5000, /* addresses, of all modules together */
    NODES_EACH = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_node),
    RECORDS_EACH = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record),
};

struct made {
    uint8_t *bytes;
    struct ledger_header *header;
    uint32_t nodes, sites, samples;
    uint32_t first_node, first_record; /* extents */
    uint64_t random;
};

static uint32_t draw(struct made *made, uint32_t below)
{
    made->random = made->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((made->random >> 33) % below);
}

static uint32_t take_extents(struct made *made, uint32_t count, enum ledger_kind kind)
{
    uint32_t first = made->header->extents;

    if (count > LEDGER_MAX_EXTENTS - first) {
        fputs("html_ledger: that does not fit\n", stderr);
        exit(1);
    }
    memset(made->bytes + LEDGER_HEADER_BYTES + first, kind, count);
    made->header->extents += count;
    return first;
}

static void *at_extent(const struct made *made, uint32_t extent)
{
    return made->bytes + (size_t)extent * LEDGER_EXTENT_BYTES;
}

static void begin(struct made *made)
{
    made->bytes = calloc(LEDGER_MAX_EXTENTS, LEDGER_EXTENT_BYTES);
    if (!made->bytes)
        exit(1);
    made->header = (struct ledger_header *)(void *)made->bytes;
    *made->header = (struct ledger_header){
        .magic = LEDGER_MAGIC,
        .version = LEDGER_VERSION,
        .header_bytes = sizeof(struct ledger_header),
        .pid = 1234,
        .process_start = 1,
        .start_realtime_ns = 1700000000000000000u,
        .start_monotonic_ns = 1000000000,
        .end_monotonic_ns = 61000000000,
        .end = LEDGER_END_WAITED,
        .flags = LEDGER_SITES,
        .extents = LEDGER_FIRST_EXTENT,
        .max_extents = LEDGER_MAX_EXTENTS,
        .executable = "/usr/bin/synthetic",
        .command = "synthetic",
        .command_bytes = 10,
    };
}

static void make_modules(struct made *made)
{
    uint32_t strings = take_extents(made, 1, LEDGER_STRINGS);
    struct ledger_module *modules = at_extent(made, take_extents(made, 1, LEDGER_MODULES));
    char *text = at_extent(made, strings);

    for (uint32_t i = 0; i < MODULES; i++) {
        char *path = text + i * 64;

        snprintf(path, 64, "/usr/lib/libsynthetic_component_%u.so", i);
        modules[i] = (struct ledger_module){
            .start = (uint64_t)(i + 1) << 32,
            .end = ((uint64_t)(i + 1) << 32) + (1 << 24),
            .bias = (uint64_t)(i + 1) << 32,
            .path = (uint32_t)((uint8_t *)path - made->bytes) / LEDGER_UNIT_BYTES,
            .path_bytes = (uint32_t)strlen(path),
        };
    }
}

static uint32_t node_id(const struct made *made, uint32_t number)
{
    return made->first_node * (LEDGER_EXTENT_BYTES / LEDGER_UNIT_BYTES) + number;
}

/* Mostly a callee of one made shortly before, so that stacks are some tens of frames deep. */
static void make_nodes(struct made *made)
{
    made->first_node =
        take_extents(made, (made->nodes + NODES_EACH - 1) / NODES_EACH, LEDGER_NODES);
    struct ledger_node *nodes = at_extent(made, made->first_node);
    uint32_t modules = made->first_node - 1;

    for (uint32_t i = 0; i < made->nodes; i++) {
        uint32_t place = draw(made, PLACES);
        uint32_t module = place % MODULES;
        uint32_t back = draw(made, 10) < 7 ? 1 + draw(made, 3) : 1 + draw(made, i + 1);

        nodes[i] = (struct ledger_node){
            .ip = ((uint64_t)(module + 1) << 32) + 4096 + (uint64_t)place * 64,
            .parent = back > i ? LEDGER_OUTERMOST : node_id(made, i - back),
            .module = modules * (LEDGER_EXTENT_BYTES / LEDGER_UNIT_BYTES) +
                      module * (uint32_t)(sizeof(struct ledger_module) / LEDGER_UNIT_BYTES),
        };
    }
}

static struct ledger_record *record_at(const struct made *made, uint32_t site)
{
    return (struct ledger_record *)at_extent(made, made->first_record) + site;
}

static void make_records(struct made *made)
{
    made->first_record =
        take_extents(made, (made->sites + RECORDS_EACH - 1) / RECORDS_EACH, LEDGER_RECORDS);
    for (uint32_t i = 0; i < made->sites; i++)
        *record_at(made, i) = (struct ledger_record){
            .site = node_id(made, (uint32_t)((uint64_t)i * made->nodes / made->sites)),
            .epoch = 1, /* another than the process's: at the peak it held what is live */
        };
}

/* Some of a record's blocks come, and some of those that were there go. */
static uint8_t *put_change(struct made *made, uint8_t *to, uint32_t gap,
                           struct ledger_record *record)
{
    uint64_t blocks = 1 + draw(made, 40);
    uint64_t bytes = blocks * (16 + draw(made, 1000));
    uint64_t live = record->bytes - record->freed_bytes;
    uint64_t gone = live ? draw(made, (uint32_t)live + 1) : 0;
    uint64_t frees = gone ? (record->allocations - record->frees) / 2 : 0;

    record->allocations += blocks;
    record->bytes += bytes;
    record->frees += frees;
    record->freed_bytes += gone;
    made->header->live_first += (int64_t)(bytes - gone);
    to = varint_put(to, gap);
    to = varint_put(to, zigzag((int64_t)blocks));
    to = varint_put(to, zigzag((int64_t)bytes));
    to = varint_put(to, zigzag((int64_t)frees));
    return varint_put(to, zigzag((int64_t)gone));
}

/* Each sample changes a tenth of the sites, all of them at least once. */
static uint8_t *put_sample(struct made *made, uint8_t *to, uint32_t sample)
{
    struct ledger_sample head = {.at_ns =
                                     (uint64_t)(sample + 1) * 60000000000u / made->samples};
    uint32_t base = made->first_record * RECORDS_EACH;
    uint8_t *at = to + sizeof head;
    uint32_t before = 0;

    for (uint32_t i = 0; i < made->sites; i++) {
        if (i % made->samples != sample && draw(made, 10))
            continue;
        at = put_change(made, at, base + i - before, record_at(made, i));
        before = base + i;
        head.changes++;
    }
    head.change_bytes = (uint32_t)(at - to - (long)sizeof head);
    head.live_bytes = made->header->live_first;
    head.rss_bytes = (uint64_t)head.live_bytes * 3 / 2;
    head.minor_faults = sample * 1000;
    memcpy(to, &head, sizeof head);
    return at;
}

static void make_timeline(struct made *made)
{
    uint8_t *stream = at_extent(made, made->header->extents);
    uint8_t *end = stream + sizeof(struct ledger_timeline);

    for (uint32_t i = 0; i < made->samples; i++)
        end = put_sample(made, end, i);
    const struct ledger_timeline head = {.bytes = (uint64_t)(end - stream),
                                         .samples = made->samples};
    memcpy(stream, &head, sizeof head);
    take_extents(made, (uint32_t)(head.bytes / LEDGER_EXTENT_BYTES) + 1, LEDGER_TIMELINE);
    made->header->peak_bytes = (uint64_t)made->header->live_first;
    made->header->peak_monotonic_ns = made->header->end_monotonic_ns;
}

int main(int argc, char **argv)
{
    struct made made = {.random = 42};

    if (argc != 5)
        return 2;
    made.nodes = (uint32_t)atoi(argv[1]);
    made.sites = (uint32_t)atoi(argv[2]);
    made.samples = (uint32_t)atoi(argv[3]);
    begin(&made);
    make_modules(&made);
    make_nodes(&made);
    make_records(&made);
    make_timeline(&made);
    FILE *out = fopen(argv[4], "we");
    size_t bytes = (size_t)made.header->extents * LEDGER_EXTENT_BYTES;
    if (!out || fwrite(made.bytes, 1, bytes, out) != bytes || fclose(out))
        return 1;
    free(made.bytes);
    return 0;
}
