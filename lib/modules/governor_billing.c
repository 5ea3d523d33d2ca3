/* SPDX-License-Identifier: MIT
 *
 * Accounts. What is owed is the sum of charges less payments and credits, at any seq. The state is a
 * matter of what is owed, when it was due, and what time it is.
 */
#include <errno.h>

#include "modules/governor_ask.h"

static int prepare(struct tare_governor_policy *policy)
{
    const struct tare_governor_billing *billing = &policy->config.billing;

    /* Without answers a charge that is repeated would be charged twice. */
    return billing->credit_limit < 0 || billing->grace_ns < 0 ||
                   billing->grace_ns > TARE__TIME_MOST || !policy->config.answers
               ? -EINVAL
               : 0;
}

static uint8_t state_at(const struct tare_governor_billing *billing,
                        const struct tare__tenant *account, int64_t now_ns)
{
    if (account->billing.owed <= 0 || !account->billing.has_due ||
        now_ns <= account->billing.due_ns)
        return TARE_GOVERNOR_CURRENT;
    return now_ns > account->billing.due_ns + billing->grace_ns
               ? TARE_GOVERNOR_ACCOUNT_CLOSED
               : TARE_GOVERNOR_PAST_DUE;
}

static int64_t difference(int64_t a, int64_t b)
{
    int64_t result;

    return __builtin_sub_overflow(a, b, &result) ? INT64_MAX : result;
}

static void tell(struct tare__ask *ask)
{
    const struct tare_governor_billing *billing = &ask->policy->config.billing;

    ask->decision->state_to = state_at(billing, ask->tenant, ask->now_ns);
    ask->decision->limit = billing->credit_limit;
    ask->decision->remaining = difference(billing->credit_limit, ask->tenant->billing.owed);
}

TARE_ALWAYS_INLINE void apply_check(struct tare__ask *ask)
{
    const struct tare_governor_billing *billing = &ask->policy->config.billing;
    int64_t with;

    ask->decision->state_from = state_at(billing, ask->tenant, ask->now_ns);
    if (ask->request->amount < 0) {
        tare__refuse(ask, TARE_GOVERNOR_BAD_QUANTITY);
    } else if (__builtin_add_overflow(ask->tenant->billing.owed, ask->request->amount,
                                      &with)) {
        tare__refuse(ask, TARE_GOVERNOR_OVERFLOW);
    } else if (ask->decision->state_from == TARE_GOVERNOR_ACCOUNT_CLOSED) {
        tare__deny(ask, TARE_GOVERNOR_ACCOUNT_SUSPENDED);
    } else if (with > billing->credit_limit) {
        tare__deny(ask, TARE_GOVERNOR_OVER_CREDIT);
    } else if (ask->decision->state_from == TARE_GOVERNOR_PAST_DUE) {
        ask->decision->flags |= TARE_GOVERNOR_NEAR_LIMIT;
    }
    tell(ask);
}

/* CHARGE adds, PAYMENT and CREDIT take away. */
static void book(struct tare__ask *ask)
{
    int64_t amount = ask->request->amount;
    int64_t owed;

    if (amount <= 0) {
        tare__refuse(ask, TARE_GOVERNOR_BAD_QUANTITY);
    } else if (ask->request->currency != ask->policy->config.billing.currency) {
        tare__refuse(ask, TARE_GOVERNOR_WRONG_CURRENCY);
    } else if (__builtin_add_overflow(
                   ask->tenant->billing.owed,
                   ask->request->op == TARE_GOVERNOR_CHARGE ? amount : -amount, &owed)) {
        tare__refuse(ask, TARE_GOVERNOR_OVERFLOW);
    } else {
        ask->tenant->billing.owed = owed;
        if (owed <= 0) {
            ask->tenant->billing.has_due = 0;
            ask->tenant->billing.due_ns = 0;
        }
    }
}

/* Of several invoices the first one counts. */
static void set_due(struct tare__ask *ask)
{
    int64_t due_ns = ask->request->until_ns;

    if (ask->tenant->billing.owed <= 0) {
        tare__refuse(ask, TARE_GOVERNOR_WRONG_STATE);
    } else if (due_ns < 0 || due_ns > TARE__TIME_MOST) {
        tare__refuse(ask, TARE_GOVERNOR_OVERFLOW);
    } else if (!ask->tenant->billing.has_due || due_ns < ask->tenant->billing.due_ns) {
        ask->tenant->billing.has_due = 1;
        ask->tenant->billing.due_ns = due_ns;
    }
}

static void apply(struct tare__ask *ask)
{
    if (ask->request->op <= TARE_GOVERNOR_PEEK) {
        apply_check(ask);
        return;
    }
    ask->decision->state_from =
        state_at(&ask->policy->config.billing, ask->tenant, ask->now_ns);
    if (ask->request->op == TARE_GOVERNOR_INVOICE_DUE)
        set_due(ask);
    else
        book(ask);
    tell(ask);
}

static int64_t blank_from(const struct tare_governor_policy *policy,
                          const struct tare__tenant *account)
{
    (void)policy;
    return account->billing.owed ? INT64_MAX : INT64_MIN;
}

static int64_t deadline(const struct tare_governor *governor,
                        const struct tare__tenants_entry *entry, int64_t now_ns)
{
    const struct tare_governor_billing *billing = &governor->policy->config.billing;
    int64_t due_ns = entry->value.billing.due_ns;

    if (!entry->value.billing.has_due || now_ns > due_ns + billing->grace_ns)
        return INT64_MAX;
    return 1 + (now_ns > due_ns ? due_ns + billing->grace_ns : due_ns);
}

static bool valid(const struct tare_governor_policy *policy,
                  const struct tare__tenant *account, int64_t last_ns)
{
    (void)policy;
    (void)last_ns;
    return account->billing.has_due <= 1 &&
           (account->billing.has_due
                ? account->billing.owed > 0 && account->billing.due_ns >= 0 &&
                      account->billing.due_ns <= TARE__TIME_MOST
                : !account->billing.due_ns);
}

static enum tare_governor_verdict check_known(struct tare_governor *governor,
                                              const struct tare_governor_request *request,
                                              struct tare_governor_decision *decision)
{
    return tare__governor_check(apply_check, governor, request, decision);
}

const struct tare__governor_type tare__governor_billing = {
    .name = "billing",
    .ops = TARE__OP(TARE_GOVERNOR_CHECK) | TARE__OP(TARE_GOVERNOR_PEEK) |
           TARE__OP(TARE_GOVERNOR_CHARGE) | TARE__OP(TARE_GOVERNOR_PAYMENT) |
           TARE__OP(TARE_GOVERNOR_CREDIT) | TARE__OP(TARE_GOVERNOR_INVOICE_DUE),
    .id_ops = TARE__OP(TARE_GOVERNOR_CHARGE) | TARE__OP(TARE_GOVERNOR_PAYMENT) |
              TARE__OP(TARE_GOVERNOR_CREDIT),
    .prepare = prepare,
    .check = check_known,
    .apply = apply,
    .blank_from = blank_from,
    .deadline = deadline,
    .valid = valid,
};
