/* SPDX-License-Identifier: MIT
 *
 * shim/fork.h - a signal handler interrupts an event, forks, and returns in the child.
 *
 * Shape    In a child the ledger is not mapped and the recorder's memory is zero, and yet the event
 *          goes on there. So before the fork the thread copies what its event may touch. The child
 *          gets it back where it was, the ledger's part as private memory, and ends the event with
 *          it. Till then it records nothing else; then it begins as every child does.
 * Units    bytes
 * Owner    The thread that forks owns the copy, in both processes.
 * Threads  fork_prepare and what follows it: the thread that forks; async-signal-safe.
 * Errors   Without memory for the copy, or when the ledger's place is taken in the child, the child
 *          is left as it is: it may exec, exit and allocate, but not return into the event.
 * Cost     Some compares for a fork elsewhere. In an event, a copy of the ledger.
 * Source   none
 *
 * Most events are interrupted while the allocator behind us works, and are then not between
 * thread_enter and thread_leave. For those nothing is copied: what they do next leads them to look at
 * their slot, and in the child that is zero (thread_has_slot). So it is in a child of the bare system
 * call, which does not come by here: it may return into the allocator, but not into the recording of
 * an event.
 */
#ifndef TARE_SHIM_FORK_H
#define TARE_SHIM_FORK_H

#include <stdbool.h>

/* As pthread_atfork's handlers. */
void fork_prepare(void);
void fork_in_parent(void);
void fork_in_child(void);

/* The recorder tells of an interrupted event: has that still not ended? If it has, or was left by
 * longjmp, what was kept for it is gone now, and the recorder new. `here`: a frame of the caller's. */
bool fork_is_within_event(const void *here);

#endif
