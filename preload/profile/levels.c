/* SPDX-License-Identifier: MIT */
#include "profile/levels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEVELS_EACH = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_level),
    MORE = 2, /* peak and end */
};

/* The peak stays where a level was noted at the same moment. */
static int by_time(const void *a, const void *b)
{
    const struct ledger_level *one = a;
    const struct ledger_level *other = b;

    if (one->at_ns != other->at_ns)
        return one->at_ns < other->at_ns ? -1 : 1;
    return (one->live_bytes < other->live_bytes) - (one->live_bytes > other->live_bytes);
}

/* The room that all extents of levels together need. */
static size_t room_for(const struct ledger_file *file)
{
    size_t count = MORE;

    for (uint32_t i = LEDGER_FIRST_EXTENT; i < file->extents; i++)
        count += ledger_file_kind(file, i) == LEDGER_LEVELS ? LEVELS_EACH : 0;
    return count;
}

static void add(struct levels *levels, const struct ledger_level *level)
{
    if (level->at_ns && level->at_ns <= INT64_MAX)
        levels->list[levels->count++] = *level;
}

static void add_extent(struct levels *levels, const struct process *process,
                       uint32_t extent)
{
    const struct ledger_level *list = ledger_file_extent(&process->file, extent);

    for (uint32_t i = 0; i < LEVELS_EACH; i++)
        if (!process->duration_ns || list[i].at_ns <= process->duration_ns)
            add(levels, &list[i]);
}

/* What is known apart from levels has the faults of the level before it. */
static void sort(struct levels *levels)
{
    uint32_t kept = 0;

    qsort(levels->list, levels->count, sizeof *levels->list, by_time);
    for (uint32_t i = 0; i < levels->count; i++) {
        struct ledger_level *at = &levels->list[i];

        if (kept && at->at_ns == levels->list[kept - 1].at_ns)
            continue;
        if (kept && at->minor_faults < levels->list[kept - 1].minor_faults)
            at->minor_faults = levels->list[kept - 1].minor_faults;
        if (kept && at->major_faults < levels->list[kept - 1].major_faults)
            at->major_faults = levels->list[kept - 1].major_faults;
        levels->list[kept++] = *at;
    }
    levels->count = kept;
}

int levels_init(struct levels *levels, const struct process *process)
{
    size_t room = room_for(&process->file);

    *levels = (struct levels){0};
    if (room == MORE)
        return 0;
    levels->list = malloc(room * sizeof *levels->list);
    if (!levels->list)
        return -ENOMEM;
    for (uint32_t i = LEDGER_FIRST_EXTENT; i < process->file.extents; i++)
        if (ledger_file_kind(&process->file, i) == LEDGER_LEVELS)
            add_extent(levels, process, i);
    add(levels, &(struct ledger_level){.at_ns = process->peak_at_ns,
                                       .live_bytes = (int64_t)process->peak_bytes});
    add(levels, &(struct ledger_level){.at_ns = process->duration_ns,
                                       .live_bytes = (int64_t)process->counts.live_bytes});
    sort(levels);
    return 0;
}

void levels_fini(struct levels *levels)
{
    free(levels->list);
    *levels = (struct levels){0};
}
