/* SPDX-License-Identifier: MIT
 *
 * tare/governor_policy.h - what governors are to hold to.
 *
 * Shape    config, by type -> policy: checked, with the numbers reckoned that all its governors share
 * Units    Times in nanoseconds; amounts in the currency's smallest unit; room in tenants, events, ...
 * Owner    The caller's, until it is destroyed; governors use it.
 * Threads  thread-safe: it does not change
 * Errors   -EINVAL, -ENOMEM. A failed call changes nothing.
 * Cost     Some 1 KiB for each policy, whatever number of governors has it.
 * Source   GCRA: ITU-T I.371
 */
#ifndef TARE_GOVERNOR_POLICY_H
#define TARE_GOVERNOR_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/mem.h>

TARE_BEGIN

enum tare_governor_type {
    TARE_GOVERNOR_QUOTA,
    TARE_GOVERNOR_ENTITLEMENT,
    TARE_GOVERNOR_BILLING,
    TARE_GOVERNOR_SUBSCRIPTION,
    TARE_GOVERNOR_COMPLIANCE,
    TARE_GOVERNOR_TYPES
};

/* Quota: at most `burst` at once and `limit` a period. ROLLING: each unit comes back period / limit
 * after it was used, rounded up (GCRA). DAY, MONTH: `limit` in each day or month of the calendar. */
enum tare_governor_window { TARE_GOVERNOR_ROLLING, TARE_GOVERNOR_DAY, TARE_GOVERNOR_MONTH };
struct tare_governor_quota {
    int64_t limit, period_ns;
    uint32_t burst; /* DAY, MONTH: the most for one request; 0: the limit */
    enum tare_governor_window window;
    bool
        is_soft; /* what is over is allowed, with TARE_GOVERNOR_OVER_LIMIT, and not carried over */
};

/* Entitlement: a closed list of features, each with its kind. The version is the tenant's, not a
 * feature's: its grants come in order, or as whole sets (REPLACE). */
enum { TARE_GOVERNOR_FEATURES = 64 };
enum tare_governor_feature {
    TARE_GOVERNOR_UNUSED,
    TARE_GOVERNOR_SWITCH, /* granted or not */
    TARE_GOVERNOR_VALUE,  /* granted with a value */
    TARE_GOVERNOR_METER   /* granted with the name of a quota that decides */
};
struct tare_governor_entitlement {
    uint8_t features[TARE_GOVERNOR_FEATURES]; /* enum tare_governor_feature */
    uint32_t
        grants; /* room for grants with a value or with times, of all tenants together */
};

/* Billing: CURRENT - owes, and it was due -> PAST_DUE - the grace is over -> ACCOUNT_CLOSED; when
 * nothing is owed any more -> CURRENT. Charges, payments and credits have an id each, and one that is
 * repeated counts once as long as it is among the latest .answers: so .answers is how many requests may come
 * between a request and its repetition. */
struct tare_governor_billing {
    int64_t credit_limit, grace_ns;
    uint16_t currency; /* as the caller numbers them */
};

/* Subscription: ACTIVE - its end passes -> UNPAID (a trial: CANCELED) - dunning is over -> CANCELED. */
struct tare_governor_subscription {
    int64_t dunning_ns;
};

/* Compliance: the first rule that fits decides; no rule: DENY. CLEAN - flag_limit flags within
 * flag_window_ns -> REVIEW; a DENY rule or report of severity CRITICAL -> STOPPED; CLEAR -> CLEAN. It is
 * lossless always. */
enum { TARE_GOVERNOR_RULES = 32, TARE_GOVERNOR_CRITICAL = 3, TARE_GOVERNOR_FLAGS = 3 };
enum tare_governor_compare {
    TARE_GOVERNOR_EQUAL,
    TARE_GOVERNOR_UNEQUAL,
    TARE_GOVERNOR_IN_MASK, /* bit `attribute` of value is set */
    TARE_GOVERNOR_LESS,
    TARE_GOVERNOR_AT_LEAST
};
enum tare_governor_effect {
    TARE_GOVERNOR_ALLOWS,
    TARE_GOVERNOR_FLAGS_IT,
    TARE_GOVERNOR_DENIES
};
struct tare_governor_rule {
    uint64_t value;
    uint8_t attribute; /* which one of the request; one that it lacks is 0 */
    uint8_t compare;   /* enum tare_governor_compare */
    uint8_t effect;    /* enum tare_governor_effect */
    uint8_t severity;  /* 0 to TARE_GOVERNOR_CRITICAL */
    bool in_review;    /* allows in review, too */
};
struct tare_governor_compliance {
    struct tare_governor_rule rules[TARE_GOVERNOR_RULES];
    uint32_t rule_count;
    uint32_t flag_limit; /* 1 to TARE_GOVERNOR_FLAGS; 0: flags lead to nothing */
    int64_t flag_window_ns;
};

struct tare_governor_config {
    enum tare_governor_type type;
    uint32_t tenants; /* the most at a time */
    uint32_t events;  /* the latest that are kept, 2 or more; lossless: not yet released */
    uint32_t
        answers; /* the latest that are remembered by id; 0: none. Billing needs some */
    /* Events have to be released (tare_ring_release), or requests are errors. But what begins anew after a
     * fault, under a supervisor or in a shard, has no events: its memory was not to be trusted. */
    bool is_lossless;
    bool is_shadow;
    bool is_closed; /* tenants are those of tare_governor_admit alone */
    uint64_t seed;  /* of the map of tenants; 0: one that nobody knows */
    union {
        struct tare_governor_quota quota;
        struct tare_governor_entitlement entitlement;
        struct tare_governor_billing billing;
        struct tare_governor_subscription subscription;
        struct tare_governor_compliance compliance;
    };
};

struct tare_governor_policy;

/* *policy is what the config says, over `mem` (NULL: the default). -EINVAL, -ENOMEM. */
TARE_API TARE_NODISCARD int
tare_governor_policy_create(struct tare_governor_policy **policy,
                            const struct tare_governor_config *config,
                            struct tare_mem *mem);

/* None of its governors is used any more. *policy is NULL then; NULL is nothing. */
TARE_API void tare_governor_policy_destroy(struct tare_governor_policy **policy);

TARE_API const struct tare_governor_config *
tare_governor_policy_config(const struct tare_governor_policy *policy);

TARE_END

#endif
