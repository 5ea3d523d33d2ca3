/* SPDX-License-Identifier: MIT
 *
 * tare/supervisor.h - governors that are started again when they fault, in this process.
 *
 * Shape    supervisor -> children, one_for_one: a fault of one is no other's affair
 *          child: governor, its latest snapshot, and how it is restarted
 *              runs - fault -> restarted from its snapshot -> runs
 *                   - faults too often -> the supervisor gives up, or it is quarantined
 * Units    Times in nanoseconds of the requests' clock. Restarts in restarts.
 * Owner    The supervisor owns its children and their memory. Policies are the caller's and outlive
 *          them, but for those of the base.
 * Threads  Single owner: one thread at a time a supervisor, with all its children. Their events can
 *          be read by others meanwhile.
 * Errors   -EINVAL, -ENOMEM, -ESHUTDOWN (it gave up). A failed call changes nothing. Requests are
 *          always answered, TARE_GOVERNOR_ERROR with TARE_GOVERNOR_RESTARTING where a fault was in
 *          the way.
 * Cost     A request: that of the governor, and some 6 nanoseconds where faults are caught. A restart:
 *          4 microseconds. Memory: the governor's and 88 bytes a child, with snapshots as much again.
 * Source   Erlang/OTP, "Supervisor Behaviour": one_for_one, maximum restart intensity.
 *
 *     struct tare_supervisor *supervisor;
 *     struct tare_supervisor_child *child;
 *     struct tare_supervisor_spec spec = {.policy = policy, .snapshot_every = 100};
 *
 *     if (tare_supervisor_create(&supervisor, NULL) == 0 &&
 *         tare_supervisor_add(supervisor, &spec, &child) == 0)
 *         verdict = tare_supervisor_ask(child, &request, &decision);
 *
 * The rule
 *     Of a restart at time t: if max_restarts others were in [t - period_ns, t], it is one too many.
 *     The supervisor gives up: all its children end, and who has it is to see to that. With
 *     is_quarantining the rule is held against each child alone, and only that one is shut out.
 *
 * What is caught
 *     With is_guarded a SIGSEGV, SIGBUS, SIGFPE, SIGILL or abort() amid a request, of the thread that
 *     asks, is a fault of its governor. The first such supervisor sets handlers of these signals, the
 *     last one takes them back; signals that are not for it go to the handler that was there before.
 *     It is the best that can be done inside one process: what else the fault has written over stays
 *     so, and a full stack is caught only where the thread has an alternate one. For governors that
 *     must survive anything there are processes of their own: tare/shard.h.
 */
#ifndef TARE_SUPERVISOR_H
#define TARE_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/governor.h>

TARE_BEGIN

struct tare_supervisor;
struct tare_supervisor_child;

struct tare_supervisor_options {
    uint32_t max_restarts; /* 0: the first fault is one too many; at most 65,536 */
    int64_t period_ns;     /* above 0 */
    bool is_quarantining;
    bool is_guarded;
    bool is_bare; /* without the governors of the base */
    struct tare_mem *mem;
};

/* It has the five governors of the base: one of each type, permanent. Options NULL: one restart in
 * 5 seconds, guarded. -EINVAL, -ENOMEM. */
TARE_API TARE_NODISCARD int
tare_supervisor_create(struct tare_supervisor **supervisor,
                       const struct tare_supervisor_options *options);

/* Its children are gone, too. *supervisor is NULL then; NULL is nothing. */
TARE_API void tare_supervisor_destroy(struct tare_supervisor **supervisor);

/* After a fault all but temporary ones are restarted; after a normal end permanent ones. Who is not
 * restarted has ended. */
enum tare_supervisor_restart {
    TARE_SUPERVISOR_PERMANENT,
    TARE_SUPERVISOR_TRANSIENT,
    TARE_SUPERVISOR_TEMPORARY
};

struct tare_supervisor_spec {
    const struct tare_governor_policy *policy;
    enum tare_supervisor_restart restart;
    uint32_t snapshot_every; /* recorded requests; 0: when it is told to */
};

/* Start a governor. -EINVAL, -ENOMEM, -ESHUTDOWN. O(1). */
TARE_API TARE_NODISCARD int tare_supervisor_add(struct tare_supervisor *supervisor,
                                                const struct tare_supervisor_spec *spec,
                                                struct tare_supervisor_child **child);

/* Its memory is given back; *child is NULL then. NULL is nothing. O(1). */
TARE_API void tare_supervisor_remove(struct tare_supervisor_child **child);

/* The one of this type: 100 a minute, 20 at once; 64 switches; no credit, a day of grace; a week of
 * dunning; no rules, which is to say DENY. 16 tenants and 32 events each. NULL: it is bare, or the
 * child was removed. */
TARE_API struct tare_supervisor_child *
tare_supervisor_base(const struct tare_supervisor *supervisor,
                     enum tare_governor_type type);

/* As tare_governor_ask. TARE_GOVERNOR_RESTARTING: it faulted amid this, or is in quarantine;
 * TARE_GOVERNOR_SUSPENDED: it has ended. */
TARE_API enum tare_governor_verdict
tare_supervisor_ask(struct tare_supervisor_child *child,
                    const struct tare_governor_request *request,
                    struct tare_governor_decision *decision);

/* The governor, at the same place until its child is removed. */
TARE_API struct tare_governor *
tare_supervisor_governor(struct tare_supervisor_child *child);

/* A restart goes back to what it is now. -ENOMEM; -EINVAL: it does not run; -EFAULT: it faulted. */
TARE_API TARE_NODISCARD int tare_supervisor_snapshot(struct tare_supervisor_child *child,
                                                     int64_t now_ns);

/* The caller found a fault in it, or it has come to its normal end. Of one that does not run: nothing. */
TARE_API void tare_supervisor_fault(struct tare_supervisor_child *child, int64_t now_ns);
TARE_API void tare_supervisor_finish(struct tare_supervisor_child *child, int64_t now_ns);

/* Out of quarantine, from its snapshot, and its restarts are forgotten. Of others: nothing. */
TARE_API void tare_supervisor_readmit(struct tare_supervisor_child *child);

enum tare_supervisor_state {
    TARE_SUPERVISOR_RUNS,
    TARE_SUPERVISOR_IN_QUARANTINE,
    TARE_SUPERVISOR_HAS_ENDED
};
TARE_API enum tare_supervisor_state
tare_supervisor_state_of(const struct tare_supervisor_child *child);

struct tare_supervisor_stats {
    size_t children; /* with those that ended and were not removed */
    uint64_t faults, restarts;
    uint64_t restored;         /* restarts from a snapshot; the others began anew */
    uint64_t quarantined;      /* times that a child was */
    uint64_t missed_snapshots; /* for which there was no memory */
    bool gave_up;
};
TARE_API void tare_supervisor_get_stats(const struct tare_supervisor *supervisor,
                                        struct tare_supervisor_stats *stats);

TARE_END

#endif
