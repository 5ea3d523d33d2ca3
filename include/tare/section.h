/* SPDX-License-Identifier: MIT
 *
 * tare/section.h - what a piece of code allocates: measured, printed, asserted by a test.
 *
 * Shape    begin -> code -> end -> counts        sections of one thread may lie in one another
 *          With the tracker (libtare-preload.so) every malloc, free and object of a pool counts;
 *          without it, what libtare's modules take from tare_mem_default, libc and mimalloc.
 * Units    Blocks, objects and bytes as they were asked for.
 * Owner    The caller owns the struct; it must stay where it is from begin to end.
 * Threads  A section counts the calling thread's events, and is ended by that thread. What all
 *          threads have done so far is read with tare_section_threads, at any time.
 *          With the tracker no section is open in a fork's child, and one that was left by longjmp
 *          ends with the one around it, or when it begins again.
 * Errors   none
 * Cost     While no section is open, a test where libtare takes memory, and nothing elsewhere. In
 *          one, some 10 ns an event under the tracker, however many are open.
 * Source   none
 *
 *     struct tare_section section;
 *
 *     tare_section_begin(&section, "parse");
 *     parse(text);
 *     tare_section_end(&section);
 *     assert_int_equal(section.counts.allocations, 0);
 */
#ifndef TARE_SECTION_H
#define TARE_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tare/api.h>

TARE_BEGIN

/* Complete when the section has ended, and void if the end was another section's. A resize is a free
 * and an allocation. */
struct tare_section_counts {
    uint64_t allocations, bytes;
    uint64_t frees, freed_bytes; /* of blocks from before the section, too */
    uint64_t peak_bytes; /* the most that was live at a time beyond what was at the begin */
    uint64_t objects,
        object_bytes; /* of pools and arenas: they lie in blocks counted above */
    uint64_t freed_objects;
};

struct tare_section {
    const char *name;
    struct tare_section_counts counts;
    struct tare_section *outer; /* of the same thread */
    bool is_tracked;            /* the tracker counts, not libtare */
};

/* Count the calling thread's events from now on; all counts are 0. */
TARE_API void tare_section_begin(struct tare_section *section, const char *name);

/* Count no more. Sections that were begun within this one and not ended are ended too. */
TARE_API void tare_section_end(struct tare_section *section);

/* Blocks and bytes that came and did not go; negative if more went than came. */
TARE_INLINE int64_t tare_section_live_blocks(const struct tare_section *section)
{
    return (int64_t)(section->counts.allocations - section->counts.frees);
}

TARE_INLINE int64_t tare_section_live_bytes(const struct tare_section *section)
{
    return (int64_t)(section->counts.bytes - section->counts.freed_bytes);
}

/* One line: the name and all counts. */
TARE_API void tare_section_print(const struct tare_section *section, FILE *out);

/* What one thread has done since it began. With the tracker, a thread that took the place of one that
 * ended has the latter's numbers in its own. */
struct tare_section_thread {
    uint64_t
        thread; /* its id as the system's gettid gives it; 0: threads that have ended */
    uint64_t allocations, bytes, frees, freed_bytes;
};

/* All threads that have allocated: up to `room` of them into `threads`; gives how many there are.
 * Other threads' numbers may be some events old. */
TARE_API size_t tare_section_threads(struct tare_section_thread *threads, size_t room);

/* A section that ends with its block, and is printed then on stderr. */
TARE_INLINE void tare_section_end_printed(struct tare_section *section)
{
    tare_section_end(section);
    tare_section_print(section, stderr);
}

#define TARE_SECTION_SCOPED(variable, name)                                          \
    struct tare_section variable __attribute__((cleanup(tare_section_end_printed))); \
    tare_section_begin(&variable, name)

/* The tracker's; NULL while it is absent. Not to be called but by libtare. */
extern bool tare_tracker_section_begin(struct tare_section *section) __attribute__((weak));
extern void tare_tracker_section_end(struct tare_section *section) __attribute__((weak));
extern size_t tare_tracker_threads(struct tare_section_thread *threads, size_t room)
    __attribute__((weak));

TARE_END

#endif
