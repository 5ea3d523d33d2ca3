/* SPDX-License-Identifier: MIT
 *
 * Subscriptions. Time is one of the inputs of the table: it is looked at before each request, and changes
 * a state at the moment it was due, however late that is.
 */
#include <errno.h>

#include "modules/governor_ask.h"

enum input {
    ACTIVATE,
    RENEWED,
    PAYMENT_FAILED,
    CANCEL,
    CANCEL_AT_END,
    CHANGE_PLAN,
    PERIOD_OVER, /* while active, and paid for until then */
    ENDED,       /* the same of a trial, or of what was to end */
    DUNNING_OVER,
    INPUTS
};

enum { REFUSED = 255 };

/* The next state; what is not allowed is an error. */
static const uint8_t next[3][INPUTS] = {
    [TARE_GOVERNOR_CANCELED] = {[ACTIVATE] = TARE_GOVERNOR_ACTIVE,
                                [RENEWED] = REFUSED,
                                [PAYMENT_FAILED] = REFUSED,
                                [CANCEL] = REFUSED,
                                [CANCEL_AT_END] = REFUSED,
                                [CHANGE_PLAN] = REFUSED,
                                [PERIOD_OVER] = REFUSED,
                                [ENDED] = REFUSED,
                                [DUNNING_OVER] = REFUSED},
    [TARE_GOVERNOR_ACTIVE] = {[ACTIVATE] = REFUSED,
                              [RENEWED] = TARE_GOVERNOR_ACTIVE,
                              [PAYMENT_FAILED] = TARE_GOVERNOR_UNPAID,
                              [CANCEL] = TARE_GOVERNOR_CANCELED,
                              [CANCEL_AT_END] = TARE_GOVERNOR_ACTIVE,
                              [CHANGE_PLAN] = TARE_GOVERNOR_ACTIVE,
                              [PERIOD_OVER] = TARE_GOVERNOR_UNPAID,
                              [ENDED] = TARE_GOVERNOR_CANCELED,
                              [DUNNING_OVER] = REFUSED},
    [TARE_GOVERNOR_UNPAID] = {[ACTIVATE] = REFUSED,
                              [RENEWED] = TARE_GOVERNOR_ACTIVE,
                              [PAYMENT_FAILED] = TARE_GOVERNOR_UNPAID,
                              [CANCEL] = TARE_GOVERNOR_CANCELED,
                              [CANCEL_AT_END] = TARE_GOVERNOR_CANCELED,
                              [CHANGE_PLAN] = TARE_GOVERNOR_UNPAID,
                              [PERIOD_OVER] = REFUSED,
                              [ENDED] = REFUSED,
                              [DUNNING_OVER] = TARE_GOVERNOR_CANCELED},
};

static int prepare(struct tare_governor_policy *policy)
{
    int64_t dunning_ns = policy->config.subscription.dunning_ns;

    return dunning_ns < 0 || dunning_ns > TARE__TIME_MOST / 2 ? -EINVAL : 0;
}

/* What time does next; INPUTS: nothing. *at_ns: the first moment at which it has. */
static enum input due(const struct tare__tenant *tenant, int64_t *at_ns)
{
    if (tenant->subscription.state == TARE_GOVERNOR_CANCELED)
        return INPUTS;
    *at_ns = tenant->subscription.until_ns + !tenant->subscription.ends;
    if (tenant->subscription.state == TARE_GOVERNOR_UNPAID)
        return DUNNING_OVER;
    return tenant->subscription.ends || tenant->subscription.is_trial ? ENDED : PERIOD_OVER;
}

static void cancel(struct tare__tenant *tenant)
{
    uint32_t version = tenant->subscription.version;

    *tenant = (struct tare__tenant){.subscription = {.version = version}};
}

static void advance(const struct tare_governor_policy *policy, struct tare__tenant *tenant,
                    int64_t now_ns)
{
    enum input input;
    int64_t at_ns;

    while ((input = due(tenant, &at_ns)) != INPUTS && at_ns <= now_ns) {
        uint8_t to = next[tenant->subscription.state][input];

        if (to == TARE_GOVERNOR_CANCELED) {
            cancel(tenant);
        } else {
            tenant->subscription.state = to;
            tenant->subscription.until_ns += policy->config.subscription.dunning_ns;
        }
    }
}

static bool is_time(int64_t time_ns, int64_t now_ns)
{
    return time_ns > now_ns && time_ns <= TARE__TIME_MOST / 2;
}

/* With all that the request may not change yet: the tenant is a copy. */
static bool enter(struct tare__ask *ask, struct tare__tenant *tenant, enum input input)
{
    const struct tare_governor_request *request = ask->request;
    uint8_t to = next[tenant->subscription.state][input];

    if (to == REFUSED) {
        tare__refuse(ask, TARE_GOVERNOR_WRONG_STATE);
        return false;
    }
    if (((input == ACTIVATE || input == RENEWED) &&
         !is_time(request->until_ns, ask->now_ns)) ||
        (input == ACTIVATE && request->from_ns > ask->now_ns)) {
        tare__refuse(ask, TARE_GOVERNOR_BAD_QUANTITY);
        return false;
    }
    tenant->subscription.version = request->version;
    if (input == ACTIVATE) {
        tenant->subscription.is_trial = request->is_trial;
        ask->decision->effects |= TARE_GOVERNOR_OPEN_ACCOUNT;
    }
    if (input == ACTIVATE || input == CHANGE_PLAN) {
        tenant->subscription.plan = request->plan;
        ask->decision->effects |= TARE_GOVERNOR_SET_ENTITLEMENTS | TARE_GOVERNOR_SET_QUOTA;
    }
    if (input == RENEWED)
        tenant->subscription.is_trial = false;
    if (input == ACTIVATE || input == RENEWED)
        tenant->subscription.until_ns = request->until_ns;
    else if (input == PAYMENT_FAILED && tenant->subscription.state != to)
        tenant->subscription.until_ns =
            ask->now_ns + ask->policy->config.subscription.dunning_ns;
    tenant->subscription.ends = to == TARE_GOVERNOR_ACTIVE &&
                                (tenant->subscription.ends || input == CANCEL_AT_END) &&
                                input != RENEWED;
    tenant->subscription.state = to;
    if (to == TARE_GOVERNOR_CANCELED)
        cancel(tenant);
    return true;
}

/* Has it ended, which it had not before? */
static void tell_end(struct tare__ask *ask, uint8_t before, uint8_t after)
{
    if (TARE_UNLIKELY(before != TARE_GOVERNOR_CANCELED && after == TARE_GOVERNOR_CANCELED))
        ask->decision->effects |= TARE_GOVERNOR_SET_ENTITLEMENTS | TARE_GOVERNOR_SET_QUOTA;
}

static void pass_time(struct tare__ask *ask, struct tare__tenant *tenant)
{
    uint8_t before = tenant->subscription.state;

    advance(ask->policy, tenant, ask->now_ns);
    ask->decision->state_from = tenant->subscription.state;
    tell_end(ask, before, tenant->subscription.state);
}

static void tell(struct tare__ask *ask, const struct tare__tenant *tenant)
{
    struct tare_governor_decision *decision = ask->decision;

    decision->state_to = tenant->subscription.state;
    decision->plan = tenant->subscription.plan;
    if (tenant->subscription.state == TARE_GOVERNOR_UNPAID)
        decision->flags |= TARE_GOVERNOR_NEAR_LIMIT;
    if (tenant->subscription.state != TARE_GOVERNOR_CANCELED)
        decision->reset_after_ns = tenant->subscription.until_ns - ask->now_ns;
}

static void check(struct tare__ask *ask, struct tare__tenant *tenant)
{
    pass_time(ask, tenant);
    if (tenant->subscription.state == TARE_GOVERNOR_CANCELED)
        tare__deny(ask, TARE_GOVERNOR_NOT_SUBSCRIBED);
    tell(ask, tenant);
}

TARE_ALWAYS_INLINE void apply_check(struct tare__ask *ask)
{
    check(ask, ask->tenant);
}

static void apply(struct tare__ask *ask)
{
    struct tare__tenant tenant = *ask->tenant;

    if (ask->request->op <= TARE_GOVERNOR_PEEK) {
        check(ask, &tenant);
    } else {
        pass_time(ask, &tenant);
        if (!tare__is_newer(ask, tenant.subscription.version) ||
            !enter(ask, &tenant, (enum input)(ask->request->op - TARE_GOVERNOR_ACTIVATE)))
            return;
        tell_end(ask, ask->decision->state_from, tenant.subscription.state);
        tell(ask, &tenant);
    }
    if (!tare__is_peek(ask))
        *ask->tenant = tenant;
}

/* A version that is known keeps what comes late out. */
static int64_t blank_from(const struct tare_governor_policy *policy,
                          const struct tare__tenant *tenant)
{
    (void)policy;
    return tenant->subscription.version ? INT64_MAX : INT64_MIN;
}

static int64_t deadline(const struct tare_governor *governor,
                        const struct tare__tenants_entry *entry, int64_t now_ns)
{
    struct tare__tenant tenant = entry->value;
    int64_t at_ns;

    advance(governor->policy, &tenant, now_ns);
    return due(&tenant, &at_ns) == INPUTS ? INT64_MAX : at_ns;
}

static bool valid(const struct tare_governor_policy *policy,
                  const struct tare__tenant *tenant, int64_t last_ns)
{
    uint8_t flags[2];

    (void)policy;
    (void)last_ns;
    memcpy(flags, &tenant->subscription.is_trial, 1);
    memcpy(flags + 1, &tenant->subscription.ends, 1);
    if (tenant->subscription.state == TARE_GOVERNOR_CANCELED)
        return !tenant->subscription.until_ns && !tenant->subscription.plan && !flags[0] &&
               !flags[1] && tenant->subscription.version >> 28 == 0 &&
               !tenant->subscription.unused;
    return tenant->subscription.state <= TARE_GOVERNOR_UNPAID && flags[0] <= 1 &&
           flags[1] <= 1 && !tenant->subscription.unused &&
           tenant->subscription.version >> 28 == 0 && tenant->subscription.version &&
           tenant->subscription.until_ns >= 0 &&
           tenant->subscription.until_ns <= TARE__TIME_MOST / 2 * 3;
}

static enum tare_governor_verdict check_known(struct tare_governor *governor,
                                              const struct tare_governor_request *request,
                                              struct tare_governor_decision *decision)
{
    return tare__governor_check(apply_check, governor, request, decision);
}

const struct tare__governor_type tare__governor_subscription = {
    .name = "subscription",
    .ops = TARE__OP(TARE_GOVERNOR_CHECK) | TARE__OP(TARE_GOVERNOR_PEEK) |
           TARE__OP(TARE_GOVERNOR_ACTIVATE) | TARE__OP(TARE_GOVERNOR_RENEWED) |
           TARE__OP(TARE_GOVERNOR_PAYMENT_FAILED) | TARE__OP(TARE_GOVERNOR_CANCEL) |
           TARE__OP(TARE_GOVERNOR_CANCEL_AT_END) | TARE__OP(TARE_GOVERNOR_CHANGE_PLAN),
    .prepare = prepare,
    .check = check_known,
    .apply = apply,
    .blank_from = blank_from,
    .deadline = deadline,
    .valid = valid,
};
