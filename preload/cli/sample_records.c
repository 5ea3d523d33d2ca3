/* SPDX-License-Identifier: MIT */
#include "cli/sample_records.h"

#include "format/varint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RECORDS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record),
    CHANGE_BYTES = 5 * VARINT_BYTES,
};

struct record_sums {
    uint64_t allocations, bytes, frees, freed_bytes;
};

/* The changes of one sample while they are gathered. */
struct reading {
    struct sampled_records *records;
    uint32_t changes;
    uint32_t latest; /* number of the record that changed last */
};

static int reserve(struct sampled_records *records, uint32_t extents)
{
    size_t room = records->used + (size_t)RECORDS_PER_EXTENT * CHANGE_BYTES;

    if (extents > records->extent_count) {
        struct record_sums **list =
            realloc(records->extents, extents * sizeof *records->extents);

        if (!list)
            return -ENOMEM;
        memset(list + records->extent_count, 0,
               (extents - records->extent_count) * sizeof *list);
        records->extents = list;
        records->extent_count = extents;
    }
    if (room > records->room) {
        uint8_t *changes = realloc(records->changes, 2 * room);

        if (!changes)
            return -ENOMEM;
        records->changes = changes;
        records->room = 2 * room;
    }
    return 0;
}

static void note(struct reading *r, const struct ledger_record *record, uint32_t number,
                 struct record_sums *sums)
{
    struct sampled_records *to = r->records;
    uint64_t allocations = record->allocations - sums->allocations;
    uint64_t bytes = record->bytes - sums->bytes;
    uint64_t frees = record->frees - sums->frees;
    uint64_t freed_bytes = record->freed_bytes - sums->freed_bytes;

    if (!(allocations | bytes | frees | freed_bytes))
        return;
    uint8_t *at = to->changes + to->used;
    at = varint_put(at, number - r->latest);
    at = varint_put(at, zigzag((int64_t)allocations));
    at = varint_put(at, zigzag((int64_t)bytes));
    at = varint_put(at, zigzag((int64_t)frees));
    at = varint_put(at, zigzag((int64_t)freed_bytes));
    to->used = (size_t)(at - to->changes);
    if (record->class == LEDGER_HEAP)
        to->live_bytes += (int64_t)(bytes - freed_bytes);
    *sums = (struct record_sums){record->allocations, record->bytes, record->frees,
                                 record->freed_bytes};
    r->latest = number;
    r->changes++;
}

static int read_extent(struct reading *r, int fd, uint32_t extent)
{
    static struct ledger_record list[RECORDS_PER_EXTENT];
    int err = reserve(r->records, extent + 1);

    if (err)
        return err;
    struct record_sums **sums = &r->records->extents[extent];
    if (!*sums)
        *sums = calloc(RECORDS_PER_EXTENT, sizeof **sums);
    if (!*sums)
        return -ENOMEM;
    if (pread(fd, list, sizeof list, (off_t)extent * LEDGER_EXTENT_BYTES) !=
        (ssize_t)sizeof list)
        return -EIO;
    for (uint32_t i = 0; i < RECORDS_PER_EXTENT; i++)
        if (list[i].site)
            note(r, &list[i], extent * RECORDS_PER_EXTENT + i, &(*sums)[i]);
    return 0;
}

int sampled_records_read(struct sampled_records *records, int fd,
                         struct ledger_sample *sample, const uint8_t **changes)
{
    struct reading r = {.records = records};
    uint8_t kinds[LEDGER_MAX_EXTENTS];
    uint32_t extents;
    int err = reserve(records, 0);

    records->used = 0;
    if (pread(fd, &extents, sizeof extents, offsetof(struct ledger_header, extents)) !=
            (ssize_t)sizeof extents ||
        extents > LEDGER_MAX_EXTENTS ||
        pread(fd, kinds, extents, LEDGER_HEADER_BYTES) != (ssize_t)extents)
        return -EIO;
    for (uint32_t i = LEDGER_FIRST_EXTENT; !err && i < extents; i++)
        if (kinds[i] == LEDGER_RECORDS)
            err = read_extent(&r, fd, i);
    sample->live_bytes = records->live_bytes;
    sample->changes = r.changes;
    sample->change_bytes = (uint32_t)records->used;
    *changes = records->changes;
    return err;
}

void sampled_records_fini(struct sampled_records *records)
{
    for (uint32_t i = 0; i < records->extent_count; i++)
        free(records->extents[i]);
    free(records->extents);
    free(records->changes);
    *records = (struct sampled_records){0};
}

uint64_t sample_pss(uint32_t pid)
{
    char line[128];
    uint64_t kib = 0;

    snprintf(line, sizeof line, "/proc/%" PRIu32 "/smaps_rollup", pid);
    FILE *file = fopen(line, "re");
    if (!file)
        return 0;
    while (!kib && fgets(line, sizeof line, file))
        if (!strncmp(line, "Pss:", 4))
            kib = strtoull(line + 4, NULL, 10);
    fclose(file);
    return kib * 1024;
}
