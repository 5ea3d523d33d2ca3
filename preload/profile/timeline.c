/* SPDX-License-Identifier: MIT */
#include "profile/timeline.h"

#include "format/varint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Extents of the stream next to each other in memory; how many bytes. */
static size_t join_extents(const struct ledger_file *file, uint8_t *to)
{
    size_t bytes = 0;

    for (uint32_t extent = 0; extent < file->extents; extent++) {
        if (ledger_file_kind(file, extent) != LEDGER_TIMELINE)
            continue;
        if (to)
            memcpy(to + bytes, ledger_file_extent(file, extent), LEDGER_EXTENT_BYTES);
        bytes += LEDGER_EXTENT_BYTES;
    }
    return bytes;
}

bool timeline_next(const uint8_t **at, const uint8_t *end, struct timeline_change *change)
{
    uint64_t numbers[5];

    if (*at >= end)
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        *at = varint_get(*at, end, &numbers[i]);
        if (!*at) {
            *at = end;
            return false;
        }
    }
    change->record += (uint32_t)numbers[0];
    change->allocations = unzigzag(numbers[1]);
    change->bytes = unzigzag(numbers[2]);
    change->frees = unzigzag(numbers[3]);
    change->freed_bytes = unzigzag(numbers[4]);
    return true;
}

/* The samples that lie whole in the stream, up to one that goes back in time. */
static void find_samples(struct timeline *timeline, const uint8_t *end, uint32_t most)
{
    const uint8_t *at = timeline->stream + sizeof(struct ledger_timeline);
    uint64_t before = 0;

    while (timeline->count < most && (size_t)(end - at) >= sizeof(struct ledger_sample)) {
        struct ledger_sample *sample = &timeline->samples[timeline->count];

        memcpy(sample, at, sizeof *sample);
        at += sizeof *sample;
        if (sample->change_bytes > (size_t)(end - at) || sample->at_ns < before)
            break;
        before = sample->at_ns;
        timeline->changes[timeline->count++] = at;
        at += sample->change_bytes;
    }
}

int timeline_init(struct timeline *timeline, const struct ledger_file *file)
{
    struct ledger_timeline head;
    size_t bytes = join_extents(file, NULL);

    *timeline = (struct timeline){0};
    if (!bytes)
        return 0;
    timeline->stream = malloc(bytes);
    if (!timeline->stream)
        return -ENOMEM;
    join_extents(file, timeline->stream);
    memcpy(&head, timeline->stream, sizeof head);
    if (head.bytes < bytes)
        bytes = head.bytes < sizeof head ? sizeof head : head.bytes;
    uint32_t most = (uint32_t)((bytes - sizeof head) / sizeof(struct ledger_sample));
    if (head.samples < most)
        most = head.samples;
    timeline->samples = malloc(((size_t)most + 1) * sizeof *timeline->samples);
    timeline->changes = malloc(((size_t)most + 1) * sizeof *timeline->changes);
    if (!timeline->samples || !timeline->changes) {
        timeline_fini(timeline);
        return -ENOMEM;
    }
    find_samples(timeline, timeline->stream + bytes, most);
    return 0;
}

void timeline_fini(struct timeline *timeline)
{
    free(timeline->stream);
    free(timeline->samples);
    free(timeline->changes);
    *timeline = (struct timeline){0};
}
