/* SPDX-License-Identifier: MIT */
#include <tare/section.h>

#include <inttypes.h>

#include "base/debug.h"
#include "mem/mem_events.h"

void tare_section_begin(struct tare_section *section, const char *name)
{
    *section = (struct tare_section){.name = name};
    section->is_tracked = tare_tracker_section_begin && tare_tracker_section_end &&
                          tare_tracker_section_begin(section);
    if (section->is_tracked)
        return;
    section->outer = tare__sections;
    tare__sections = section;
}

void tare_section_end(struct tare_section *section)
{
    struct tare_section *at = tare__sections;

    if (section->is_tracked) {
        tare_tracker_section_end(section);
        return;
    }
    while (at && at != section)
        at = at->outer;
    TARE_ASSERT(at); /* else it was not begun by this thread, or has ended */
    if (at)
        tare__sections = at->outer;
}

void tare_section_print(const struct tare_section *section, FILE *out)
{
    const struct tare_section_counts *counts = &section->counts;

    fprintf(out,
            "section %s: %" PRIu64 " allocations of %" PRIu64 " bytes, %" PRIu64
            " frees of %" PRIu64 " bytes, %" PRId64 " blocks of %" PRId64
            " bytes left, %" PRIu64 " bytes at most",
            section->name, counts->allocations, counts->bytes, counts->frees,
            counts->freed_bytes, tare_section_live_blocks(section),
            tare_section_live_bytes(section), counts->peak_bytes);
    if (counts->objects || counts->freed_objects)
        fprintf(out, "; %" PRIu64 " objects of %" PRIu64 " bytes, %" PRIu64 " freed",
                counts->objects, counts->object_bytes, counts->freed_objects);
    fprintf(out, "%s\n", section->is_tracked ? "" : " (of libtare's own memory)");
}

size_t tare_section_threads(struct tare_section_thread *threads, size_t room)
{
    /* none: the tracker does not record */
    size_t tracked = tare_tracker_threads ? tare_tracker_threads(threads, room) : 0;

    return tracked ? tracked : tare__mem_threads(threads, room);
}
