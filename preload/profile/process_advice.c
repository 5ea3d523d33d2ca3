/* SPDX-License-Identifier: MIT */
#include "profile/process_advice.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

enum {
    RECORDS_PER_EXTENT = LEDGER_EXTENT_BYTES / (int)sizeof(struct ledger_record),
    LINES_PER_EXTENT = LEDGER_EXTENT_BYTES / LEDGER_LINE_BYTES,
};

static size_t object_bytes(enum ledger_kind kind)
{
    switch (kind) {
    case LEDGER_ADVICE:
        return sizeof(struct ledger_advice);
    case LEDGER_ENDS:
        return sizeof(struct ledger_ends);
    case LEDGER_HELD:
        return sizeof(struct ledger_held);
    default:
        return 0;
    }
}

static bool is_record(const struct process *process, uint32_t number)
{
    return ledger_file_kind(&process->file, number / RECORDS_PER_EXTENT) ==
               LEDGER_RECORDS &&
           ledger_file_record(&process->file, number)->site;
}

static uint32_t *id_of(struct advice_ids *ids, enum ledger_kind kind, const void *object)
{
    if (kind == LEDGER_ADVICE)
        return &ids->advice;
    if (kind == LEDGER_ENDS)
        return &ids->ends;
    return ((const struct ledger_held *)object)->at_end ? &ids->held_at_end : &ids->held;
}

/* Each of the three begins with the number of its record; 0: unused. */
static void read_extent(struct process *process, uint32_t extent, enum ledger_kind kind)
{
    const char *objects = ledger_file_extent(&process->file, extent);
    size_t bytes = object_bytes(kind);

    for (size_t at = 0; at + bytes <= LEDGER_EXTENT_BYTES; at += bytes) {
        const uint32_t *record = (const void *)(objects + at);
        uint32_t *id;

        if (!*record)
            continue;
        if (!is_record(process, *record) ||
            *(id = id_of(&process->advice[*record], kind, record))) {
            process->damaged++;
            continue;
        }
        *id = extent * LINES_PER_EXTENT + (uint32_t)(at / LEDGER_LINE_BYTES);
    }
}

int process_read_advice(struct process *process)
{
    uint32_t extents = process->file.extents;

    if (!(process->header->flags & LEDGER_ADVISED))
        return 0;
    process->advice =
        calloc(((size_t)extents + 1) * RECORDS_PER_EXTENT, sizeof *process->advice);
    if (!process->advice)
        return -ENOMEM;
    for (uint32_t extent = 0; extent < extents; extent++) {
        enum ledger_kind kind = ledger_file_kind(&process->file, extent);

        if (object_bytes(kind))
            read_extent(process, extent, kind);
    }
    return 0;
}
