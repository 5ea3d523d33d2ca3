/* SPDX-License-Identifier: MIT
 *
 * shim/sections.h - what a piece of the target's code allocates, for include/tare/section.h.
 *
 * Shape    slot -> its open sections, the innermost one last. Events are added to that one, and
 *          with all that it has counted to the one around it, when it ends.
 * Units    bytes
 * Owner    The slot owns the counts. The target's struct is written once, when its section is ended
 *          with it: a section that was left by longjmp may lie where there is something else by now.
 * Threads  single owner a slot
 * Errors   section_begin: false when the calling thread cannot be recorded now, or has
 *          SECTIONS_MAX sections open.
 * Cost     The slow paths, in a thread with an open section; some adding, however many there are.
 * Source   none
 */
#ifndef TARE_SHIM_SECTIONS_H
#define TARE_SHIM_SECTIONS_H

#include <tare/section.h>

#include "shim/thread.h"

enum { SECTIONS_MAX = 64 };

struct open_section {
    struct tare_section *section;
    struct tare_section_counts counts;
};

/* As the functions of include/tare/section.h. */
bool section_begin(struct tare_section *section);
void section_end(struct tare_section *section);
size_t section_threads(struct tare_section_thread *threads, size_t room);

/* Of the innermost one; NULL: none is open. */
INLINE struct tare_section_counts *section_counts(const struct thread *thread)
{
    return thread->section_count ? &thread->sections[thread->section_count - 1].counts
                                 : NULL;
}

/* In an event: a block of the heap came or went. */
INLINE void section_came(const struct thread *thread, uint64_t bytes)
{
    struct tare_section_counts *counts = section_counts(thread);

    if (!counts)
        return;
    counts->allocations++;
    counts->bytes += bytes;
    int64_t live = (int64_t)(counts->bytes - counts->freed_bytes);
    if (live > (int64_t)counts->peak_bytes)
        counts->peak_bytes = (uint64_t)live;
}

INLINE void section_went(const struct thread *thread, uint64_t bytes)
{
    struct tare_section_counts *counts = section_counts(thread);

    if (!counts)
        return;
    counts->frees++;
    counts->freed_bytes += bytes;
}

INLINE void section_object_came(const struct thread *thread, uint64_t bytes)
{
    struct tare_section_counts *counts = section_counts(thread);

    if (!counts)
        return;
    counts->objects++;
    counts->object_bytes += bytes;
}

INLINE void section_object_went(const struct thread *thread)
{
    struct tare_section_counts *counts = section_counts(thread);

    if (counts)
        counts->freed_objects++;
}

#endif
