/* SPDX-License-Identifier: MIT
 *
 * The way of a request, which all types share.
 */
#include <tare/governor.h>

#include <errno.h>

#include "modules/debug.h"
#include "modules/governor_core.h"

/* Who is as if never seen makes room; the next who can be is remembered, so that a full governor is not
 * looked through in vain again and again. */
static void sweep(struct tare_governor *governor, int64_t now_ns)
{
    struct tare_map_cursor cursor = {0};
    struct tare__tenants_entry *entry;
    int64_t next_ns = INT64_MAX;

    while ((entry = tare__tenants_next(&governor->tenants, &cursor))) {
        int64_t blank_ns =
            governor->policy->type->blank_from(governor->policy, &entry->value);

        if (blank_ns <= now_ns)
            tare__tenants_remove_entry(&governor->tenants, entry);
        else if (blank_ns < next_ns)
            next_ns = blank_ns;
    }
    governor->blank_ns = next_ns;
}

static bool make_room(struct tare_governor *governor, int64_t now_ns)
{
    uint32_t most = governor->policy->config.tenants;

    if (tare__tenants_count(&governor->tenants) < most)
        return true;
    if (governor->policy->config.is_closed || now_ns < governor->blank_ns)
        return false;
    sweep(governor, now_ns);
    return tare__tenants_count(&governor->tenants) < most;
}

/* Keep what a request made of a tenant. */
static bool keep(struct tare__ask *ask, const struct tare__tenant *tenant, int64_t blank_ns)
{
    struct tare_governor *governor = ask->governor;

    if (blank_ns <= ask->now_ns)
        return true;
    return make_room(governor, ask->now_ns) &&
           tare__tenants_insert(&governor->tenants, ask->request->tenant, *tenant) == 0;
}

static int64_t apply(struct tare__ask *ask, struct tare__tenant *tenant)
{
    ask->tenant = tenant;
    return ask->policy->type->apply(ask);
}

/* The decision, and what it does to the tenant. */
static void decide(struct tare__ask *ask)
{
    struct tare_governor *governor = ask->governor;
    const struct tare__governor_type *type = ask->policy->type;
    struct tare__tenants_entry *entry =
        tare__tenants_find(&governor->tenants, ask->request->tenant);
    struct tare__tenant none;

    if (TARE_LIKELY(entry)) {
        int64_t blank_ns = apply(ask, &entry->value);

        if (blank_ns < governor->blank_ns)
            governor->blank_ns = blank_ns;
        return;
    }
    if (ask->policy->config.is_closed) {
        tare__refuse(ask, TARE_GOVERNOR_UNKNOWN_TENANT);
        return;
    }
    if (type->room_ops & TARE__OP(ask->request->op) && !make_room(governor, ask->now_ns)) {
        tare__refuse(ask, TARE_GOVERNOR_TENANTS_FULL);
        return;
    }
    none = (struct tare__tenant){0};
    int64_t blank_ns = apply(ask, &none);
    if (ask->decision->verdict == TARE_GOVERNOR_ERROR || tare__is_peek(ask))
        return;
    if (!keep(ask, &none, blank_ns))
        tare__refuse(ask, TARE_GOVERNOR_TENANTS_FULL);
    else if (blank_ns < governor->blank_ns)
        governor->blank_ns = blank_ns;
}

static int32_t clamped(int64_t number)
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

static void record(struct tare__ask *ask)
{
    struct tare_governor_decision *decision = ask->decision;
    const struct tare_governor_request *request = ask->request;
    struct tare_ring *ring = tare__ring_of(ask->governor);
    const uint64_t words[] = {
        (uint64_t)ask->now_ns,
        (uint32_t)tare_ring_next(ring) | (uint64_t)request->tenant << 32,
        request->quantity | (uint64_t)(uint32_t)clamped(decision->remaining) << 32,
        request->op | (uint64_t)decision->verdict << 8 | (uint64_t)decision->reason << 16 |
            (uint64_t)decision->state_to << 24 | (uint64_t)request->feature << 32 |
            (uint64_t)decision->flags << 48,
    };

    decision->seq = tare__ring_push_one(ring, words, sizeof words);
    ask->governor->denied += decision->verdict == TARE_GOVERNOR_DENY;
    ask->governor->last_ns = ask->now_ns;
}

/* What keeps a request from being looked at; OK: nothing. */
static enum tare_governor_reason why_not(const struct tare__ask *ask, bool has_id)
{
    const struct tare_governor *governor = ask->governor;
    const struct tare_governor_request *request = ask->request;
    const struct tare__governor_type *type = ask->policy->type;

    if (TARE_UNLIKELY(governor->life != TARE_GOVERNOR_RUNS))
        return governor->life == TARE_GOVERNOR_IS_SUSPENDED ? TARE_GOVERNOR_SUSPENDED
                                                            : TARE_GOVERNOR_RESTARTING;
    if (TARE_UNLIKELY(request->op >= TARE_GOVERNOR_OPS ||
                      !(type->ops & TARE__OP(request->op))))
        return TARE_GOVERNOR_UNKNOWN_OP;
    if (TARE_UNLIKELY(request->now_ns < 0 || request->now_ns > TARE__TIME_MOST))
        return TARE_GOVERNOR_OVERFLOW;
    if (TARE_UNLIKELY(!has_id && type->id_ops & TARE__OP(request->op)))
        return TARE_GOVERNOR_ID_MISSING;
    return TARE_GOVERNOR_OK;
}

/* Will the event be taken? */
static bool has_event_room(const struct tare__ask *ask)
{
    const struct tare_ring *ring = tare__ring_of(ask->governor);

    return !ask->policy->is_lossless ||
           tare_ring_next(ring) - tare_ring_low(ring) < ask->policy->config.events;
}

static void answer(struct tare__ask *ask, bool is_remembered)
{
    struct tare_governor_decision *decision = ask->decision;
    uint64_t content = is_remembered ? tare__request_hash(ask->request) : 0;

    if (is_remembered &&
        tare__answer_find(ask->governor, ask->request, content, decision)) {
        ask->governor->replayed += (decision->flags & TARE_GOVERNOR_REPLAYED) != 0;
        return;
    }
    if (TARE_UNLIKELY(!tare__is_peek(ask) && !has_event_room(ask))) {
        tare__refuse(ask, TARE_GOVERNOR_AUDIT_FULL);
        return;
    }
    decide(ask);
    if (decision->verdict == TARE_GOVERNOR_DENY && ask->policy->config.is_shadow) {
        decision->verdict = TARE_GOVERNOR_ALLOW;
        decision->flags |= TARE_GOVERNOR_SHADOW;
    }
    if (decision->verdict == TARE_GOVERNOR_ERROR || tare__is_peek(ask))
        return;
    record(ask);
    if (is_remembered)
        tare__answer_put(ask->governor,
                         &(struct tare__answer){{ask->request->id[0], ask->request->id[1]},
                                                content,
                                                *decision});
}

enum tare_governor_verdict tare_governor_ask(struct tare_governor *governor,
                                             const struct tare_governor_request *request,
                                             struct tare_governor_decision *decision)
{
    struct tare__ask ask = {.governor = governor,
                            .policy = governor->policy,
                            .request = request,
                            .now_ns = request->now_ns,
                            .decision = decision};
    bool has_id = request->id[0] | request->id[1];
    enum tare_governor_reason reason = why_not(&ask, has_id);

    *decision = (struct tare_governor_decision){.retry_after_ns = -1, .reset_after_ns = -1};
    if (ask.now_ns < governor->last_ns) {
        ask.now_ns = governor->last_ns;
        decision->flags = TARE_GOVERNOR_STALE_CLOCK;
        governor->stale_clocks++;
    }
    if (TARE_UNLIKELY(reason))
        tare__refuse(&ask, reason);
    else
        answer(&ask, has_id && ask.policy->config.answers && !tare__is_peek(&ask));
    if (TARE_UNLIKELY(decision->verdict == TARE_GOVERNOR_ERROR)) {
        *decision = (struct tare_governor_decision){.verdict = TARE_GOVERNOR_ERROR,
                                                    .reason = decision->reason,
                                                    .flags = decision->flags &
                                                             TARE_GOVERNOR_STALE_CLOCK,
                                                    .retry_after_ns = -1,
                                                    .reset_after_ns = -1};
        governor->errors++;
    }
    TARE_AUDIT(tare__governor_valid(governor));
    return (enum tare_governor_verdict)decision->verdict;
}

/* The header's lines and the ring's first one; what they point to is asked for later. */
static void prefetch_header(const struct tare_governor *governor)
{
    __builtin_prefetch(governor, 1);
    __builtin_prefetch((const char *)governor + TARE__GOVERNOR_ALIGNMENT, 1);
    __builtin_prefetch(tare__ring_of(governor), 1);
}

/* Of the map the tags and some entries, of the ring the slot. */
static void prefetch_parts(const struct tare_governor *governor)
{
    const struct tare_ring *ring = tare__ring_of(governor);
    uint64_t at = ring->next - ring->origin;

    __builtin_prefetch(governor->tenants.map.groups);
    __builtin_prefetch((const char *)(ring + 1) + at * sizeof(struct tare_governor_event),
                       1);
    tare__map_prefetch(governor->tenants.map.entries, sizeof(struct tare__tenants_entry));
}

void tare_governor_ask_many(struct tare_governor *const *governors,
                            const struct tare_governor_request *requests,
                            struct tare_governor_decision *decisions, size_t count)
{
    enum { HEADERS_AHEAD = 16, PARTS_AHEAD = 8 };

    for (size_t i = 0; i < count && i < HEADERS_AHEAD; i++)
        prefetch_header(governors[i]);
    for (size_t i = 0; i < count; i++) {
        if (i + HEADERS_AHEAD < count)
            prefetch_header(governors[i + HEADERS_AHEAD]);
        if (i + PARTS_AHEAD < count)
            prefetch_parts(governors[i + PARTS_AHEAD]);
        tare_governor_ask(governors[i], &requests[i], &decisions[i]);
    }
}

int tare_governor_admit(struct tare_governor *governor, uint32_t tenant, int64_t now_ns)
{
    const struct tare__tenant none = {0};

    if (now_ns < 0 || now_ns > TARE__TIME_MOST)
        return -EINVAL;
    if (tare__tenants_has(&governor->tenants, tenant))
        return 0;
    now_ns = now_ns > governor->last_ns ? now_ns : governor->last_ns;
    if (!make_room(governor, now_ns) ||
        tare__tenants_insert(&governor->tenants, tenant, none))
        return -ENOSPC;
    /* Who made room was as if never seen at this time, but not before. */
    governor->last_ns = now_ns;
    governor->blank_ns = INT64_MIN;
    TARE_AUDIT(tare__governor_valid(governor));
    return 0;
}
