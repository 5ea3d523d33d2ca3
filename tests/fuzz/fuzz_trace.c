/* SPDX-License-Identifier: MIT
 *
 * A trace made of the input: what is read of it is an order in which blocks come before they go.
 *
 *     input: { slot (1 byte), begun (1), allocations (2 bytes, low first), count (2), count bytes } ...
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "profile/trace.h"

enum { BLOCKS_MOST = 24, EXTENTS = LEDGER_FIRST_EXTENT + BLOCKS_MOST, PLACES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint32_t take(const uint8_t **data, size_t *bytes, size_t count)
{
    uint32_t value = 0;

    for (size_t i = 0; i < count && *bytes; i++, (*data)++, (*bytes)--)
        value |= (uint32_t) * *data << (8 * i);
    return value;
}

static void build(uint8_t *ledger, const uint8_t *data, size_t bytes)
{
    struct ledger_header *header = (void *)ledger;

    memset(ledger, 0, (size_t)EXTENTS * LEDGER_EXTENT_BYTES);
    *header = (struct ledger_header){
        .magic = LEDGER_MAGIC, .version = LEDGER_VERSION, .extents = LEDGER_FIRST_EXTENT};
    while (bytes && header->extents < EXTENTS) {
        uint8_t *extent = ledger + (size_t)header->extents * LEDGER_EXTENT_BYTES;
        struct trace_block *block = (void *)extent;
        block->slot = take(&data, &bytes, 1);
        block->begun = take(&data, &bytes, 1);
        block->allocations = take(&data, &bytes, 2);
        size_t count = take(&data, &bytes, 2);
        if (count > bytes)
            count = bytes;
        if (count > LEDGER_EXTENT_BYTES - sizeof *block)
            count = LEDGER_EXTENT_BYTES - sizeof *block;
        memcpy(block + 1, data, count);
        data += count, bytes -= count;
        ledger[LEDGER_HEADER_BYTES + header->extents++] = LEDGER_TRACE;
    }
}

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void follow(struct trace *trace)
{
    static uint64_t live[PLACES]; /* bytes + 1 */
    struct trace_event event;
    uint64_t before_ns = 0;

    while (trace_next(trace, &event)) {
        must(event.place < trace->places && trace->places <= PLACES);
        must(event.at_ns >= before_ns);
        must(event.kind == TRACE_CAME ? !live[event.place]
                                      : live[event.place] == event.old_bytes + 1);
        live[event.place] = event.kind == TRACE_WENT ? 0 : event.bytes + 1;
        before_ns = event.at_ns;
    }
    memset(live, 0, trace->places * sizeof *live);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static _Alignas(struct ledger_header) uint8_t ledger[EXTENTS * LEDGER_EXTENT_BYTES];
    struct ledger_file file;
    struct trace trace;

    build(ledger, data, bytes);
    if (ledger_file_parse(&file, ledger, sizeof ledger))
        return 0;
    if (trace_open(&trace, &file) == 0) {
        follow(&trace);
        trace_close(&trace);
    }
    ledger_file_fini(&file);
    return 0;
}
