/* SPDX-License-Identifier: MIT
 *
 * shim/recorder.h - the recording state of one process.
 *
 * Shape    One page of private memory that a fork's child finds zeroed: it then starts anew, at
 *          its first event, with no lock held and nothing of its parent's.
 *              RECORDER_NEW -> STARTING -> ON | OFF
 * Units    none
 * Owner    The process.
 * Threads  thread-safe. `state` is stored with release order after all that it promises.
 * Errors   recorder_start leaves OFF: events then pass through unrecorded.
 * Cost     recorder_start: about 0.2 ms, once a process.
 * Source   none
 */
#ifndef TARE_SHIM_RECORDER_H
#define TARE_SHIM_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/compiler.h"
#include "shim/ledger.h"
#include "shim/lock.h"

enum recorder_state {
    RECORDER_NEW,
    RECORDER_STARTING,
    RECORDER_ON,
    RECORDER_OFF,
    RECORDER_BYPASSED, /* there is a ledger, which says that another allocator is used */
};

enum { QUIET_SITES = 8 };

struct module;
struct thread;

/* Memory that a signal handler that forks copies for the child: see fork.h. */
struct region {
    void *at;
    uint64_t bytes;
};

struct recorder {
    uint32_t state;
    uint32_t pid;     /* of the process that began it; 0: none has */
    struct lock lock; /* guards all below but `shared_lock`, and all growth of the ledger */
    struct ledger ledger;

    struct region old; /* a table that is being left */

    uint32_t *node_index; /* open addressing: node ids by (parent, ip, module) */
    uint32_t node_slots;  /* a power of two */
    uint32_t nodes;

    struct module *modules;
    uint32_t module_slots, module_count;
    bool modules_doubtful; /* something was unloaded while the lock was taken */

    struct thread *idle_threads; /* slots that wait for a next thread */
    uint32_t thread_slots;

    struct lock shared_lock; /* guards `shared` */
    struct thread *shared;   /* takes the events that no thread's own slot can take */

    /* Of shim/levels.h; the next one's time is read without the lock. */
    uint64_t next_level_ns, level_pause_ns;
    uint32_t levels; /* where they lie in the ledger; 0: there are none yet */
    uint32_t level_count;

    /* In a child that a signal handler forked in the middle of an event: the slot that the event
     * is of, while that has not ended; see fork.h. */
    struct thread *interrupted;

    /* Sites of what ld.so allocates for a starting thread. Freeing it unmaps nothing. */
    uint32_t quiet_sites[QUIET_SITES];
    uint32_t quiet_count;

    uint32_t trace_blocks;
    bool trace_ended; /* there was no room: atomic */

    /* The latest time that any thread has read, as a trace tells it: atomic. */
    _Alignas(128) uint64_t trace_now;
};

extern struct recorder *recorder;

/* What a table under the lock held moves elsewhere; NULL: it has moved. */
INLINE void recorder_leave_table(void *at, uint64_t bytes)
{
    COMPILER_BARRIER();
    recorder->old.at = NULL;
    COMPILER_BARRIER();
    recorder->old.bytes = bytes;
    COMPILER_BARRIER();
    recorder->old.at = at;
    COMPILER_BARRIER();
}

INLINE bool recorder_is_on(void)
{
    return recorder && __atomic_load_n(&recorder->state, __ATOMIC_ACQUIRE) == RECORDER_ON;
}

/* Begin recording in this process if that has not been tried; true when it is on. */
bool recorder_start(void);

/* RECORDER_BYPASSED no longer: the one in front of us passed something on. */
COLD void recorder_is_reached(void);

/* What loads libraries, and so waits for the loader to be ready: once, from a constructor. */
void recorder_finish_start(void);

/* The exit handlers run: say so in the ledger, and print what was asked for. */
void recorder_end(void);

/* An event that no record holds. */
void recorder_lost_event(void);

/* Add one to a shared counter of the header, of 4 or 8 bytes; within events or without. */
COLD void recorder_count(size_t offset, size_t bytes);

#define RECORDER_COUNT(COUNTER)                             \
    recorder_count(offsetof(struct ledger_header, COUNTER), \
                   sizeof((struct ledger_header *)NULL)->COUNTER)

/* The trailers' key of the `back`th process before this one in its line of forks; false if there
 * is none. */
bool recorder_key_before(uint32_t back, uint64_t *key);

#endif
