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

/* An answer to a request with an id, in a line of the cache. A decision has a limit and what remains of it,
 * or a value and a plan: it depends on the type. */
struct tare__answer {
    uint64_t id[2];
    uint32_t content; /* of a hash of the request */
    uint32_t words;   /* verdict, reason, states, effects, flags: 2, 6, 2, 2, 4, 16 bits */
    uint64_t limit_or_value, remaining_or_plan;
    int64_t retry_after_ns, reset_after_ns;
    uint64_t seq;
};
TARE__ASSERT(sizeof(struct tare__answer) == 64, "an answer is a line of the cache");
TARE__ASSERT(TARE_GOVERNOR_REASONS <= 64, "a reason has 6 bits of an answer's words");

/* In front of the answers, which rotate: a tag of each one's id, so that a look-up reads these alone. */
enum { TARE__TAGS = 8 };
typedef uint16_t tare__tags __attribute__((vector_size(TARE__TAGS * sizeof(uint16_t))));

static inline size_t tare__tags_count(uint32_t answers)
{
    return ((size_t)answers + TARE__TAGS - 1) / TARE__TAGS;
}

struct tare__governor_type;

typedef enum tare_governor_verdict
tare__governor_asker(struct tare_governor *governor,
                     const struct tare_governor_request *request,
                     struct tare_governor_decision *decision);

struct tare_governor_policy {
    tare__governor_asker *ask; /* the type's check, or tare__governor_ask_any */
    const struct tare__governor_type *type;
    int64_t step_ns, full_ns; /* rolling quotas: of one unit, and of the burst */
    uint64_t inverse;         /* of a step: 2^64 / step_ns, rounded down */
    bool is_lossless;
    struct tare_governor_config config;
    struct tare_mem *mem;
    size_t bytes;
    uint32_t ring_bytes, tags_at, answers_at, grants_at, region_at;
};

/* What a check needs of it is in its first line of the cache. */
struct tare_governor {
    const struct tare_governor_policy *policy;
    int64_t last_ns;
    uint64_t denied;
    uint16_t next_answer; /* whose place is the next one's */
    bool has_all_answers; /* none of their places is free */
    uint8_t life;         /* enum tare_governor_life */
    bool is_owner;
    struct tare__tenants tenants;
    int64_t blank_ns; /* before this time no tenant is as if never seen */
    uint64_t errors, replayed, stale_clocks;
    struct tare_mem mem; /* the region's */
    uint32_t region_used;
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
    tare__governor_asker *check;          /* is tare__governor_check with the rules */
    void (*apply)(struct tare__ask *ask); /* the rules */
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

static inline tare__tags *tare__tags_of(const struct tare_governor *governor)
{
    return (void *)((char *)(uintptr_t)governor + governor->policy->tags_at);
}

static inline struct tare__answer *tare__answer_list(const struct tare_governor *governor)
{
    return (void *)((char *)(uintptr_t)governor + governor->policy->answers_at);
}

static inline struct tare__grants *tare__grants_of(const struct tare_governor *governor)
{
    return (void *)((char *)(uintptr_t)governor + governor->policy->grants_at);
}

/* Decide, whatever is asked. */
tare__governor_asker tare__governor_ask_any;

/* The decision is an error, for its reason. */
enum tare_governor_verdict tare__governor_error(struct tare_governor *governor,
                                                struct tare_governor_decision *decision);

/* Of a ring whose first event has this id. */
struct tare_ring_options
tare__governor_ring_options(const struct tare_governor_policy *policy, uint64_t first_id);

/* All-new, but for the ring. */
void tare__governor_begin(struct tare_governor *governor,
                          const struct tare_governor_policy *policy);

static inline uint32_t tare__answers_count(const struct tare_governor *governor)
{
    return governor->has_all_answers ? governor->policy->config.answers
                                     : governor->next_answer;
}

static inline uint16_t tare__id_tag(const uint64_t id[2])
{
    return (uint16_t)tare_hash_integer(id[0] ^ id[1] << 1, 0);
}

/* NULL: this id is none of the latest. */
const struct tare__answer *tare__answer_find(const struct tare_governor *governor,
                                             const uint64_t id[2]);
struct tare_governor_decision tare__answer_get(const struct tare_governor *governor,
                                               const struct tare__answer *answer);
/* In the oldest one's place, which is its caller's to fill, all of it. */
static inline struct tare__answer *tare__answer_put(struct tare_governor *governor,
                                                    const uint64_t id[2])
{
    uint32_t at = governor->next_answer;
    bool is_last = at + 1 == governor->policy->config.answers;

    ((uint16_t *)(void *)tare__tags_of(governor))[at] = tare__id_tag(id);
    governor->next_answer = is_last ? 0 : (uint16_t)(at + 1);
    governor->has_all_answers |= is_last;
    return &tare__answer_list(governor)[at];
}

/* Of all that a request asks, but for when. */
uint32_t tare__request_hash(const struct tare_governor_request *request);

/* The validator. */
bool tare__governor_valid(const struct tare_governor *governor);

#endif
