/* SPDX-License-Identifier: MIT
 *
 * The way of a request, which all types share, but for that of most checks: see governor_ask.h.
 */
#include <tare/governor.h>

#include <errno.h>

#include "modules/debug.h"
#include "modules/governor_ask.h"

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

/* When what it made of the tenant is as if never seen. */
static int64_t apply(struct tare__ask *ask, struct tare__tenant *tenant)
{
    ask->tenant = tenant;
    ask->policy->type->apply(ask);
    return ask->policy->type->blank_from(ask->policy, tenant);
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

/* To a request whose id is among the latest. */
static void answer_again(struct tare__ask *ask, const struct tare__answer *answer)
{
    if (answer->content != tare__request_hash(ask->request)) {
        tare__refuse(ask, TARE_GOVERNOR_ID_CONFLICT);
    } else {
        *ask->decision = tare__answer_get(ask->governor, answer);
        ask->governor->replayed++;
    }
}

static void answer(struct tare__ask *ask, bool is_remembered)
{
    struct tare_governor_decision *decision = ask->decision;
    const struct tare__answer *known =
        is_remembered ? tare__answer_find(ask->governor, ask->request->id) : NULL;

    if (known) {
        answer_again(ask, known);
        return;
    }
    if (TARE_UNLIKELY(!tare__is_peek(ask) && !tare__has_event_room(ask))) {
        tare__refuse(ask, TARE_GOVERNOR_AUDIT_FULL);
        return;
    }
    decide(ask);
    if (decision->verdict == TARE_GOVERNOR_ERROR || tare__is_peek(ask))
        return;
    tare__shadow(ask);
    tare__record(ask);
    if (is_remembered)
        tare__answer_keep(ask->governor, ask->request, tare__request_hash(ask->request),
                          decision);
}

enum tare_governor_verdict tare__governor_error(struct tare_governor *governor,
                                                struct tare_governor_decision *decision)
{
    *decision = (struct tare_governor_decision){.verdict = TARE_GOVERNOR_ERROR,
                                                .reason = decision->reason,
                                                .flags = decision->flags &
                                                         TARE_GOVERNOR_STALE_CLOCK,
                                                .retry_after_ns = -1,
                                                .reset_after_ns = -1};
    governor->errors++;
    return TARE_GOVERNOR_ERROR;
}

enum tare_governor_verdict
tare__governor_ask_any(struct tare_governor *governor,
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
    return TARE_UNLIKELY(decision->verdict == TARE_GOVERNOR_ERROR)
               ? tare__governor_error(governor, decision)
               : (enum tare_governor_verdict)decision->verdict;
}

enum tare_governor_verdict tare_governor_ask(struct tare_governor *governor,
                                             const struct tare_governor_request *request,
                                             struct tare_governor_decision *decision)
{
    enum tare_governor_verdict verdict = governor->policy->ask(governor, request, decision);

    TARE_AUDIT(tare__governor_valid(governor));
    return verdict;
}

/* The first lines of it and of the ring; what they point to is asked for later. */
static void prefetch_header(const struct tare_governor *governor)
{
    __builtin_prefetch(governor, 1);
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
