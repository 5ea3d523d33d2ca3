/* SPDX-License-Identifier: MIT */
#include "cli/dump_advice.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

/* A number of 8 bytes within an object. */
struct field {
    const char *name;
    size_t at;
};

#define ADVICE(name)                                \
    {                                               \
#name, offsetof(struct ledger_advice, name) \
    }
#define HELD(name)                                \
    {                                             \
#name, offsetof(struct ledger_held, name) \
    }

static const struct field advice_fields[] = {
    ADVICE(deaths),
    ADVICE(newest),
    ADVICE(runs),
    ADVICE(run_frees),
    ADVICE(longest_run),
    ADVICE(run),
    ADVICE(frames),
    ADVICE(in_function),
    ADVICE(in_caller),
    ADVICE(allocations),
    ADVICE(reused),
    ADVICE(filled_blocks),
    ADVICE(filled_bytes),
    ADVICE(unwritten_bytes),
    ADVICE(zeroed_blocks),
    ADVICE(zeroed_bytes),
    ADVICE(zero_tail_bytes),
    ADVICE(hashed_blocks),
    ADVICE(hashed_bytes),
    ADVICE(text_blocks),
    ADVICE(text_bytes),
    {NULL, 0},
};

static const struct field held_fields[] = {
    HELD(blocks),
    HELD(bytes),
    HELD(distinct_blocks),
    HELD(distinct_bytes),
    HELD(elsewhere_blocks),
    HELD(elsewhere_bytes),
    HELD(text_blocks),
    HELD(text_bytes),
    HELD(unwritten_bytes),
    HELD(unwritten_of_bytes),
    HELD(old_blocks),
    HELD(old_bytes),
    HELD(sampled_bytes),
    HELD(compressed_bytes),
    HELD(words),
    HELD(pointer_words),
    {NULL, 0},
};

static void put_fields(const void *object, const struct field *fields)
{
    for (; fields->name; fields++) {
        const uint64_t *value = (const void *)((const char *)object + fields->at);

        printf(" %s %" PRIu64, fields->name, *value);
    }
}

void dump_advice_header(const struct ledger_header *header)
{
    printf("block_key 0x%" PRIx64 "\nheld_live_bytes %" PRIu64 "\nend_live_bytes %" PRIu64
           "\nlost_advice %" PRIu64 "\n",
           header->block_key, header->held_live_bytes, header->end_live_bytes,
           header->lost_advice);
}

static void put_advice(const struct ledger_advice *at)
{
    printf("advice record %" PRIu32, at->record);
    put_fields(at, advice_fields);
    printf(" freed_bytes %" PRIu32 " freed_blocks %" PRIu32, at->freed_bytes,
           at->freed_blocks);
    for (int i = 0; i < LEDGER_COMMONEST; i++)
        if (at->commonest[i].weight)
            printf(" content %016" PRIx64 ":%" PRIu64, at->commonest[i].hash,
                   at->commonest[i].weight);
    printf(" registers ");
    for (int i = 0; i < LEDGER_CONTENT_REGISTERS; i++)
        printf("%02x", at->registers[i]);
    putchar('\n');
}

static void put_ends(const struct ledger_ends *at)
{
    printf("ends record %" PRIu32 " greatest_bytes %" PRIu64 " counts", at->record,
           at->greatest_bytes);
    for (uint32_t i = 0; i < LEDGER_END_BUCKETS; i++)
        if (at->counts[i])
            printf(" %" PRIu32 ":%" PRIu32, i, at->counts[i]);
    putchar('\n');
}

static void put_held(const struct ledger_held *at)
{
    printf("held record %" PRIu32 " at_end %" PRIu32, at->record, at->at_end);
    put_fields(at, held_fields);
    putchar('\n');
}

void dump_advice(const struct ledger_file *file, uint32_t extent)
{
    enum ledger_kind kind = ledger_file_kind(file, extent);
    const char *bytes = ledger_file_extent(file, extent);
    size_t each = kind == LEDGER_ADVICE ? sizeof(struct ledger_advice)
                  : kind == LEDGER_ENDS ? sizeof(struct ledger_ends)
                                        : sizeof(struct ledger_held);

    for (size_t at = 0; at + each <= LEDGER_EXTENT_BYTES; at += each) {
        const void *object = bytes + at;

        if (!*(const uint32_t *)object)
            continue;
        if (kind == LEDGER_ADVICE)
            put_advice(object);
        else if (kind == LEDGER_ENDS)
            put_ends(object);
        else
            put_held(object);
    }
}
