/* SPDX-License-Identifier: MIT
 *
 * modules/shard_core.h - what a shard's processes share.
 *
 * Shape    struct tare_shard: each process's own, of the same content since the fork
 *          shared memory: [shared][ports][undo image][transfer][slots], slot: [tare__slot][governor][2 snapshots]
 * Units    Requests of a port are counted by ids; id stands in entry id % ENTRIES.
 * Owner    the program's struct tare_shard
 * Threads  A port's asked and entries are the program's until they are asked, then the shard's until
 *          they are answered.
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_MODULES_SHARD_CORE_H
#define TARE_MODULES_SHARD_CORE_H

#include <pthread.h>
#include <sys/types.h>

#include <tare/shard.h>

#include "modules/restarts.h"

enum { TARE__ENTRIES = 64, TARE__RUN = 32 };

enum tare__entry_kind {
    TARE__ASK,
    TARE__NOTHING, /* the decision is there already */
    TARE__ADD,
    TARE__REMOVE,
    TARE__SAVE,   /* to the transfer */
    TARE__RESTORE /* from there */
};

struct tare__entry {
    _Alignas(64) uint32_t kind;
    uint32_t governor;
    struct tare_governor_request request;
    _Alignas(64) struct tare_governor_decision decision;
    _Alignas(64) union {
        uint64_t attributes[TARE_SHARD_ATTRIBUTES];
        struct {
            const struct tare_governor_policy *policy;
            size_t bytes;
            int result;
        } control;
    };
};

struct tare_shard_port {
    _Alignas(64) uint64_t asked;    /* ids below it; the program's */
    uint32_t is_waiting;            /* a futex: the program sleeps on it */
    struct tare_shard *shard;       /* the program's */
    _Alignas(64) uint64_t answered; /* ids below it; the shard's */
    struct tare__entry entries[TARE__ENTRIES];
};

/* The state of a governor before requests that are being applied; see shard_undo.c. */
struct tare__undo {
    uint32_t is_valid;
    uint32_t governor, port;
    uint32_t at; /* which one of the run is being applied */
    uint64_t first;
};

struct tare__shared {
    _Alignas(64) uint32_t is_sleeping; /* a futex: the shard sleeps on it */
    _Alignas(64) uint32_t is_over;
    uint32_t process, restarts, undone, restored, wiped;
    uint32_t epoch; /* counts faults: governors are to be looked at once after each */
    uint32_t is_after_fault; /* the process before this one faulted */
    uint32_t has_poison, poison_port;
    uint64_t poison_id; /* the request that it faulted with */
    struct tare__undo undo;
};

struct tare__slot {
    _Alignas(64) const struct tare_governor_policy *policy; /* NULL: no governor */
    uint32_t epoch;                                         /* of the latest look at it */
    uint32_t is_broken;                                     /* it is being made anew */
    uint32_t until_snapshot;
    uint32_t newest; /* snapshot */
    size_t snapshot_bytes[2];
};

struct tare_shard {
    struct tare__shared *shared;
    struct tare_shard_port
        *ports; /* the last one is the shard's own, for all that is no request */
    void *image, *transfer;
    char *slots;
    size_t bytes, slot_bytes, governor_bytes, snapshot_bytes;
    struct tare_shard_options options; /* policies: a copy */
    struct tare__rule rule;

    /* The program's alone. */
    pthread_mutex_t lock;
    uint64_t open_ports; /* bits */
    uint32_t *free;      /* numbers of governors, a stack */
    uint32_t free_count;
    pid_t keeper;
    int keeper_fd;
};

static inline struct tare__slot *tare__slot(const struct tare_shard *shard, uint32_t number)
{
    return (void *)(shard->slots + number * shard->slot_bytes);
}

static inline struct tare_governor *tare__slot_governor(const struct tare__slot *slot)
{
    return (struct tare_governor *)(uintptr_t)(slot + 1);
}

static inline void *tare__slot_snapshot(const struct tare_shard *shard,
                                        const struct tare__slot *slot, uint32_t which)
{
    return (char *)(uintptr_t)(slot + 1) + shard->governor_bytes +
           which * shard->snapshot_bytes;
}

static inline struct tare__entry *tare__entry(struct tare_shard_port *port, uint64_t id)
{
    return &port->entries[id % TARE__ENTRIES];
}

void tare__refuse_with(struct tare_governor_decision *decision,
                       enum tare_governor_reason reason);

/* Of futexes that processes share. wait: not at all where it is not `value`, and at most a tenth of a
 * second if is_limited. */
void tare__futex_wait(uint32_t *futex, uint32_t value, bool is_limited);
void tare__futex_wake(uint32_t *futex);

/* A flag is changed by exchanges alone, which are in one order: an exchange of who goes to sleep comes
 * after that of who wakes, and then he sees all that was stored before that one, and looks once more; or
 * it comes before, and is found and undone, and he is woken. */
static inline void tare__wake_sleeper(uint32_t *is_sleeping)
{
    if (__atomic_exchange_n(is_sleeping, 0, __ATOMIC_ACQ_REL))
        tare__futex_wake(is_sleeping);
}

static inline void tare__about_to_sleep(uint32_t *is_sleeping)
{
    (void)__atomic_exchange_n(is_sleeping, 1, __ATOMIC_ACQ_REL);
}

static inline void tare__awake(uint32_t *is_sleeping)
{
    (void)__atomic_exchange_n(is_sleeping, 0, __ATOMIC_ACQ_REL);
}

static inline void tare__pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Has it been waited for long enough to sleep? Asked again and again. */
struct tare__spin {
    uint32_t turns;
    int64_t until_ns;
};
bool tare__spin_is_over(struct tare__spin *spin);

/* Before and after `count` requests from `first` on are applied; see shard_undo.c. */
void tare__undo_begin(struct tare_shard *shard, struct tare__slot *slot, uint32_t governor,
                      uint32_t port, uint64_t first);
void tare__undo_commit(struct tare_shard_port *port, uint64_t answered);
/* What a process that ended has left; at the begin of the next one. */
void tare__undo_recover(struct tare_shard *shard);
/* At the first use after a fault: a damaged one is made anew. */
void tare__slot_check(struct tare_shard *shard, struct tare__slot *slot);
void tare__slot_snapshot_take(struct tare_shard *shard, struct tare__slot *slot);

/* The processes. work does not return. */
int tare__keeper_start(struct tare_shard *shard);
void tare__shard_work(struct tare_shard *shard);

/* Hand over what is in the port's entries below `asked`, and wait until all of it is answered; false:
 * it will not be. */
bool tare__port_ask(struct tare_shard_port *port, uint64_t asked);

#endif
