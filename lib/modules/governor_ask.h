/* SPDX-License-Identifier: MIT
 *
 * modules/governor_ask.h - the last steps of a request, and the short way of a check.
 *
 * Shape    room for an event? -> ... -> shadow -> event -> answer kept
 *          The short way, which each type makes once with its rules, is for a CHECK that is new, of a
 *          tenant that is known, at a governor that runs and has room for the event. All else goes
 *          the long way, tare__governor_ask_any, which does the same where both can go.
 * Units    as tare/governor.h
 * Owner    none
 * Threads  single owner
 * Errors   the decision's
 * Cost     five lines of the cache: the governor's first, the ring's, the event's, the map's tags, the
 *          tenant's
 * Source   none
 */
#ifndef TARE_MODULES_GOVERNOR_ASK_H
#define TARE_MODULES_GOVERNOR_ASK_H

#include "modules/governor_core.h"

static inline int32_t tare__clamped(int64_t number)
{
    return number > INT32_MAX   ? INT32_MAX
           : number < INT32_MIN ? INT32_MIN
                                : (int32_t)number;
}

/* An event in words: the ring copies words, and a processor waits for those that were stored in pieces. */
TARE__ASSERT(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ &&
                 sizeof(struct tare_governor_event) == 32 &&
                 offsetof(struct tare_governor_event, tenant) == 12 &&
                 offsetof(struct tare_governor_event, remaining) == 20 &&
                 offsetof(struct tare_governor_event, state) == 27 &&
                 offsetof(struct tare_governor_event, flags) == 30,
             "the words below are the event's");

static inline void tare__record(struct tare__ask *ask)
{
    struct tare_governor_decision *decision = ask->decision;
    const struct tare_governor_request *request = ask->request;
    struct tare_ring *ring = tare__ring_of(ask->governor);
    const uint64_t words[] = {
        (uint64_t)ask->now_ns,
        (uint32_t)tare_ring_next(ring) | (uint64_t)request->tenant << 32,
        request->quantity | (uint64_t)(uint32_t)tare__clamped(decision->remaining) << 32,
        request->op | (uint64_t)decision->verdict << 8 | (uint64_t)decision->reason << 16 |
            (uint64_t)decision->state_to << 24 | (uint64_t)request->feature << 32 |
            (uint64_t)decision->flags << 48,
    };

    decision->seq = tare__ring_push_one(ring, words, sizeof words);
    ask->governor->denied += decision->verdict == TARE_GOVERNOR_DENY;
    ask->governor->last_ns = ask->now_ns;
}

/* A shadow denies nobody, and says whom it would have. */
static inline void tare__shadow(struct tare__ask *ask)
{
    if (ask->decision->verdict == TARE_GOVERNOR_DENY && ask->policy->config.is_shadow) {
        ask->decision->verdict = TARE_GOVERNOR_ALLOW;
        ask->decision->flags |= TARE_GOVERNOR_SHADOW;
    }
}

/* Will the event be taken? */
static inline bool tare__has_event_room(const struct tare__ask *ask)
{
    const struct tare_ring *ring = tare__ring_of(ask->governor);

    return !ask->policy->is_lossless ||
           tare_ring_next(ring) - tare_ring_low(ring) < ask->policy->config.events;
}

/* Keep a decision. */
static inline void tare__answer_keep(struct tare_governor *governor,
                                     const struct tare_governor_request *request,
                                     uint32_t content,
                                     const struct tare_governor_decision *decision)
{
    *tare__answer_put(governor, request->id) = (struct tare__answer){
        .id = {request->id[0], request->id[1]},
        .content = content,
        .words = decision->verdict | (uint32_t)decision->reason << 2 |
                 (uint32_t)decision->state_from << 8 | (uint32_t)decision->state_to << 10 |
                 (uint32_t)decision->effects << 12 | (uint32_t)decision->flags << 16,
        .limit_or_value = (uint64_t)decision->limit | decision->value,
        .remaining_or_plan = (uint64_t)decision->remaining | decision->plan,
        .retry_after_ns = decision->retry_after_ns,
        .reset_after_ns = decision->reset_after_ns,
        .seq = decision->seq};
}

/* `apply` is the type's, for checks. */
TARE_ALWAYS_INLINE enum tare_governor_verdict
tare__governor_check(void (*apply)(struct tare__ask *ask), struct tare_governor *governor,
                     const struct tare_governor_request *request,
                     struct tare_governor_decision *decision)
{
    struct tare_governor_decision made = {.retry_after_ns = -1, .reset_after_ns = -1};
    struct tare__ask ask = {.governor = governor,
                            .policy = governor->policy,
                            .request = request,
                            .now_ns = request->now_ns,
                            .decision = &made};
    bool is_remembered = (request->id[0] | request->id[1]) && ask.policy->config.answers;
    struct tare__tenants_entry *entry;

    if (is_remembered) /* with many governors its line is far away, and it is written at the end */
        __builtin_prefetch(&tare__answer_list(governor)[governor->next_answer], 1);
    if (TARE_UNLIKELY(governor->life | request->op) ||
        TARE_UNLIKELY(ask.now_ns < governor->last_ns || ask.now_ns > TARE__TIME_MOST) ||
        TARE_UNLIKELY(!tare__has_event_room(&ask)) ||
        (is_remembered && TARE_UNLIKELY(tare__answer_find(governor, request->id))) ||
        TARE_UNLIKELY(!(entry = tare__tenants_find(&governor->tenants, request->tenant))))
        return tare__governor_ask_any(governor, request, decision);
    ask.tenant = &entry->value;
    apply(&ask);
    if (TARE_UNLIKELY(made.verdict == TARE_GOVERNOR_ERROR)) {
        *decision = made;
        return tare__governor_error(governor, decision);
    }
    tare__shadow(&ask);
    tare__record(&ask);
    if (is_remembered)
        tare__answer_keep(governor, request, tare__request_hash(request), &made);
    *decision = made;
    return (enum tare_governor_verdict)made.verdict;
}

#endif
