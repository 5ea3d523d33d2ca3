/* SPDX-License-Identifier: MIT */
#include "profile/moment.h"

#include "profile/timeline.h"

#include <errno.h>
#include <string.h>

enum { RECORDS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record) };

static struct ledger_record *record_at(const struct ledger_file *file, uint32_t number)
{
    uint32_t extent = number / RECORDS_PER_EXTENT;

    if (ledger_file_kind(file, extent) != LEDGER_RECORDS)
        return NULL;
    struct ledger_record *records = ledger_file_extent(file, extent);
    return &records[number % RECORDS_PER_EXTENT];
}

/* What the record is of, without what it counted. */
static void empty(struct ledger_record *record)
{
    *record = (struct ledger_record){
        .site = record->site, .slot = record->slot, .class = record->class};
}

static void add(struct ledger_record *to, const struct timeline_change *change)
{
    to->allocations += (uint64_t)change->allocations;
    to->bytes += (uint64_t)change->bytes;
    to->frees += (uint64_t)change->frees;
    to->freed_bytes += (uint64_t)change->freed_bytes;
}

/* A site that was not there yet is none. */
static void finish(struct ledger_record *record)
{
    record->peak_bytes = (int64_t)(record->bytes - record->freed_bytes);
    if (!record->allocations && !record->frees)
        *record = (struct ledger_record){0};
}

static void each_record(const struct ledger_file *file,
                        void (*change)(struct ledger_record *))
{
    for (uint32_t i = 0; i < file->extents; i++)
        for (uint32_t k = 0; k < RECORDS_PER_EXTENT; k++) {
            struct ledger_record *record = record_at(file, i * RECORDS_PER_EXTENT + k);

            if (record)
                change(record);
        }
}

static void add_samples(const struct ledger_file *file, const struct timeline *timeline,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *at = timeline->changes[i];
        const uint8_t *end = at + timeline->samples[i].change_bytes;
        struct timeline_change change = {0};

        while (timeline_next(&at, end, &change)) {
            struct ledger_record *record = record_at(file, change.record);

            if (record && record->site)
                add(record, &change);
        }
    }
}

static int choose(const struct timeline *timeline, uint64_t *at_ns, uint32_t *count)
{
    if (!timeline->count)
        return -ENODATA;
    uint64_t end = timeline->samples[timeline->count - 1].at_ns;
    if (*at_ns == MOMENT_END)
        *at_ns = end;
    if (*at_ns > end && *at_ns - end > end / 100) {
        *at_ns = end;
        return -ERANGE;
    }
    for (*count = 0; *count < timeline->count; ++*count)
        if (timeline->samples[*count].at_ns > *at_ns)
            break;
    *at_ns = *count ? timeline->samples[*count - 1].at_ns : 0;
    return 0;
}

int moment_take(struct ledger_file *file, uint64_t *at_ns)
{
    struct timeline timeline;
    uint32_t count;
    int err = timeline_init(&timeline, file);

    if (!err)
        err = choose(&timeline, at_ns, &count);
    if (!err) {
        struct ledger_header *header = (struct ledger_header *)(void *)file->bytes;

        header->peak_bytes = 0;
        header->peak_monotonic_ns = 0;
        /* Evidence is of the whole run, and of records that are none at the moment. */
        header->flags &= ~(uint32_t)(LEDGER_ADVISED | LEDGER_FILLED);
        each_record(file, empty);
        add_samples(file, &timeline, count);
        each_record(file, finish);
    }
    timeline_fini(&timeline);
    return err;
}
