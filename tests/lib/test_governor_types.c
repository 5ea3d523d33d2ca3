/* SPDX-License-Identifier: MIT
 *
 * Entitlements, accounts, subscriptions and compliance: each transition, and what keeps one from being.
 */
#include "lib/governor_fixture.h"

#include <errno.h>

static struct tare_governor_config config_of(enum tare_governor_type type)
{
    struct tare_governor_config config = {
        .type = type, .tenants = 4, .events = 8, .answers = 16};

    switch (type) {
    case TARE_GOVERNOR_ENTITLEMENT:
        config.entitlement.features[1] = TARE_GOVERNOR_SWITCH;
        config.entitlement.features[2] = TARE_GOVERNOR_VALUE;
        config.entitlement.features[63] = TARE_GOVERNOR_METER;
        config.entitlement.grants = 2;
        break;
    case TARE_GOVERNOR_BILLING:
        config.billing = (struct tare_governor_billing){
            .credit_limit = 1000, .grace_ns = 10 * SECOND, .currency = 978};
        break;
    case TARE_GOVERNOR_SUBSCRIPTION:
        config.subscription.dunning_ns = 10 * SECOND;
        break;
    case TARE_GOVERNOR_COMPLIANCE:
        config.compliance = (struct tare_governor_compliance){
            .rules = {{.attribute = 0,
                       .compare = TARE_GOVERNOR_IN_MASK,
                       .value = 1 << 5,
                       .effect = TARE_GOVERNOR_DENIES,
                       .severity = TARE_GOVERNOR_CRITICAL},
                      {.attribute = 1,
                       .compare = TARE_GOVERNOR_AT_LEAST,
                       .value = 1000,
                       .effect = TARE_GOVERNOR_FLAGS_IT,
                       .severity = 1},
                      {.attribute = 0,
                       .compare = TARE_GOVERNOR_EQUAL,
                       .value = 7,
                       .effect = TARE_GOVERNOR_DENIES,
                       .severity = 1},
                      {.attribute = 0,
                       .compare = TARE_GOVERNOR_UNEQUAL,
                       .value = 8,
                       .effect = TARE_GOVERNOR_ALLOWS,
                       .in_review = true},
                      {.attribute = 1,
                       .compare = TARE_GOVERNOR_LESS,
                       .value = 10,
                       .effect = TARE_GOVERNOR_ALLOWS}},
            .rule_count = 5,
            .flag_limit = 3,
            .flag_window_ns = 10 * SECOND};
        break;
    default:
        break;
    }
    return config;
}

static void features_are_granted_from_and_until(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_ENTITLEMENT);
    struct governed g = govern(&config);

    (void)state;
    DENIES(&g, NOT_GRANTED, CHECK, .tenant = 1, .feature = 1, .now_ns = 1);
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 1, .version = 3, .now_ns = 2);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 1, .now_ns = 2);
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 2, .version = 4, .value = 77, .from_ns = 10,
           .until_ns = 20, .now_ns = 3);
    DENIES(&g, NOT_YET, CHECK, .tenant = 1, .feature = 2, .now_ns = 9);
    assert_int_equal(g.decision.retry_after_ns, 1);
    assert_int_equal(tare_governor_next_deadline(g.governor), 10);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 2, .now_ns = 10);
    assert_int_equal(g.decision.value, 77);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 2, .now_ns = 19);
    DENIES(&g, EXPIRED, CHECK, .tenant = 1, .feature = 2, .now_ns = 20);
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 63, .version = 5, .value = 4, .now_ns = 20);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 63, .now_ns = 20);
    assert_true(g.decision.flags & TARE_GOVERNOR_METERED);
    assert_int_equal(g.decision.value, 4);
    REFUSES(&g, GRANTS_FULL, GRANT, .tenant = 2, .feature = 2, .version = 1, .value = 1,
            .now_ns = 21);
    ALLOWS(&g, REVOKE, .tenant = 1, .feature = 2, .version = 6, .now_ns = 22);
    DENIES(&g, NOT_GRANTED, CHECK, .tenant = 1, .feature = 2, .now_ns = 22);
    ALLOWS(&g, GRANT, .tenant = 2, .feature = 2, .version = 1, .value = 1, .now_ns = 23);
    govern_end(&g);
}

static void what_comes_late_grants_nothing(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_ENTITLEMENT);
    struct governed g = govern(&config);

    (void)state;
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 1, .version = 5, .now_ns = 1);
    ALLOWS(&g, REVOKE, .tenant = 1, .feature = 1, .version = 6, .now_ns = 1);
    REFUSES(&g, STALE_VERSION, GRANT, .tenant = 1, .feature = 1, .version = 5, .now_ns = 1);
    REFUSES(&g, STALE_VERSION, GRANT, .tenant = 1, .feature = 1, .version = 6, .now_ns = 1);
    REFUSES(&g, STALE_VERSION, GRANT, .tenant = 1, .feature = 1, .version = 1 << 28,
            .now_ns = 1);
    REFUSES(&g, UNKNOWN_FEATURE, GRANT, .tenant = 1, .feature = 3, .version = 7,
            .now_ns = 1);
    REFUSES(&g, UNKNOWN_FEATURE, CHECK, .tenant = 1, .feature = 64, .now_ns = 1);
    REFUSES(&g, UNKNOWN_FEATURE, REPLACE, .tenant = 1, .value = 1 << 3, .version = 7,
            .now_ns = 1);
    REFUSES(&g, BAD_QUANTITY, GRANT, .tenant = 1, .feature = 2, .version = 7, .from_ns = 5,
            .until_ns = 5, .now_ns = 1);
    DENIES(&g, NOT_GRANTED, CHECK, .tenant = 1, .feature = 1, .now_ns = 1);
    govern_end(&g);
}

static void a_feature_of_the_old_set_and_the_new_one_is_never_denied(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_ENTITLEMENT);
    struct governed g = govern(&config);

    (void)state;
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 2, .version = 1, .value = 9, .now_ns = 1);
    ALLOWS(&g, REPLACE, .tenant = 1, .value = 1 << 1 | 1 << 2, .version = 2, .now_ns = 1);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 2, .now_ns = 1);
    assert_int_equal(g.decision.value, 9);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 1, .now_ns = 1);
    ALLOWS(&g, REPLACE, .tenant = 1, .value = 1 << 1, .version = 3, .now_ns = 1);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 1, .now_ns = 1);
    DENIES(&g, NOT_GRANTED, CHECK, .tenant = 1, .feature = 2, .now_ns = 1);
    govern_end(&g);
}

static void accounts_fall_due_and_close(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_BILLING);
    struct governed g = govern(&config);

    (void)state;
    ALLOWS(&g, CHARGE, .tenant = 1, .amount = 600, .currency = 978, .id = {1}, .now_ns = 1);
    ALLOWS(&g, CHECK, .tenant = 1, .amount = 400, .now_ns = 1);
    DENIES(&g, OVER_CREDIT, CHECK, .tenant = 1, .amount = 401, .now_ns = 1);
    REFUSES(&g, WRONG_STATE, INVOICE_DUE, .tenant = 2, .until_ns = 5, .now_ns = 1);
    ALLOWS(&g, INVOICE_DUE, .tenant = 1, .until_ns = SECOND, .now_ns = 1);
    ALLOWS(&g, INVOICE_DUE, .tenant = 1, .until_ns = 2 * SECOND,
           .now_ns = 1); /* the first counts */
    assert_int_equal(tare_governor_next_deadline(g.governor), SECOND + 1);
    ALLOWS(&g, CHECK, .tenant = 1, .amount = 1, .now_ns = SECOND);
    assert_int_equal(g.decision.state_to, TARE_GOVERNOR_CURRENT);
    ALLOWS(&g, CHECK, .tenant = 1, .amount = 1, .now_ns = SECOND + 1);
    assert_int_equal(g.decision.state_to, TARE_GOVERNOR_PAST_DUE);
    assert_true(g.decision.flags & TARE_GOVERNOR_NEAR_LIMIT);
    ALLOWS(&g, CHECK, .tenant = 1, .amount = 1, .now_ns = 11 * SECOND);
    DENIES(&g, ACCOUNT_SUSPENDED, CHECK, .tenant = 1, .amount = 1,
           .now_ns = 11 * SECOND + 1);
    ALLOWS(&g, PAYMENT, .tenant = 1, .amount = 599, .currency = 978, .id = {2},
           .now_ns = 12 * SECOND);
    DENIES(&g, ACCOUNT_SUSPENDED, CHECK, .tenant = 1, .amount = 1, .now_ns = 12 * SECOND);
    ALLOWS(&g, CREDIT, .tenant = 1, .amount = 1, .currency = 978, .id = {3},
           .now_ns = 12 * SECOND);
    assert_int_equal(g.decision.state_to, TARE_GOVERNOR_CURRENT);
    ALLOWS(&g, CHECK, .tenant = 1, .amount = 1000, .now_ns = 12 * SECOND);
    govern_end(&g);
}

static void wrong_bookings_change_nothing(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_BILLING);
    struct governed g = govern(&config);

    (void)state;
    ALLOWS(&g, CHARGE, .tenant = 1, .amount = INT64_MAX - 1, .currency = 978, .id = {1},
           .now_ns = 1);
    REFUSES(&g, OVERFLOW, CHARGE, .tenant = 1, .amount = 2, .currency = 978, .id = {2},
            .now_ns = 1);
    REFUSES(&g, OVERFLOW, CHECK, .tenant = 1, .amount = 2, .now_ns = 1);
    REFUSES(&g, WRONG_CURRENCY, CHARGE, .tenant = 1, .amount = 1, .currency = 840,
            .id = {3}, .now_ns = 1);
    REFUSES(&g, BAD_QUANTITY, PAYMENT, .tenant = 1, .amount = 0, .currency = 978, .id = {4},
            .now_ns = 1);
    REFUSES(&g, ID_MISSING, CHARGE, .tenant = 1, .amount = 1, .currency = 978, .now_ns = 1);
    DENIES(&g, OVER_CREDIT, PEEK, .tenant = 1, .amount = 0, .now_ns = 1);
    assert_int_equal(1000 - g.decision.remaining, INT64_MAX - 1);
    config.answers = 0;
    struct tare_governor_policy *policy;
    assert_int_equal(tare_governor_policy_create(&policy, &config, NULL), -EINVAL);
    govern_end(&g);
}

/* At any seq what is owed is charges less payments less credits; what is asked again counts once. */
static void bookings_add_up_and_repetitions_count_once(void **state)
{
    enum { ACCOUNTS = 4, LAST = 16 };
    struct tare_governor_config config = config_of(TARE_GOVERNOR_BILLING);
    struct governed g = govern(&config);
    struct tare_governor_request asked[LAST] = {0};
    int64_t owed[ACCOUNTS] = {0};
    uint64_t seed = 5, seq = 0;

    (void)state;
    for (uint64_t i = 1; i <= 50000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        struct tare_governor_request *request = &asked[i % LAST];
        bool is_again = seed >> 60 == 0 && i > LAST;
        if (is_again)
            request = &asked[(i - 1 - (seed >> 50 & 7)) % LAST];
        else
            *request = (struct tare_governor_request){
                .op = (uint8_t)(TARE_GOVERNOR_CHARGE + (seed >> 33) % 3),
                .tenant = (uint32_t)(seed >> 40) % ACCOUNTS,
                .amount = 1 + (int64_t)(seed >> 20 & 1023),
                .currency = 978,
                .id = {i, seed},
                .now_ns = (int64_t)i};
        if (is_again)
            asked[i % LAST] = (struct tare_governor_request){0}; /* nothing new */
        if (!request->op)
            continue;
        assert_int_equal(ask(&g, request), TARE_GOVERNOR_ALLOW);
        if (!(g.decision.flags & TARE_GOVERNOR_REPLAYED)) {
            assert_false(is_again);
            owed[request->tenant] +=
                request->op == TARE_GOVERNOR_CHARGE ? request->amount : -request->amount;
            assert_int_equal(g.decision.seq, seq++);
        }
        ASK(&g, PEEK, .tenant = request->tenant, .amount = 0, .now_ns = (int64_t)i);
        assert_int_equal(1000 - g.decision.remaining, owed[request->tenant]);
    }
    govern_end(&g);
}

static void subscriptions_go_through_all_their_states(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_SUBSCRIPTION);
    struct governed g = govern(&config);

    (void)state;
    DENIES(&g, NOT_SUBSCRIBED, CHECK, .tenant = 1, .now_ns = 0);
    REFUSES(&g, WRONG_STATE, RENEWED, .tenant = 1, .until_ns = 9, .version = 1,
            .now_ns = 0);
    ALLOWS(&g, ACTIVATE, .tenant = 1, .plan = 3, .until_ns = 100 * SECOND, .version = 1,
           .now_ns = 1);
    assert_int_equal(g.decision.effects, TARE_GOVERNOR_SET_ENTITLEMENTS |
                                             TARE_GOVERNOR_SET_QUOTA |
                                             TARE_GOVERNOR_OPEN_ACCOUNT);
    assert_int_equal(g.decision.plan, 3);
    REFUSES(&g, WRONG_STATE, ACTIVATE, .tenant = 1, .until_ns = 200 * SECOND, .version = 2,
            .now_ns = 1);
    ALLOWS(&g, CHANGE_PLAN, .tenant = 1, .plan = 4, .version = 2, .now_ns = 2);
    REFUSES(&g, STALE_VERSION, CHANGE_PLAN, .tenant = 1, .plan = 5, .version = 2,
            .now_ns = 2);
    ALLOWS(&g, CHECK, .tenant = 1, .now_ns = 100 * SECOND);
    assert_int_equal(g.decision.state_to, TARE_GOVERNOR_ACTIVE);
    assert_int_equal(tare_governor_next_deadline(g.governor), 100 * SECOND + 1);
    ALLOWS(&g, CHECK, .tenant = 1, .now_ns = 100 * SECOND + 1);
    assert_int_equal(g.decision.state_to, TARE_GOVERNOR_UNPAID);
    assert_int_equal(g.decision.flags, TARE_GOVERNOR_NEAR_LIMIT);
    ALLOWS(&g, RENEWED, .tenant = 1, .until_ns = 200 * SECOND, .version = 3,
           .now_ns = 105 * SECOND);
    ALLOWS(&g, PAYMENT_FAILED, .tenant = 1, .version = 4, .now_ns = 150 * SECOND);
    ALLOWS(&g, CHECK, .tenant = 1, .now_ns = 160 * SECOND);
    DENIES(&g, NOT_SUBSCRIBED, CHECK, .tenant = 1, .now_ns = 160 * SECOND + 1);
    assert_int_equal(g.decision.effects,
                     TARE_GOVERNOR_SET_ENTITLEMENTS | TARE_GOVERNOR_SET_QUOTA);
    assert_int_equal(g.decision.plan, 0);
    ALLOWS(&g, ACTIVATE, .tenant = 1, .plan = 3, .until_ns = 300 * SECOND, .is_trial = true,
           .version = 5, .now_ns = 161 * SECOND);
    DENIES(&g, NOT_SUBSCRIBED, CHECK, .tenant = 1, .now_ns = 300 * SECOND + 1);
    ALLOWS(&g, ACTIVATE, .tenant = 1, .plan = 3, .until_ns = 400 * SECOND, .version = 6,
           .now_ns = 301 * SECOND);
    ALLOWS(&g, CANCEL_AT_END, .tenant = 1, .version = 7, .now_ns = 302 * SECOND);
    ALLOWS(&g, CHECK, .tenant = 1, .now_ns = 400 * SECOND - 1);
    DENIES(&g, NOT_SUBSCRIBED, CHECK, .tenant = 1, .now_ns = 400 * SECOND);
    govern_end(&g);
}

/* Whether it is looked at all the time or once: what time does is done at the same moments. */
static void many_looks_and_one_look_see_the_same(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_SUBSCRIPTION);

    (void)state;
    for (int64_t end = 1; end < 40; end++) {
        struct governed often = govern(&config), once = govern(&config);

        ALLOWS(&often, ACTIVATE, .tenant = 1, .plan = 2, .until_ns = SECOND, .version = 1);
        ALLOWS(&once, ACTIVATE, .tenant = 1, .plan = 2, .until_ns = SECOND, .version = 1);
        for (int64_t now = 0; now <= end; now++)
            ASK(&often, CHECK, .tenant = 1, .now_ns = now * SECOND / 3 + 1);
        ASK(&once, CHECK, .tenant = 1, .now_ns = end * SECOND / 3 + 1);
        assert_int_equal(often.decision.verdict, once.decision.verdict);
        assert_int_equal(often.decision.state_to, once.decision.state_to);
        assert_int_equal(often.decision.reset_after_ns, once.decision.reset_after_ns);
        govern_end(&often);
        govern_end(&once);
    }
}

#define EVALUATE(g, at_ns, ...)                        \
    ASK(g, CHECK, .tenant = 1, .now_ns = (at_ns),      \
        .attributes = (const uint64_t[]){__VA_ARGS__}, \
        .attribute_count = sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void release_all(struct governed *g)
{
    struct tare_ring *ring = tare_governor_ring(g->governor);

    tare_ring_release(ring, tare_ring_next(ring));
}

static void the_first_rule_that_fits_decides(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_COMPLIANCE);
    struct governed g = govern(&config);

    (void)state;
    assert_int_equal(EVALUATE(&g, 1, 1, 1), TARE_GOVERNOR_ALLOW);
    assert_int_equal(g.decision.value, 3);
    assert_int_equal(EVALUATE(&g, 1, 7, 1), TARE_GOVERNOR_DENY);
    assert_int_equal(g.decision.reason, TARE_GOVERNOR_RULE);
    assert_int_equal(EVALUATE(&g, 1, 8, 9), TARE_GOVERNOR_ALLOW);
    assert_int_equal(g.decision.value, 4);
    assert_int_equal(EVALUATE(&g, 1, 8, 10), TARE_GOVERNOR_DENY);
    assert_int_equal(g.decision.reason, TARE_GOVERNOR_NO_RULE);
    assert_int_equal(EVALUATE(&g, 1, 5, 1), TARE_GOVERNOR_DENY); /* critical */
    assert_int_equal(g.decision.state_to, TARE_GOVERNOR_STOPPED);
    assert_int_equal(EVALUATE(&g, 1, 1, 1), TARE_GOVERNOR_DENY);
    assert_int_equal(g.decision.reason, TARE_GOVERNOR_BLOCKED);
    ALLOWS(&g, CLEAR, .tenant = 1, .version = 1, .value = 42, .now_ns = 2);
    assert_int_equal(EVALUATE(&g, 2, 1, 1), TARE_GOVERNOR_ALLOW);
    govern_end(&g);
}

static void flags_within_the_window_lead_to_a_review(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_COMPLIANCE);
    struct governed g = govern(&config);

    (void)state;
    assert_int_equal(EVALUATE(&g, SECOND, 1, 1000), TARE_GOVERNOR_ALLOW);
    assert_true(g.decision.flags & TARE_GOVERNOR_FLAGGED);
    ALLOWS(&g, REPORT, .tenant = 1, .severity = 1, .now_ns = 2 * SECOND);
    ALLOWS(&g, REPORT, .tenant = 1, .severity = 0, .now_ns = 2 * SECOND); /* none */
    ALLOWS(&g, REPORT, .tenant = 1, .severity = 2,
           .now_ns = 11 * SECOND); /* the first has gone */
    assert_int_equal(g.decision.state_to, TARE_GOVERNOR_CLEAN);
    ALLOWS(&g, REPORT, .tenant = 1, .severity = 2, .now_ns = 12 * SECOND - 1);
    assert_int_equal(g.decision.state_to, TARE_GOVERNOR_REVIEW);
    assert_int_equal(EVALUATE(&g, 12 * SECOND, 1, 1), TARE_GOVERNOR_ALLOW);
    assert_int_equal(EVALUATE(&g, 12 * SECOND, 8, 1), TARE_GOVERNOR_DENY);
    assert_int_equal(g.decision.reason, TARE_GOVERNOR_IN_REVIEW);
    ALLOWS(&g, REPORT, .tenant = 1, .severity = TARE_GOVERNOR_CRITICAL,
           .now_ns = 12 * SECOND);
    assert_int_equal(g.decision.state_to, TARE_GOVERNOR_STOPPED);
    govern_end(&g);
}

/* No event is ever lost: without room for one nothing is decided. */
static void compliance_waits_for_its_events_to_be_released(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_COMPLIANCE);
    struct governed g = govern(&config);

    (void)state;
    for (int i = 0; i < 8; i++)
        assert_int_equal(EVALUATE(&g, 1, 1, 1), TARE_GOVERNOR_ALLOW);
    assert_int_equal(EVALUATE(&g, 1, 5, 1), TARE_GOVERNOR_ERROR);
    assert_int_equal(g.decision.reason, TARE_GOVERNOR_AUDIT_FULL);
    release_all(&g);
    assert_int_equal(EVALUATE(&g, 1, 1, 1), TARE_GOVERNOR_ALLOW); /* and not stopped */
    govern_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_granted_from_and_until),
        cmocka_unit_test(what_comes_late_grants_nothing),
        cmocka_unit_test(a_feature_of_the_old_set_and_the_new_one_is_never_denied),
        cmocka_unit_test(accounts_fall_due_and_close),
        cmocka_unit_test(wrong_bookings_change_nothing),
        cmocka_unit_test(bookings_add_up_and_repetitions_count_once),
        cmocka_unit_test(subscriptions_go_through_all_their_states),
        cmocka_unit_test(many_looks_and_one_look_see_the_same),
        cmocka_unit_test(the_first_rule_that_fits_decides),
        cmocka_unit_test(flags_within_the_window_lead_to_a_review),
        cmocka_unit_test(compliance_waits_for_its_events_to_be_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
