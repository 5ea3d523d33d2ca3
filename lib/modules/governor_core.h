/* SPDX-License-Identifier: MIT
 *
 * modules/governor_core.h - what the files of the governors share.
 *
 * Shape    [struct tare_governor][ring][answers][grants][region: memory of the maps]
 *          The maps get their memory once, from the region, and never grow: a reset begins it anew.
 * Units    as tare/governor.h
 * Owner    the governor's memory
 * Threads  single owner
 * Errors   none
 * Cost     none
 * Source   none
 */
#ifndef TARE_MODULES_GOVERNOR_CORE_H
#define TARE_MODULES_GOVERNOR_CORE_H

#include <tare/governor.h>
#include <tare/map.h>

/* What is kept of a tenant; all-zero: nothing, as of one never seen. With the key of 4 bytes an entry
 * has 24: so it begins at any multiple of 4. */
struct tare__tenant {
    union {
        struct __attribute__((packed, aligned(4))) {
            uint32_t is_exceeded;
            int64_t used_until_ns; /* calendar: the window's number */
            int64_t used;          /* calendar only */
        } quota;
        struct __attribute__((packed, aligned(4))) {
            uint32_t version;
            uint64_t granted, detailed; /* detailed: a grant says more */
        } entitlement;
        struct __attribute__((packed, aligned(4))) {
            uint32_t has_due;
            int64_t owed, due_ns;
        } billing;
        struct __attribute__((packed, aligned(4))) {
            uint32_t version;
            int64_t until_ns; /* unpaid: of dunning */
            uint32_t plan;
            uint8_t state;
            bool is_trial, ends;
            uint8_t unused;
        } subscription;
        struct __attribute__((packed, aligned(4))) {
            uint32_t version : 28, state : 2, flags : 2;
            int64_t flagged_ns[TARE_GOVERNOR_FLAGS - 1]; /* the latest last */
        } compliance;
    };
};

#define TARE_MAP_NAME tare__tenants
#define TARE_MAP_KEY uint32_t
#define TARE_MAP_VALUE struct tare__tenant
#include <tare/map.h>

struct tare__grant {
    int64_t from_ns, until_ns; /* until 0: for ever */
    uint64_t value;
};

/* By tenant and feature. */
#define TARE_MAP_NAME tare__grants
#define TARE_MAP_KEY uint64_t
#define TARE_MAP_VALUE struct tare__grant
#include <tare/map.h>

/* An answer to a request with an id. */
struct tare__answer {
    uint64_t id[2];
    uint64_t content; /* hash of the request */
    struct tare_governor_decision decision;
};

/* In front of answers, which rotate; tags are of their ids, so that a look-up reads these alone. There are
 * as many as fill TARE__TAGS at a time. */
enum { TARE__TAGS = 16 };
struct tare__answers {
    uint32_t next, count;
    uint16_t tags[];
};

static inline size_t tare__answers_bytes(uint32_t most)
{
    size_t tags = ((size_t)most + TARE__TAGS - 1) / TARE__TAGS * TARE__TAGS;

    return sizeof(struct tare__answers) + tags * sizeof(uint16_t);
}

struct tare__governor_type;

struct tare_governor_policy {
    struct tare_governor_config config;
    const struct tare__governor_type *type;
    struct tare_mem *mem;
    size_t bytes;
    uint32_t ring_bytes, answers_at, list_at, grants_at, region_at;
    bool is_lossless;
    int64_t step_ns, full_ns; /* rolling quotas: of one unit, and of the burst */
    uint64_t inverse;         /* of a step: 2^64 / step_ns, rounded down */
};

struct tare_governor {
    struct tare_mem mem; /* the region's */
    const struct tare_governor_policy *policy;
    uint32_t region_used;
    uint8_t life; /* enum tare_governor_life */
    bool is_owner;
    int64_t last_ns;
    int64_t blank_ns; /* before this time no tenant is as if never seen */
    uint64_t denied, errors;
    struct tare__tenants tenants; /* begins a line of the cache */
    uint64_t replayed, stale_clocks;
};

enum {
    TARE__GOVERNOR_ALIGNMENT = 64,
    TARE__GOVERNOR_RING_AT = (sizeof(struct tare_governor) + TARE__GOVERNOR_ALIGNMENT - 1) &
                             -TARE__GOVERNOR_ALIGNMENT
};

/* One request on its way. */
struct tare__ask {
    struct tare_governor *governor;
    const struct tare_governor_policy *policy;
    const struct tare_governor_request *request;
    struct tare__tenant
        *tenant; /* not written where the answer is an error, or for a peek */
    int64_t now_ns;
    struct tare_governor_decision *decision; /* ALLOW, until it is said otherwise */
};

/* Times are from 0 to this, so that sums of two are no overflow. */
#define TARE__TIME_MOST (INT64_MAX / 2)

#define TARE__OP(op) (UINT32_C(1) << (op))

struct tare__governor_type {
    const char *name;
    uint32_t ops;
    uint32_t room_ops; /* which need room for the tenant before they are applied */
    uint32_t id_ops;   /* which need an id */
    int (*prepare)(struct tare_governor_policy *policy); /* is the config right? */
    int64_t (*apply)(
        struct tare__ask *ask); /* gives blank_from of what it made of the tenant */
    /* From when on it is as if never seen; INT64_MAX: as it is, never. */
    int64_t (*blank_from)(const struct tare_governor_policy *policy,
                          const struct tare__tenant *tenant);
    /* When its state changes by time, after now; INT64_MAX: never. */
    int64_t (*deadline)(const struct tare_governor *governor,
                        const struct tare__tenants_entry *entry, int64_t now_ns);
    /* Can a tenant be so, when the latest time was last_ns? */
    bool (*valid)(const struct tare_governor_policy *policy,
                  const struct tare__tenant *tenant, int64_t last_ns);
};

extern const struct tare__governor_type tare__governor_quota, tare__governor_entitlement,
    tare__governor_billing, tare__governor_subscription, tare__governor_compliance;

static inline void tare__deny(struct tare__ask *ask, enum tare_governor_reason reason)
{
    ask->decision->verdict = TARE_GOVERNOR_DENY;
    ask->decision->reason = (uint8_t)reason;
}

static inline void tare__refuse(struct tare__ask *ask, enum tare_governor_reason reason)
{
    ask->decision->verdict = TARE_GOVERNOR_ERROR;
    ask->decision->reason = (uint8_t)reason;
}

static inline bool tare__is_peek(const struct tare__ask *ask)
{
    return ask->request->op == TARE_GOVERNOR_PEEK;
}

/* Is it newer than what is known of the tenant? Otherwise the request is refused. */
static inline bool tare__is_newer(struct tare__ask *ask, uint32_t known)
{
    if (ask->request->version > known && ask->request->version >> 28 == 0)
        return true;
    tare__refuse(ask, TARE_GOVERNOR_STALE_VERSION);
    return false;
}

/* The sum, or the last moment there is. */
static inline int64_t tare__later(int64_t time_ns, int64_t by_ns)
{
    int64_t sum;

    return __builtin_add_overflow(time_ns, by_ns, &sum) ? INT64_MAX : sum;
}

static inline struct tare_ring *tare__ring_of(const struct tare_governor *governor)
{
    return (void *)((char *)(uintptr_t)governor + TARE__GOVERNOR_RING_AT);
}

static inline struct tare__answers *tare__answers(const struct tare_governor *governor)
{
    return (void *)((char *)(uintptr_t)governor + governor->policy->answers_at);
}

static inline struct tare__answer *tare__answer_list(const struct tare_governor *governor)
{
    return (void *)((char *)(uintptr_t)governor + governor->policy->list_at);
}

static inline struct tare__grants *tare__grants_of(const struct tare_governor *governor)
{
    return (void *)((char *)(uintptr_t)governor + governor->policy->grants_at);
}

/* Of a ring whose first event has this id. */
struct tare_ring_options
tare__governor_ring_options(const struct tare_governor_policy *policy, uint64_t first_id);

/* All-new, but for the ring. */
void tare__governor_begin(struct tare_governor *governor,
                          const struct tare_governor_policy *policy);

/* The answer to such a request, with TARE_GOVERNOR_REPLAYED; or an error; false: it is new. */
bool tare__answer_find(const struct tare_governor *governor,
                       const struct tare_governor_request *request, uint64_t content,
                       struct tare_governor_decision *decision);
/* It takes the oldest one's place. */
void tare__answer_put(struct tare_governor *governor, const struct tare__answer *answer);

/* Of all that a request asks, but for when. */
uint64_t tare__request_hash(const struct tare_governor_request *request);

/* The validator. */
bool tare__governor_valid(const struct tare_governor *governor);

#endif
