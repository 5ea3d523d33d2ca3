/* SPDX-License-Identifier: MIT
 *
 * tare/governor.h - policy machines: may this tenant do that now, and what is left of it?
 *
 * Shape    policy (what holds for all; made once) <- governor, governor, ...
 *          governor: [header][events: ring][answers by id][tenants: flat map]   one block, no growth
 *          request -> tenant's state, time -> decision, state, event
 * Units    Times in nanoseconds of the caller's clock (calendar windows: since 1970, UTC). Quantities
 *          and limits in the caller's units; amounts in the currency's smallest. Sizes in bytes.
 * Owner    Policies outlive their governors. A governor's memory is one block, the caller's (init) or
 *          its own (create): whoever gives it back or wipes it has given back all.
 * Threads  Single owner: one thread at a time a governor. Its events can be read by others meanwhile.
 *          Policies are thread-safe.
 * Errors   -EINVAL, -ENOMEM, -EBADMSG (snapshots). A failed call changes nothing. Requests are always
 *          answered: one that is wrong with TARE_GOVERNOR_ERROR and a reason, and changes nothing.
 * Cost     A request: one look into a map and one event of 32 bytes, some twenty nanoseconds; with
 *          answers by id some more. A full governor looks through its tenants when one may go.
 *          Memory: 16 tenants and 32 events are 2,048 bytes; an answer is 66 more.
 * Source   GCRA: ITU-T I.371; states and effects as described at each type.
 *
 *     struct tare_governor_config config = {
 *         .type = TARE_GOVERNOR_QUOTA, .tenants = 16, .events = 32,
 *         .quota = {.limit = 100, .period_ns = 60 * 1000000000LL, .burst = 20}};
 *     struct tare_governor_policy *policy;
 *     struct tare_governor *governor;
 *
 *     if (tare_governor_policy_create(&policy, &config, NULL) == 0 &&
 *         tare_governor_create(&governor, policy) == 0) {
 *         struct tare_governor_request request = {.op = TARE_GOVERNOR_CHECK, .tenant = 7,
 *                                                 .quantity = 1, .now_ns = now};
 *         struct tare_governor_decision decision;
 *         if (tare_governor_ask(governor, &request, &decision) == TARE_GOVERNOR_ALLOW)
 *             ...
 *     }
 *
 * Rules for all types
 *   Time     is the request's, never a clock's. It does not go back: one that is older than the latest
 *            counts as the latest, with TARE_GOVERNOR_STALE_CLOCK. What expires does so at the moment it
 *            is due, whenever it is looked at.
 *   Order    Each ALLOW and DENY has a seq, one more than the one before, and an event; but for peeks.
 *   Again    A request whose id was answered already, among the latest .answers, has the same answer,
 *            with TARE_GOVERNOR_REPLAYED, and changes nothing. The same id with another content is an
 *            error. Errors are not remembered. Beyond that window a request counts again.
 *   Shadow   All is evaluated; DENY becomes ALLOW with TARE_GOVERNOR_SHADOW, the reason stays.
 *   Room     A tenant that is as if never seen (nothing used, nothing owed) makes room for another.
 *   Same     The same policy, snapshot and requests with their times give the same snapshot, bit for bit.
 */
#ifndef TARE_GOVERNOR_H
#define TARE_GOVERNOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/governor_policy.h>
#include <tare/ring.h>

TARE_BEGIN

/* What is asked, and by which members of the request. */
enum tare_governor_op {
    TARE_GOVERNOR_CHECK, /* quota: quantity; entitlement: feature; billing: amount; subscription; compliance: attributes */
    TARE_GOVERNOR_PEEK,  /* as CHECK; nothing is used up, recorded or remembered */

    TARE_GOVERNOR_REFUND, /* quota: quantity */

    TARE_GOVERNOR_GRANT,   /* entitlement: feature, from_ns, until_ns, value, version */
    TARE_GOVERNOR_REVOKE,  /* entitlement: feature, version */
    TARE_GOVERNOR_REPLACE, /* entitlement: value: a bit for each feature, version. They are granted for ever; values stay */

    TARE_GOVERNOR_CHARGE,      /* billing: amount, currency, id */
    TARE_GOVERNOR_PAYMENT,     /* billing: amount, currency, id */
    TARE_GOVERNOR_CREDIT,      /* billing: amount, currency, id */
    TARE_GOVERNOR_INVOICE_DUE, /* billing: until_ns */

    TARE_GOVERNOR_ACTIVATE, /* subscription: plan, from_ns, until_ns, is_trial, version */
    TARE_GOVERNOR_RENEWED,  /* subscription: until_ns, version */
    TARE_GOVERNOR_PAYMENT_FAILED, /* subscription: version */
    TARE_GOVERNOR_CANCEL,         /* subscription: version */
    TARE_GOVERNOR_CANCEL_AT_END,  /* subscription: version */
    TARE_GOVERNOR_CHANGE_PLAN,    /* subscription: plan, version */

    TARE_GOVERNOR_REPORT, /* compliance: severity */
    TARE_GOVERNOR_CLEAR,  /* compliance: value: the reviewer, version */

    TARE_GOVERNOR_OPS
};

enum tare_governor_verdict { TARE_GOVERNOR_ALLOW, TARE_GOVERNOR_DENY, TARE_GOVERNOR_ERROR };

enum tare_governor_reason {
    TARE_GOVERNOR_OK,
    /* Denied. */
    TARE_GOVERNOR_OVER_QUOTA,
    TARE_GOVERNOR_NOT_GRANTED,
    TARE_GOVERNOR_NOT_YET,
    TARE_GOVERNOR_EXPIRED,
    TARE_GOVERNOR_OVER_CREDIT,
    TARE_GOVERNOR_ACCOUNT_SUSPENDED,
    TARE_GOVERNOR_NOT_SUBSCRIBED,
    TARE_GOVERNOR_RULE,
    TARE_GOVERNOR_NO_RULE,
    TARE_GOVERNOR_IN_REVIEW,
    TARE_GOVERNOR_BLOCKED,
    /* Errors. */
    TARE_GOVERNOR_UNKNOWN_OP,
    TARE_GOVERNOR_UNKNOWN_TENANT,
    TARE_GOVERNOR_UNKNOWN_FEATURE,
    TARE_GOVERNOR_TENANTS_FULL,
    TARE_GOVERNOR_GRANTS_FULL,
    TARE_GOVERNOR_BAD_QUANTITY,
    TARE_GOVERNOR_OVERFLOW,
    TARE_GOVERNOR_WRONG_CURRENCY,
    TARE_GOVERNOR_ID_MISSING,
    TARE_GOVERNOR_ID_CONFLICT,
    TARE_GOVERNOR_STALE_VERSION,
    TARE_GOVERNOR_WRONG_STATE,
    TARE_GOVERNOR_AUDIT_FULL,
    TARE_GOVERNOR_SUSPENDED,
    TARE_GOVERNOR_RESTARTING,
    TARE_GOVERNOR_REASONS
};

enum {
    TARE_GOVERNOR_REPLAYED = 1,
    TARE_GOVERNOR_SHADOW = 2,
    TARE_GOVERNOR_NEAR_LIMIT = 4, /* less than a fifth is left; past due */
    TARE_GOVERNOR_STALE_CLOCK = 8,
    TARE_GOVERNOR_OVER_LIMIT = 16, /* a soft quota allowed it nevertheless */
    TARE_GOVERNOR_FLAGGED = 32,    /* by a rule, or by a report */
    TARE_GOVERNOR_METERED = 64     /* the feature's quota decides: value names it */
};

/* What the caller has to do at other governors, with the decision's plan; also after the DENY of a CHECK
 * that finds a subscription ended by time. */
enum {
    TARE_GOVERNOR_SET_ENTITLEMENTS = 1,
    TARE_GOVERNOR_SET_QUOTA = 2,
    TARE_GOVERNOR_OPEN_ACCOUNT = 4
};

/* States of a tenant; the first one of each type is that of one never seen. */
enum tare_governor_state {
    TARE_GOVERNOR_WITHIN = 0,
    TARE_GOVERNOR_EXCEEDED = 1,

    TARE_GOVERNOR_NONE = 0, /* of a feature */
    TARE_GOVERNOR_GRANTED = 1,
    TARE_GOVERNOR_GRANT_EXPIRED = 2,

    TARE_GOVERNOR_CURRENT = 0,
    TARE_GOVERNOR_PAST_DUE = 1,
    TARE_GOVERNOR_ACCOUNT_CLOSED = 2,

    TARE_GOVERNOR_CANCELED = 0,
    TARE_GOVERNOR_ACTIVE = 1,
    TARE_GOVERNOR_UNPAID = 2,

    TARE_GOVERNOR_CLEAN = 0,
    TARE_GOVERNOR_REVIEW = 1,
    TARE_GOVERNOR_STOPPED = 2
};

struct tare_governor_request {
    int64_t now_ns;
    uint32_t tenant; /* a handle of tare/intern.h, or any other number */
    uint8_t op;      /* enum tare_governor_op */
    uint8_t severity;
    uint16_t feature;
    uint32_t quantity;
    uint32_t plan;
    uint32_t
        version; /* above the latest of its tenant: what comes late does not count; < 2^28 */
    uint16_t currency;
    bool is_trial;
    int64_t amount;
    uint64_t value;
    int64_t from_ns, until_ns;
    const uint64_t *attributes;
    uint32_t attribute_count;
    uint64_t id[2]; /* both 0: it has none */
};

struct tare_governor_decision {
    uint8_t verdict; /* enum tare_governor_verdict */
    uint8_t reason;  /* enum tare_governor_reason */
    uint8_t state_from, state_to;
    uint16_t flags;
    uint16_t effects;
    uint32_t plan;
    uint32_t unused;
    int64_t limit;
    int64_t remaining;
    int64_t retry_after_ns; /* when it will be allowed; -1: time does not help */
    int64_t reset_after_ns; /* when all is as if never used; -1: time does not help */
    uint64_t value;         /* of the feature; the number of the rule that decided */
    uint64_t seq;           /* of the event; not of errors and peeks */
};

struct tare_governor_event {
    int64_t time_ns;
    uint32_t seq; /* the lower half */
    uint32_t tenant;
    uint32_t quantity;
    int32_t remaining; /* at most what fits */
    uint8_t op, verdict, reason, state;
    uint16_t feature, flags;
};
TARE_RING_DEFINE(tare_governor_events, struct tare_governor_event);

struct tare_governor;

/* Bytes of a governor's memory. */
TARE_API size_t tare_governor_bytes(const struct tare_governor_policy *policy);

/* A governor without tenants in memory aligned to 64 bytes. -EINVAL: it is less than needed. */
TARE_API TARE_NODISCARD int tare_governor_init(struct tare_governor **governor,
                                               void *memory, size_t bytes,
                                               const struct tare_governor_policy *policy);

/* The same in memory of its own. -ENOMEM. */
TARE_API TARE_NODISCARD int tare_governor_create(struct tare_governor **governor,
                                                 const struct tare_governor_policy *policy);

/* Only what create made; *governor is NULL then. NULL is nothing. */
TARE_API void tare_governor_destroy(struct tare_governor **governor);

/* As new; seqs go on. Of a lossless one the events stay. Alone with the governor, as restore is: nobody
 * reads events meanwhile. O(1) and the bytes of the map's tags. */
TARE_API void tare_governor_reset(struct tare_governor *governor);

/* Decide; *decision is the answer, and its verdict is given too. */
TARE_API enum tare_governor_verdict
tare_governor_ask(struct tare_governor *governor,
                  const struct tare_governor_request *request,
                  struct tare_governor_decision *decision);

/* The same for `count` governors, one request and decision each, in this order; what the next ones need is
 * asked for beforehand, which pays when they are more than the caches hold. */
TARE_API void tare_governor_ask_many(struct tare_governor *const *governors,
                                     const struct tare_governor_request *requests,
                                     struct tare_governor_decision *decisions,
                                     size_t count);

/* A tenant that is not known yet gets room; where that is (is_closed) the only way to it.
 * -ENOSPC: there is no room. -EINVAL: the time. */
TARE_API TARE_NODISCARD int tare_governor_admit(struct tare_governor *governor,
                                                uint32_t tenant, int64_t now_ns);

/* Its events: a ring of struct tare_governor_event. */
TARE_API struct tare_ring *tare_governor_ring(struct tare_governor *governor);

/* The next time at which a state changes by time alone; INT64_MAX: none. O(tenants). */
TARE_API int64_t tare_governor_next_deadline(const struct tare_governor *governor);

/* Another policy of the same type and sizes from now on. Rolling quotas keep the share that is used. -EINVAL:
 * another window or currency, or one by which what tenants have cannot be: a feature that is none any more;
 * over other memory than the one that create took it from. */
TARE_API TARE_NODISCARD int
tare_governor_reconfigure(struct tare_governor *governor,
                          const struct tare_governor_policy *policy, int64_t now_ns);

enum tare_governor_life {
    TARE_GOVERNOR_RUNS,
    TARE_GOVERNOR_IS_SUSPENDED, /* requests are errors, until it is resumed */
    TARE_GOVERNOR_IS_FAULTED    /* requests are errors, until it is reset or restored */
};
TARE_API enum tare_governor_life tare_governor_life(const struct tare_governor *governor);
TARE_API void tare_governor_suspend(struct tare_governor *governor);
TARE_API void tare_governor_resume(struct tare_governor *governor); /* of suspended ones */
TARE_API void tare_governor_fault(struct tare_governor *governor);

struct tare_governor_stats {
    uint64_t answered; /* ALLOW and DENY, but for peeks */
    uint64_t denied, errors, replayed, stale_clocks;
    uint64_t tenants;
    int64_t last_ns; /* the latest time */
};
TARE_API void tare_governor_get_stats(const struct tare_governor *governor,
                                      struct tare_governor_stats *stats);

/* Bytes that a snapshot of it has at most. */
TARE_API size_t tare_governor_snapshot_bytes(const struct tare_governor_policy *policy);

/* All of its state, but for the policy, in `bytes` bytes at `snapshot`; gives how many. 0: too few. */
TARE_API TARE_NODISCARD size_t tare_governor_save(const struct tare_governor *governor,
                                                  void *snapshot, size_t bytes);

/* Its state is the snapshot's, and it runs. -EBADMSG: damaged, or not of such a policy. */
TARE_API TARE_NODISCARD int tare_governor_restore(struct tare_governor *governor,
                                                  const void *snapshot, size_t bytes);

/* Words for verdicts, reasons and ops; "?" for what is none. */
TARE_API const char *tare_governor_verdict_name(enum tare_governor_verdict verdict);
TARE_API const char *tare_governor_reason_name(enum tare_governor_reason reason);
TARE_API const char *tare_governor_op_name(enum tare_governor_op op);

TARE_END

#endif
