/* SPDX-License-Identifier: MIT
 *
 * mem/mem_events.h - what each thread takes from the system's allocators through libtare.
 *
 * Shape    tare_mem -> tare__mem_note -> the thread's totals and its open sections
 * Units    blocks and bytes
 * Owner    The thread.
 * Threads  single owner; others read totals by relaxed loads, under the lock of the list.
 * Errors   none
 * Cost     Two tests and two additions when a block comes and when it goes; blocks of libtare's are slabs and chunks.
 * Source   none
 */
#ifndef TARE_MEM_MEM_EVENTS_H
#define TARE_MEM_MEM_EVENTS_H

#include <stddef.h>

#include <tare/section.h>

/* The innermost open section of the calling thread. */
extern __thread struct tare_section *tare__sections;

/* What the calling thread did; `thread` is 0 until it is in the list. */
extern __thread struct tare_section_thread tare__mem_thread;

/* What follows for a thread that is not in the list, or has a section open. */
void tare__mem_note_slow(size_t old_bytes, size_t new_bytes);

/* Nobody else writes the number. */
static inline void tare__mem_add(uint64_t *number, uint64_t n)
{
    __atomic_store_n(number, *number + n, __ATOMIC_RELAXED);
}

static inline void tare__mem_count(struct tare_section_thread *counts, size_t old_bytes,
                                   size_t new_bytes)
{
    if (new_bytes) {
        tare__mem_add(&counts->allocations, 1);
        tare__mem_add(&counts->bytes, new_bytes);
    }
    if (old_bytes) {
        tare__mem_add(&counts->frees, 1);
        tare__mem_add(&counts->freed_bytes, old_bytes);
    }
}

/* A block of old_bytes became one of new_bytes; 0: there was, or is, none. */
static inline void tare__mem_note(size_t old_bytes, size_t new_bytes)
{
    if (TARE_UNLIKELY(!tare__mem_thread.thread || tare__sections))
        tare__mem_note_slow(old_bytes, new_bytes);
    else
        tare__mem_count(&tare__mem_thread, old_bytes, new_bytes);
}

/* As tare_section_threads. */
size_t tare__mem_threads(struct tare_section_thread *threads, size_t room);

#endif
