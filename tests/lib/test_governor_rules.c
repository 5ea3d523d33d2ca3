/* SPDX-License-Identifier: MIT
 *
 * What holds for all types: ids, life, shadow, tenants that are admitted, time.
 */
#include "lib/governor_script.h"

#include <errno.h>

static struct tare_governor_config config_of(enum tare_governor_type type)
{
    struct tare_governor_config config = {
        .type = type, .tenants = 4, .events = 8, .answers = 16};

    if (type == TARE_GOVERNOR_ENTITLEMENT) {
        config.entitlement.features[1] = TARE_GOVERNOR_SWITCH;
        config.entitlement.features[2] = TARE_GOVERNOR_VALUE;
        config.entitlement.grants = 2;
    } else {
        config.billing = (struct tare_governor_billing){
            .credit_limit = 1000, .grace_ns = 10 * SECOND, .currency = 978};
    }
    return config;
}

static void an_id_stands_for_one_request(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_BILLING);
    struct tare_governor_stats stats;
    struct governed g = govern(&config);

    (void)state;
    ALLOWS(&g, CHARGE, .tenant = 1, .amount = 5, .currency = 978, .id = {1, 2},
           .now_ns = 1);
    ALLOWS(&g, CHARGE, .tenant = 1, .amount = 5, .currency = 978, .id = {1, 2},
           .now_ns = 9);
    assert_int_equal(g.decision.flags, TARE_GOVERNOR_REPLAYED);
    assert_int_equal(g.decision.seq, 0);
    REFUSES(&g, ID_CONFLICT, CHARGE, .tenant = 1, .amount = 6, .currency = 978,
            .id = {1, 2}, .now_ns = 9);
    tare_governor_get_stats(g.governor, &stats);
    assert_int_equal(stats.replayed, 1);
    assert_int_equal(stats.answered, 1);
    assert_int_equal(stats.last_ns, 1);
    for (uint64_t i = 10; i < 26; i++) /* the window passes on */
        ALLOWS(&g, CHARGE, .tenant = 1, .amount = 1, .currency = 978, .id = {i},
               .now_ns = 9);
    ALLOWS(&g, CHARGE, .tenant = 1, .amount = 6, .currency = 978, .id = {1, 2},
           .now_ns = 9);
    assert_int_equal(g.decision.flags & TARE_GOVERNOR_REPLAYED, 0);
    govern_end(&g);
}

static void governors_that_are_suspended_or_faulted_decide_nothing(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_BILLING);
    struct governed g = govern(&config);

    (void)state;
    tare_governor_suspend(g.governor);
    REFUSES(&g, SUSPENDED, CHECK, .tenant = 1, .now_ns = 1);
    tare_governor_resume(g.governor);
    ALLOWS(&g, CHECK, .tenant = 1, .now_ns = 1);
    tare_governor_fault(g.governor);
    tare_governor_resume(g.governor); /* not of a fault */
    REFUSES(&g, RESTARTING, CHECK, .tenant = 1, .now_ns = 1);
    tare_governor_reset(g.governor);
    ALLOWS(&g, CHECK, .tenant = 1, .now_ns = 1);
    assert_int_equal(g.decision.seq, 1);
    govern_end(&g);
}

static void in_the_shadow_all_is_allowed_and_the_reason_is_kept(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_ENTITLEMENT);

    (void)state;
    config.is_shadow = true;
    struct governed g = govern(&config);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 1, .now_ns = 1);
    assert_int_equal(g.decision.flags, TARE_GOVERNOR_SHADOW);
    assert_int_equal(g.decision.reason, TARE_GOVERNOR_NOT_GRANTED);
    REFUSES(&g, UNKNOWN_FEATURE, CHECK, .tenant = 1, .feature = 5, .now_ns = 1);
    govern_end(&g);
}

static void closed_governors_know_whom_they_admitted(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_ENTITLEMENT);

    (void)state;
    config.is_closed = true;
    struct governed g = govern(&config);
    REFUSES(&g, UNKNOWN_TENANT, GRANT, .tenant = 1, .feature = 1, .version = 1,
            .now_ns = 1);
    for (uint32_t i = 1; i <= 4; i++)
        assert_int_equal(tare_governor_admit(g.governor, i, 1), 0);
    assert_int_equal(tare_governor_admit(g.governor, 5, 1), -ENOSPC);
    assert_int_equal(tare_governor_admit(g.governor, 4, 1), 0);
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 1, .version = 1, .now_ns = 1);
    govern_end(&g);
}

static void time_does_not_go_back(void **state)
{
    struct tare_governor_config config = config_of(TARE_GOVERNOR_ENTITLEMENT);
    struct tare_governor_stats stats;
    struct governed g = govern(&config);

    (void)state;
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 2, .version = 1, .until_ns = 10, .now_ns = 5);
    DENIES(&g, EXPIRED, CHECK, .tenant = 1, .feature = 2, .now_ns = 10);
    DENIES(&g, EXPIRED, CHECK, .tenant = 1, .feature = 2, .now_ns = 9);
    assert_int_equal(g.decision.flags, TARE_GOVERNOR_STALE_CLOCK);
    tare_governor_get_stats(g.governor, &stats);
    assert_int_equal(stats.stale_clocks, 1);
    govern_end(&g);
}

/* Nine in ten are checks; two tenants of three are known soon. */
static void ask_both_ways(const struct tare_governor_config *config, uint32_t verdicts[3])
{
    struct governed any = govern(config), shorter = govern(config);

    any.policy->ask = tare__governor_ask_any;
    for (uint64_t i = 1; i < 4000; i++) {
        uint64_t attribute;
        struct tare_governor_request request = script_request(i, &attribute);

        if (i % 10)
            request.op = TARE_GOVERNOR_CHECK;
        ask(&any, &request);
        verdicts[ask(&shorter, &request)]++;
        assert_memory_equal(&any.decision, &shorter.decision, sizeof any.decision);
        script_release(&any, i);
        script_release(&shorter, i);
    }
    same_state(&any, &shorter);
    govern_end(&any);
    govern_end(&shorter);
}

static void the_short_way_of_a_check_leads_where_the_long_one_does(void **state)
{
    uint32_t verdicts[3] = {0};

    (void)state;
    for (int i = 0; i < 4 * TARE_GOVERNOR_TYPES; i++) {
        struct tare_governor_config config = script_config(i / 4);

        config.is_shadow = i % 4 == 1;
        config.is_lossless = i % 4 == 2;
        if (config.type == TARE_GOVERNOR_QUOTA) {
            config.quota.limit = 10;
            config.quota.is_soft = i == 3;
        }
        ask_both_ways(&config, verdicts);
    }
    for (int i = 0; i < 3; i++)
        assert_true(verdicts[i] > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_stands_for_one_request),
        cmocka_unit_test(governors_that_are_suspended_or_faulted_decide_nothing),
        cmocka_unit_test(in_the_shadow_all_is_allowed_and_the_reason_is_kept),
        cmocka_unit_test(closed_governors_know_whom_they_admitted),
        cmocka_unit_test(time_does_not_go_back),
        cmocka_unit_test(the_short_way_of_a_check_leads_where_the_long_one_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
