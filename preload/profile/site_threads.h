/* SPDX-License-Identifier: MIT
 *
 * profile/site_threads.h - a site's numbers, divided among the threads.
 *
 * Shape    site of a view -> its records, by process and slot
 * Units    As profile/process.h.
 * Owner    Caller owns the struct; fini frees the list.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     O(records of the site), and ordering them.
 * Source   none
 *
 * What is live counts for a thread that allocated it: what other threads freed is taken from those
 * that have something left, the lowest slots first. So no thread's number is negative, and the sum
 * is the site's.
 */
#ifndef TARE_PROFILE_SITE_THREADS_H
#define TARE_PROFILE_SITE_THREADS_H

#include "profile/view.h"

struct site_thread {
    const struct process *process;
    const struct thread *thread; /* NULL: of a slot that no thread is known of */
    uint32_t process_index, slot;
    struct counts counts;
    uint64_t slack_bytes; /* as of struct evidence */
};

struct site_threads {
    struct site_thread *list;
    uint32_t count, room;
};

int site_threads_read(struct site_threads *threads, const struct view *view,
                      const struct site *site);
void site_threads_fini(struct site_threads *threads);

#endif
