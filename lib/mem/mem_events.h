/* SPDX-License-Identifier: MIT
 *
 * mem/mem_events.h - what each thread takes from the system's allocators through libtare.
 *
 * Shape    tare_mem -> tare__mem_note -> the thread's totals and its open sections
 * Units    blocks and bytes
 * Owner    The thread.
 * Threads  single owner; others read totals by relaxed loads, under the lock of the list.
 * Errors   none
 * Cost     Four additions a block; blocks of libtare's are slabs and chunks.
 * Source   none
 */
#ifndef TARE_MEM_MEM_EVENTS_H
#define TARE_MEM_MEM_EVENTS_H

#include <stddef.h>

#include <tare/section.h>

/* The innermost open section of the calling thread. */
extern __thread struct tare_section *tare__sections;

/* A block of old_bytes became one of new_bytes; 0: there was, or is, none. */
void tare__mem_note(size_t old_bytes, size_t new_bytes);

/* As tare_section_threads. */
size_t tare__mem_threads(struct tare_section_thread *threads, size_t room);

#endif
