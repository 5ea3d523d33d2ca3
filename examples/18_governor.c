/* SPDX-License-Identifier: MIT
 *
 * May this customer do that now? A subscription, what it entitles to, an account and a quota decide, each
 * with 2 KiB of memory that never grows. Customers, plans and features are known by their handles of one
 * table of names. What the subscription says is to be done at the others, the caller does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/governor.h>
#include <tare/governor_log.h>
#include <tare/intern.h>

#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)

enum feature { EXPORTS, SEATS };

static struct tare_intern *names;

static uint32_t name(const char *text)
{
    return tare_intern_insert(names, text, strlen(text));
}

static struct tare_governor *governor_of(struct tare_governor_policy **policy,
                                         struct tare_governor_config config)
{
    struct tare_governor *governor;

    config.tenants = 16;
    config.events = 32;
    if (tare_governor_policy_create(policy, &config, NULL) ||
        tare_governor_create(&governor, *policy))
        exit(1);
    return governor;
}

enum { SUBSCRIPTIONS, ENTITLEMENTS, ACCOUNTS, QUOTAS, KINDS };
static struct tare_governor_policy *policies[KINDS];
static struct tare_governor *governors[KINDS];

static void begin(void)
{
    struct tare_governor_config entitlements = {.type = TARE_GOVERNOR_ENTITLEMENT};

    if (tare_intern_create(&names, NULL))
        exit(1);
    entitlements.entitlement.grants = 32;
    entitlements.entitlement.features[EXPORTS] = TARE_GOVERNOR_SWITCH;
    entitlements.entitlement.features[SEATS] = TARE_GOVERNOR_VALUE;
    governors[SUBSCRIPTIONS] =
        governor_of(&policies[SUBSCRIPTIONS],
                    (struct tare_governor_config){.type = TARE_GOVERNOR_SUBSCRIPTION,
                                                  .subscription = {.dunning_ns = 7 * DAY}});
    governors[ENTITLEMENTS] = governor_of(&policies[ENTITLEMENTS], entitlements);
    governors[ACCOUNTS] = governor_of(
        &policies[ACCOUNTS],
        (struct tare_governor_config){.type = TARE_GOVERNOR_BILLING,
                                      .answers = 64, /* the latest that count once */
                                      .billing = {.credit_limit = 10000, .grace_ns = DAY}});
    governors[QUOTAS] =
        governor_of(&policies[QUOTAS],
                    (struct tare_governor_config){
                        .type = TARE_GOVERNOR_QUOTA,
                        .quota = {.limit = 60, .period_ns = 60 * SECOND, .burst = 5}});
}

static void end(void)
{
    for (int i = 0; i < KINDS; i++) {
        tare_governor_destroy(&governors[i]);
        tare_governor_policy_destroy(&policies[i]);
    }
    tare_intern_destroy(&names);
}

static struct tare_governor_decision ask(int kind, struct tare_governor_request request)
{
    struct tare_governor_decision decision;

    tare_governor_ask(governors[kind], &request, &decision);
    printf("%-8s %-13s %-6s %s\n", tare_intern_text(names, request.tenant),
           tare_governor_op_name(request.op), tare_governor_verdict_name(decision.verdict),
           tare_governor_reason_name(decision.reason));
    return decision;
}

/* What the plan is, the others are told. */
static void subscribe(uint32_t customer, const char *plan, int64_t now_ns, uint32_t version)
{
    struct tare_governor_decision decision =
        ask(SUBSCRIPTIONS, (struct tare_governor_request){.op = TARE_GOVERNOR_ACTIVATE,
                                                          .tenant = customer,
                                                          .plan = name(plan),
                                                          .until_ns = now_ns + 30 * DAY,
                                                          .version = version,
                                                          .now_ns = now_ns});
    if (!(decision.effects & TARE_GOVERNOR_SET_ENTITLEMENTS))
        return;
    ask(ENTITLEMENTS,
        (struct tare_governor_request){.op = TARE_GOVERNOR_GRANT,
                                       .tenant = customer,
                                       .feature = SEATS,
                                       .value = decision.plan == name("team") ? 25 : 1,
                                       .version = version,
                                       .now_ns = now_ns});
}

/* The same charge, sent twice, as networks make one do. */
static bool charge_once(uint32_t customer, int64_t now_ns)
{
    const struct tare_governor_request charge = {.op = TARE_GOVERNOR_CHARGE,
                                                 .tenant = customer,
                                                 .amount = 4900,
                                                 .id = {20260101, 1},
                                                 .now_ns = now_ns};

    ask(ACCOUNTS, charge);
    struct tare_governor_decision again = ask(ACCOUNTS, charge);
    return again.flags & TARE_GOVERNOR_REPLAYED && again.remaining == 10000 - 4900;
}

/* A burst of five, one more each second; and a restart amid it. */
static unsigned run_quota(uint32_t customer, int64_t now_ns)
{
    static uint64_t log[4096 / 8];
    char *end = (char *)log;
    unsigned allowed = 0;

    for (int i = 0; i < 12; i++) {
        struct tare_governor_request request = {.op = TARE_GOVERNOR_CHECK,
                                                .tenant = customer,
                                                .quantity = 1,
                                                .now_ns = now_ns + i * SECOND / 4};
        struct tare_governor_decision decision = ask(QUOTAS, request);

        end += tare_governor_log_put(governors[QUOTAS], &request, &decision, end,
                                     sizeof log - (size_t)(end - (char *)log));
        if (i == 8) {
            tare_governor_fault(governors[QUOTAS]);
            tare_governor_destroy(&governors[QUOTAS]);
            if (tare_governor_create(&governors[QUOTAS], policies[QUOTAS]))
                exit(1);
            printf("restarted: %zu requests again\n",
                   tare_governor_replay(governors[QUOTAS], log, (size_t)(end - (char *)log),
                                        NULL));
        }
        allowed += decision.verdict == TARE_GOVERNOR_ALLOW;
    }
    return allowed;
}

int main(void)
{
    const int64_t now_ns = 20000 * DAY;

    begin();
    uint32_t ada = name("ada"), bob = name("bob");
    subscribe(ada, "team", now_ns, 1);
    struct tare_governor_decision seats =
        ask(ENTITLEMENTS, (struct tare_governor_request){
                              .tenant = ada, .feature = SEATS, .now_ns = now_ns + 1});
    struct tare_governor_decision stranger = ask(
        SUBSCRIPTIONS, (struct tare_governor_request){.tenant = bob, .now_ns = now_ns + 1});
    bool is_once = charge_once(ada, now_ns + 2);
    unsigned allowed = run_quota(ada, now_ns);
    printf("%u of 12 were allowed; a governor of quotas has %zu bytes\n", allowed,
           tare_governor_bytes(policies[QUOTAS]));
    end();
    return seats.value == 25 && stranger.reason == TARE_GOVERNOR_NOT_SUBSCRIBED &&
                   is_once && allowed == 7
               ? 0
               : 1;
}
