/* SPDX-License-Identifier: MIT
 *
 * Quotas. Rolling ones are GCRA: a tenant is the moment until which all it used is paid for by time;
 * it may lie ahead by as much as the burst is worth. Calendar ones count in a day or a month.
 */
#include <tare/quota.h>

#include <errno.h>

#include "modules/governor_ask.h"

#define DAY_NS (INT64_C(86400) * 1000000000)

static int set_steps(const struct tare_governor_quota *quota, int64_t *step_ns,
                     int64_t *full_ns)
{
    if (quota->limit <= 0 || quota->period_ns <= 0 || !quota->burst)
        return -EINVAL;
    *step_ns = quota->period_ns / quota->limit + (quota->period_ns % quota->limit != 0);
    return __builtin_mul_overflow(*step_ns, (int64_t)quota->burst, full_ns) ||
                   *full_ns > TARE__TIME_MOST / 2
               ? -EINVAL
               : 0;
}

static uint64_t inverse_of(int64_t step_ns)
{
    return UINT64_MAX / (uint64_t)step_ns;
}

static int prepare(struct tare_governor_policy *policy)
{
    struct tare_governor_quota *quota = &policy->config.quota;

    if (quota->window == TARE_GOVERNOR_ROLLING) {
        int err = set_steps(quota, &policy->step_ns, &policy->full_ns);

        policy->inverse = err ? 0 : inverse_of(policy->step_ns);
        return err;
    }
    policy->ask = tare__governor_ask_any;
    if (quota->window > TARE_GOVERNOR_MONTH || quota->limit <= 0 ||
        quota->limit > TARE__TIME_MOST)
        return -EINVAL;
    if (!quota->burst)
        quota->burst = quota->limit < UINT32_MAX ? (uint32_t)quota->limit : UINT32_MAX;
    return 0;
}

/* How often the step is in what is left of the burst. The product's upper half is the quotient or one less:
 * `inverse` is less than 2^64 / step by 2 at most, and the time less than 2^62. */
static int64_t steps_in(int64_t left_ns, int64_t step_ns, uint64_t inverse)
{
    __extension__ typedef unsigned __int128 wide;
    int64_t steps = (int64_t)((wide)(uint64_t)left_ns * inverse >> 64);

    return steps + (left_ns - steps * step_ns >= step_ns);
}

/* What is left of the burst. */
TARE_ALWAYS_INLINE void fill_rolling(struct tare_governor_decision *decision,
                                     int64_t step_ns, uint64_t inverse, int64_t full_ns,
                                     uint32_t burst, int64_t used_ns)
{
    decision->limit = burst;
    decision->remaining =
        used_ns < full_ns ? steps_in(full_ns - used_ns, step_ns, inverse) : 0;
    decision->reset_after_ns = used_ns;
    if ((uint64_t)decision->remaining * 5 < burst)
        decision->flags |= TARE_GOVERNOR_NEAR_LIMIT;
}

TARE_ALWAYS_INLINE void check_rolling(struct tare__ask *ask)
{
    const struct tare_governor_policy *policy = ask->policy;
    struct tare_governor_decision *decision = ask->decision;
    int64_t used_ns = ask->tenant->quota.used_until_ns - ask->now_ns;

    used_ns = used_ns > 0 ? used_ns : 0;
    decision->state_from = used_ns && ask->tenant->quota.is_exceeded;
    int64_t with_ns = used_ns + ask->request->quantity * policy->step_ns;
    bool fits = with_ns <= policy->full_ns;
    if (TARE_LIKELY(fits)) {
        used_ns = with_ns;
    } else if (policy->config.quota.is_soft) {
        used_ns = policy->full_ns;
        decision->flags |= TARE_GOVERNOR_OVER_LIMIT;
    } else {
        tare__deny(ask, TARE_GOVERNOR_OVER_QUOTA);
        decision->retry_after_ns = with_ns - policy->full_ns;
    }
    decision->state_to = !fits;
    fill_rolling(decision, policy->step_ns, policy->inverse, policy->full_ns,
                 policy->config.quota.burst, used_ns);
    if (tare__is_peek(ask))
        return;
    ask->tenant->quota.is_exceeded = !fits;
    ask->tenant->quota.used_until_ns = ask->now_ns + used_ns;
}

static void refund_rolling(struct tare__ask *ask)
{
    const struct tare_governor_policy *policy = ask->policy;
    int64_t used_ns = ask->tenant->quota.used_until_ns - ask->now_ns;

    used_ns = used_ns > 0 ? used_ns : 0;
    ask->decision->state_from = used_ns && ask->tenant->quota.is_exceeded;
    used_ns -= ask->request->quantity * policy->step_ns;
    used_ns = used_ns > 0 ? used_ns : 0;
    fill_rolling(ask->decision, policy->step_ns, policy->inverse, policy->full_ns,
                 policy->config.quota.burst, used_ns);
    ask->tenant->quota.is_exceeded = 0;
    ask->tenant->quota.used_until_ns = ask->now_ns + used_ns;
}

/* Months of the calendar, from March of the year 0 on: so the day that not each year has is a year's last
 * one. 400 years have 146,097 days, and 1970 began 719,468 days after. */
static int64_t month_of_day(int64_t day)
{
    int64_t since = day + 719468;
    int64_t era = since / 146097;
    int64_t of_era = since % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);

    return (era * 400 + year) * 12 + (5 * of_year + 2) / 153;
}

static int64_t first_day(int64_t month)
{
    int64_t year = month / 12;
    int64_t of_era = year % 400;

    return year / 400 * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
           (153 * (month % 12) + 2) / 5 - 719468;
}

static int64_t window_of(const struct tare_governor_quota *quota, int64_t time_ns)
{
    int64_t day = time_ns / DAY_NS;

    return quota->window == TARE_GOVERNOR_DAY ? day : month_of_day(day);
}

static int64_t end_of(const struct tare_governor_quota *quota, int64_t window)
{
    return (quota->window == TARE_GOVERNOR_DAY ? window + 1 : first_day(window + 1)) *
           DAY_NS;
}

/* CHECK and PEEK use up, REFUND gives back. */
static void apply_calendar(struct tare__ask *ask)
{
    const struct tare_governor_quota *quota = &ask->policy->config.quota;
    struct tare_governor_decision *decision = ask->decision;
    int64_t window = window_of(quota, ask->now_ns);
    bool is_same = ask->tenant->quota.used && ask->tenant->quota.used_until_ns == window;
    int64_t used = is_same ? ask->tenant->quota.used : 0;
    int64_t with = used + ask->request->quantity; /* at most twice what a limit can be */
    bool fits = true;

    decision->limit = quota->limit;
    decision->state_from = is_same && ask->tenant->quota.is_exceeded;
    decision->reset_after_ns = end_of(quota, window) - ask->now_ns;
    if (ask->request->op == TARE_GOVERNOR_REFUND) {
        used = used > ask->request->quantity ? used - ask->request->quantity : 0;
    } else if (with <= quota->limit) {
        used = with;
    } else if (quota->is_soft) {
        used = quota->limit;
        decision->flags |= TARE_GOVERNOR_OVER_LIMIT;
        fits = false;
    } else {
        tare__deny(ask, TARE_GOVERNOR_OVER_QUOTA);
        decision->retry_after_ns = decision->reset_after_ns;
        fits = false;
    }
    decision->state_to = !fits;
    decision->remaining = quota->limit - used;
    if (decision->remaining < quota->limit / 5)
        decision->flags |= TARE_GOVERNOR_NEAR_LIMIT;
    if (tare__is_peek(ask))
        return;
    ask->tenant->quota.is_exceeded = !fits;
    ask->tenant->quota.used_until_ns = used ? window : 0;
    ask->tenant->quota.used = used;
}

static bool is_quantity(const struct tare__ask *ask)
{
    return ask->request->quantity &&
           ask->request->quantity <= ask->policy->config.quota.burst;
}

TARE_ALWAYS_INLINE void apply_check(struct tare__ask *ask)
{
    if (TARE_LIKELY(is_quantity(ask)))
        check_rolling(ask);
    else
        tare__refuse(ask, TARE_GOVERNOR_BAD_QUANTITY);
}

static void apply(struct tare__ask *ask)
{
    const struct tare_governor_quota *quota = &ask->policy->config.quota;
    bool is_rolling = quota->window == TARE_GOVERNOR_ROLLING;

    if (!is_quantity(ask))
        tare__refuse(ask, TARE_GOVERNOR_BAD_QUANTITY);
    else if (!is_rolling)
        apply_calendar(ask);
    else if (ask->request->op == TARE_GOVERNOR_REFUND)
        refund_rolling(ask);
    else
        check_rolling(ask);
}

static int64_t blank_from(const struct tare_governor_policy *policy,
                          const struct tare__tenant *tenant)
{
    const struct tare_governor_quota *quota = &policy->config.quota;

    if (quota->window == TARE_GOVERNOR_ROLLING)
        return tenant->quota.used_until_ns;
    return tenant->quota.used ? end_of(quota, tenant->quota.used_until_ns) : INT64_MIN;
}

static int64_t deadline(const struct tare_governor *governor,
                        const struct tare__tenants_entry *entry, int64_t now_ns)
{
    int64_t end_ns = blank_from(governor->policy, &entry->value);

    return end_ns > now_ns ? end_ns : INT64_MAX;
}

static bool valid(const struct tare_governor_policy *policy,
                  const struct tare__tenant *tenant, int64_t last_ns)
{
    const struct tare_governor_quota *quota = &policy->config.quota;
    int64_t window = tenant->quota.used_until_ns;

    if (tenant->quota.is_exceeded > 1 || window < 0)
        return false;
    return quota->window == TARE_GOVERNOR_ROLLING
               ? !tenant->quota.used && window <= last_ns + policy->full_ns
               : tenant->quota.used >= 0 && tenant->quota.used <= quota->limit &&
                     window <= (tenant->quota.used ? window_of(quota, last_ns) : 0);
}

static enum tare_governor_verdict check_known(struct tare_governor *governor,
                                              const struct tare_governor_request *request,
                                              struct tare_governor_decision *decision)
{
    return tare__governor_check(apply_check, governor, request, decision);
}

const struct tare__governor_type tare__governor_quota = {
    .name = "quota",
    .ops = TARE__OP(TARE_GOVERNOR_CHECK) | TARE__OP(TARE_GOVERNOR_PEEK) |
           TARE__OP(TARE_GOVERNOR_REFUND),
    .prepare = prepare,
    .check = check_known,
    .apply = apply,
    .blank_from = blank_from,
    .deadline = deadline,
    .valid = valid,
};

int tare_quota_init(struct tare_quota *quota, const struct tare_governor_quota *config)
{
    struct tare_quota made = {.burst = config->burst};

    if (config->window != TARE_GOVERNOR_ROLLING || config->is_soft ||
        set_steps(config, &made.step_ns, &made.full_ns))
        return -EINVAL;
    made.inverse = inverse_of(made.step_ns);
    *quota = made;
    return 0;
}

enum tare_governor_verdict tare_quota_check(struct tare_quota *quota, uint32_t quantity,
                                            int64_t now_ns,
                                            struct tare_governor_decision *decision)
{
    *decision = (struct tare_governor_decision){.retry_after_ns = -1, .reset_after_ns = -1};
    if (!quantity || quantity > quota->burst || now_ns < 0 || now_ns > TARE__TIME_MOST) {
        quota->errors++;
        decision->verdict = TARE_GOVERNOR_ERROR;
        decision->reason = now_ns < 0 || now_ns > TARE__TIME_MOST
                               ? TARE_GOVERNOR_OVERFLOW
                               : TARE_GOVERNOR_BAD_QUANTITY;
        return TARE_GOVERNOR_ERROR;
    }
    if (now_ns < quota->last_ns) {
        now_ns = quota->last_ns;
        decision->flags = TARE_GOVERNOR_STALE_CLOCK;
    }
    int64_t used_ns = quota->used_until_ns > now_ns ? quota->used_until_ns - now_ns : 0;
    int64_t with_ns = used_ns + quantity * quota->step_ns;
    bool fits = with_ns <= quota->full_ns;
    decision->seq = quota->allowed + quota->denied;
    quota->last_ns = now_ns;
    if (fits) {
        used_ns = with_ns;
        quota->used_until_ns = now_ns + used_ns;
        quota->allowed++;
    } else {
        quota->denied++;
        decision->verdict = TARE_GOVERNOR_DENY;
        decision->reason = TARE_GOVERNOR_OVER_QUOTA;
        decision->retry_after_ns = with_ns - quota->full_ns;
    }
    decision->state_to = !fits;
    fill_rolling(decision, quota->step_ns, quota->inverse, quota->full_ns, quota->burst,
                 used_ns);
    return (enum tare_governor_verdict)decision->verdict;
}
