/* SPDX-License-Identifier: MIT
 *
 * Compliance. The first rule that fits decides, and none is a denial. Flags are kept with their times, the
 * latest ones as far as it takes to see the next one fill the window.
 */
#include <errno.h>

#include "modules/governor_ask.h"

static int prepare(struct tare_governor_policy *policy)
{
    const struct tare_governor_compliance *compliance = &policy->config.compliance;

    if (compliance->rule_count > TARE_GOVERNOR_RULES ||
        compliance->flag_limit > TARE_GOVERNOR_FLAGS ||
        (compliance->flag_limit &&
         (compliance->flag_window_ns <= 0 || compliance->flag_window_ns > TARE__TIME_MOST)))
        return -EINVAL;
    for (uint32_t i = 0; i < compliance->rule_count; i++) {
        const struct tare_governor_rule *rule = &compliance->rules[i];

        if (rule->compare > TARE_GOVERNOR_AT_LEAST || rule->effect > TARE_GOVERNOR_DENIES ||
            rule->severity > TARE_GOVERNOR_CRITICAL)
            return -EINVAL;
    }
    return 0;
}

static bool fits(const struct tare_governor_rule *rule,
                 const struct tare_governor_request *request)
{
    uint64_t attribute = rule->attribute < request->attribute_count
                             ? request->attributes[rule->attribute]
                             : 0;

    switch ((enum tare_governor_compare)rule->compare) {
    case TARE_GOVERNOR_EQUAL:
        return attribute == rule->value;
    case TARE_GOVERNOR_UNEQUAL:
        return attribute != rule->value;
    case TARE_GOVERNOR_IN_MASK:
        return attribute < 64 && rule->value >> attribute & 1;
    case TARE_GOVERNOR_LESS:
        return attribute < rule->value;
    default:
        return attribute >= rule->value;
    }
}

/* A tenant that is stopped stays so; otherwise enough flags within the window ask for a review. */
static void count_flag(const struct tare_governor_compliance *compliance,
                       struct tare__tenant *tenant, int64_t now_ns)
{
    uint32_t kept = 0;

    if (!compliance->flag_limit || tenant->compliance.state != TARE_GOVERNOR_CLEAN)
        return;
    for (uint32_t i = 0; i < tenant->compliance.flags; i++)
        if (tenant->compliance.flagged_ns[i] > now_ns - compliance->flag_window_ns)
            tenant->compliance.flagged_ns[kept++] = tenant->compliance.flagged_ns[i];
    bool is_full = kept + 1 >= compliance->flag_limit;
    if (is_full)
        tenant->compliance.state = TARE_GOVERNOR_REVIEW;
    else
        tenant->compliance.flagged_ns[kept] = now_ns;
    tenant->compliance.flags = is_full ? 0 : (kept + 1) & 3;
    for (uint32_t i = tenant->compliance.flags; i < TARE_GOVERNOR_FLAGS - 1; i++)
        tenant->compliance.flagged_ns[i] = 0;
}

TARE_ALWAYS_INLINE void flag(struct tare__ask *ask, struct tare__tenant *tenant)
{
    ask->decision->flags |= TARE_GOVERNOR_FLAGGED;
    count_flag(&ask->policy->config.compliance, tenant, ask->now_ns);
}

static void stop(struct tare__tenant *tenant)
{
    uint32_t version = tenant->compliance.version;

    *tenant = (struct tare__tenant){
        .compliance = {.version = version & 0xfffffff, .state = TARE_GOVERNOR_STOPPED}};
}

TARE_ALWAYS_INLINE void evaluate(struct tare__ask *ask, struct tare__tenant *tenant)
{
    const struct tare_governor_compliance *compliance = &ask->policy->config.compliance;
    const struct tare_governor_rule *rule = compliance->rules;
    const struct tare_governor_rule *end = rule + compliance->rule_count;
    uint32_t state = tenant->compliance.state;

    while (rule < end && !fits(rule, ask->request))
        rule++;
    ask->decision->value = (uint64_t)(rule - compliance->rules);
    if (rule == end)
        tare__deny(ask, TARE_GOVERNOR_NO_RULE);
    else if (rule->effect == TARE_GOVERNOR_DENIES)
        tare__deny(ask, TARE_GOVERNOR_RULE);
    else if (state == TARE_GOVERNOR_REVIEW && !rule->in_review)
        tare__deny(ask, TARE_GOVERNOR_IN_REVIEW);
    if (state == TARE_GOVERNOR_STOPPED)
        tare__deny(ask, TARE_GOVERNOR_BLOCKED);
    if (rule == end || state == TARE_GOVERNOR_STOPPED)
        return;
    if (rule->effect == TARE_GOVERNOR_DENIES && rule->severity == TARE_GOVERNOR_CRITICAL)
        stop(tenant);
    else if (rule->effect == TARE_GOVERNOR_FLAGS_IT)
        flag(ask, tenant);
}

static void report(struct tare__ask *ask, struct tare__tenant *tenant)
{
    if (ask->request->severity > TARE_GOVERNOR_CRITICAL)
        tare__refuse(ask, TARE_GOVERNOR_BAD_QUANTITY);
    else if (ask->request->severity == TARE_GOVERNOR_CRITICAL)
        stop(tenant);
    else if (ask->request->severity)
        flag(ask, tenant);
}

static void clear(struct tare__ask *ask, struct tare__tenant *tenant)
{
    if (!tare__is_newer(ask, tenant->compliance.version))
        return;
    *tenant =
        (struct tare__tenant){.compliance = {.version = ask->request->version & 0xfffffff}};
    ask->decision->value = ask->request->value;
}

TARE_ALWAYS_INLINE void apply_check(struct tare__ask *ask)
{
    ask->decision->state_from = ask->tenant->compliance.state;
    evaluate(ask, ask->tenant);
    ask->decision->state_to = ask->tenant->compliance.state;
}

static void apply(struct tare__ask *ask)
{
    struct tare__tenant tenant = *ask->tenant;

    ask->decision->state_from = tenant.compliance.state;
    if (ask->request->op == TARE_GOVERNOR_REPORT)
        report(ask, &tenant);
    else if (ask->request->op == TARE_GOVERNOR_CLEAR)
        clear(ask, &tenant);
    else
        evaluate(ask, &tenant);
    ask->decision->state_to = tenant.compliance.state;
    if (!tare__is_peek(ask) && ask->decision->verdict != TARE_GOVERNOR_ERROR)
        *ask->tenant = tenant;
}

/* Flags that have left the window say nothing any more. */
static int64_t blank_from(const struct tare_governor_policy *policy,
                          const struct tare__tenant *tenant)
{
    uint32_t flags = tenant->compliance.flags;

    if (tenant->compliance.version || tenant->compliance.state)
        return INT64_MAX;
    return flags ? tenant->compliance.flagged_ns[flags - 1] +
                       policy->config.compliance.flag_window_ns
                 : INT64_MIN;
}

static int64_t deadline(const struct tare_governor *governor,
                        const struct tare__tenants_entry *entry, int64_t now_ns)
{
    (void)governor;
    (void)entry;
    (void)now_ns;
    return INT64_MAX;
}

static bool valid(const struct tare_governor_policy *policy,
                  const struct tare__tenant *tenant, int64_t last_ns)
{
    uint32_t flags = tenant->compliance.flags;
    int64_t before_ns = 0;

    if (flags && (flags >= policy->config.compliance.flag_limit ||
                  tenant->compliance.state != TARE_GOVERNOR_CLEAN))
        return false;
    for (uint32_t i = 0; i < TARE_GOVERNOR_FLAGS - 1; i++) {
        int64_t time_ns = tenant->compliance.flagged_ns[i];

        if (i < flags ? time_ns < before_ns || time_ns > last_ns : time_ns != 0)
            return false;
        before_ns = time_ns;
    }
    return tenant->compliance.state <= TARE_GOVERNOR_STOPPED;
}

static enum tare_governor_verdict check_known(struct tare_governor *governor,
                                              const struct tare_governor_request *request,
                                              struct tare_governor_decision *decision)
{
    return tare__governor_check(apply_check, governor, request, decision);
}

const struct tare__governor_type tare__governor_compliance = {
    .name = "compliance",
    .ops = TARE__OP(TARE_GOVERNOR_CHECK) | TARE__OP(TARE_GOVERNOR_PEEK) |
           TARE__OP(TARE_GOVERNOR_REPORT) | TARE__OP(TARE_GOVERNOR_CLEAR),
    .prepare = prepare,
    .check = check_known,
    .apply = apply,
    .blank_from = blank_from,
    .deadline = deadline,
    .valid = valid,
};
