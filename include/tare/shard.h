/* SPDX-License-Identifier: MIT
 *
 * tare/shard.h - governors in a process of their own, which may be killed at any moment.
 *
 * Shape    program  - requests ->  port  <- decisions -  shard process
 *             keeper process: waits for the shard, and starts another one by the rule of
 *             tare/supervisor.h
 *          shared memory: [ports][the undo image][governors], at one address in all of them
 * Units    Times of the rule in nanoseconds of the system's clock; room in governors and ports.
 * Owner    The caller owns shard, ports and policies; policies are there before the shard, and outlive
 *          it. The governors' memory is the shard's.
 * Threads  thread-safe, but for create and destroy, which must be alone with the shard. A port: single
 *          owner. All in the process that made the shard, not in its children.
 * Errors   create: -EINVAL, -ENOMEM, or what the system says of processes. add: -ENOSPC. -ESHUTDOWN:
 *          it gave up. A failed call changes nothing. Requests are always answered.
 * Cost     A request to the shard and its decision back, 0.3 microseconds while both sides are at
 *          work; less than 0.1 each in batches. Who waits spins for 20 microseconds, then sleeps.
 *          A restart: a millisecond. Memory: the governor's and 64 bytes, with snapshots three times
 *          as much; 16 KiB a port.
 * Source   none
 *
 *     const struct tare_governor_policy *policies[] = {policy};
 *     struct tare_shard_options options = {.policies = policies, .policy_count = 1, .governors = 100,
 *                                          .ports = 4, .max_restarts = 3, .period_ns = 5000000000};
 *     struct tare_shard *shard;
 *     struct tare_shard_port *port;
 *     uint32_t governor;
 *
 *     if (tare_shard_create(&shard, &options) == 0 && tare_shard_open(shard, &port) == 0 &&
 *         tare_shard_add(shard, policy, &governor) == 0)
 *         verdict = tare_shard_ask(port, governor, &request, &decision);
 *
 * What survives what
 *     The process is killed: everything. A request that was answered is in the governor's state, one
 *     that was not is done again from the state before it: none is lost, none counts twice.
 *     A request that makes the process fault: it is answered with TARE_GOVERNOR_RESTARTING, as if it
 *     had not been asked. From then on each governor is looked at before it is used again; one that is
 *     damaged goes back to its latest snapshot, or begins anew.
 *     A request that never ends, or a fault that writes over the shard's own tables: nothing does.
 *     The program ends: the shard ends with it. tare_shard_save and tare/codec.h keep states in files.
 */
#ifndef TARE_SHARD_H
#define TARE_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/governor.h>

TARE_BEGIN

struct tare_shard;
struct tare_shard_port;

enum {
    TARE_SHARD_PORTS = 64,      /* at most */
    TARE_SHARD_ATTRIBUTES = 8,  /* of a request; with more it is an error, OVERFLOW */
    TARE_SHARD_POLICIES = 1024, /* at most */
};

struct tare_shard_options {
    const struct tare_governor_policy *const *policies; /* of all governors to come */
    uint32_t policy_count;
    uint32_t governors; /* at most at a time; each has the room of the largest policy */
    uint32_t ports;     /* at most at a time */
    uint32_t max_restarts;
    int64_t period_ns;
    uint32_t snapshot_every; /* requests to a governor; 0: there are no snapshots */
    struct tare_mem *mem;    /* for what is not shared; NULL: the default */
};

/* Start the processes; it has no governors yet. -EINVAL, -ENOMEM, -EAGAIN. */
TARE_API TARE_NODISCARD int tare_shard_create(struct tare_shard **shard,
                                              const struct tare_shard_options *options);

/* Processes and governors are gone, and *shard is NULL; NULL is nothing. */
TARE_API void tare_shard_destroy(struct tare_shard **shard);

/* A new governor, by number. -EINVAL: the policy is none of its own; -ENOSPC, -ESHUTDOWN. */
TARE_API TARE_NODISCARD int tare_shard_add(struct tare_shard *shard,
                                           const struct tare_governor_policy *policy,
                                           uint32_t *governor);

/* Its number may be another's from now on. -EINVAL: there is none; -ESHUTDOWN. */
TARE_API int tare_shard_remove(struct tare_shard *shard, uint32_t governor);

/* A port of one thread. -ENOSPC. */
TARE_API TARE_NODISCARD int tare_shard_open(struct tare_shard *shard,
                                            struct tare_shard_port **port);
TARE_API void tare_shard_close(struct tare_shard_port **port);

/* As tare_governor_ask. TARE_GOVERNOR_RESTARTING: the process faulted amid this;
 * TARE_GOVERNOR_SUSPENDED: there is no such governor, or the shard gave up or lost its keeper. */
TARE_API enum tare_governor_verdict
tare_shard_ask(struct tare_shard_port *port, uint32_t governor,
               const struct tare_governor_request *request,
               struct tare_governor_decision *decision);

/* `count` of them, in their order: request i to governors[i]. Those to the same governor are best one
 * behind the other. */
TARE_API void tare_shard_ask_batch(struct tare_shard_port *port, const uint32_t *governors,
                                   const struct tare_governor_request *requests,
                                   struct tare_governor_decision *decisions, size_t count);

/* As tare_governor_save and _restore, by the shard's process; save gives 0 where there is no such
 * governor as well. restore: -EBADMSG, -EINVAL: there is none; -ESHUTDOWN. */
TARE_API TARE_NODISCARD size_t tare_shard_save(struct tare_shard *shard, uint32_t governor,
                                               void *snapshot, size_t bytes);
TARE_API TARE_NODISCARD int tare_shard_restore(struct tare_shard *shard, uint32_t governor,
                                               const void *snapshot, size_t bytes);

/* A governor's events, to be read (and released) meanwhile; after a restart some that were not
 * answered yet may be there once more. NULL: there is none. */
TARE_API struct tare_ring *tare_shard_ring(struct tare_shard *shard, uint32_t governor);

struct tare_shard_stats {
    int process; /* the shard's, another one after each restart; 0: it has not begun */
    uint32_t restarts;
    uint32_t undone;   /* times that requests were done again */
    uint32_t restored; /* governors that were damaged, and went back to a snapshot */
    uint32_t wiped;    /* likewise, and had none */
    bool gave_up;
};
TARE_API void tare_shard_get_stats(const struct tare_shard *shard,
                                   struct tare_shard_stats *stats);

TARE_END

#endif
