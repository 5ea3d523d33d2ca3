/* SPDX-License-Identifier: MIT
 *
 * Quotas: what GCRA promises, calendars, room for tenants.
 */
#include "lib/governor_fixture.h"
#include "support/random.h"

#include <errno.h>

#include <tare/quota.h>

enum { BURST = 10 };

static struct tare_governor_config rolling(int64_t limit, int64_t period_ns, uint32_t burst)
{
    return (struct tare_governor_config){
        .type = TARE_GOVERNOR_QUOTA,
        .tenants = 16,
        .events = 32,
        .quota = {.limit = limit, .period_ns = period_ns, .burst = burst}};
}

/* In any interval at most the burst, and one for each step in it. */
static void no_interval_admits_more_than_burst_and_rate(void **state)
{
    enum { REQUESTS = 3000 };
    static int64_t admitted_ns[REQUESTS];
    struct tare_governor_config config = rolling(7, SECOND, BURST);
    struct governed governed = govern(&config);
    int64_t now_ns = 1, step_ns = SECOND / 7 + 1;
    uint64_t seed = 1;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < REQUESTS; i++) {
        now_ns += (int64_t)(next_random(&seed) % (uint64_t)SECOND / 5);
        if (ASK(&governed, CHECK, .tenant = 3, .quantity = 1, .now_ns = now_ns) ==
            TARE_GOVERNOR_ALLOW)
            admitted_ns[count++] = now_ns;
    }
    assert_true(count > REQUESTS / 3 && count < REQUESTS);
    for (size_t from = 0; from < count; from++)
        for (size_t to = from; to < count && to < from + 200; to++) {
            int64_t length_ns = admitted_ns[to] - admitted_ns[from];
            assert_true((int64_t)(to - from + 1) <= BURST + length_ns / step_ns);
        }
    govern_end(&governed);
}

/* A bucket that a step's time fills by one unit, in whole nanoseconds. */
static void a_token_bucket_decides_the_same(void **state)
{
    struct tare_governor_config config = rolling(13, SECOND, BURST);
    struct governed governed = govern(&config);
    int64_t step_ns = (SECOND + 12) / 13, full_ns = step_ns * BURST;
    int64_t level_ns = full_ns, now_ns = 0;
    uint64_t seed = 7;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        int64_t passed_ns = (int64_t)(next_random(&seed) % (uint64_t)step_ns * 3);
        uint32_t quantity = 1 + (uint32_t)next_random(&seed) % 4;
        int64_t cost_ns = quantity * step_ns;

        now_ns += passed_ns;
        level_ns = level_ns + passed_ns < full_ns ? level_ns + passed_ns : full_ns;
        if (next_random(&seed) % 8 == 0) {
            level_ns = level_ns + cost_ns < full_ns ? level_ns + cost_ns : full_ns;
            ALLOWS(&governed, REFUND, .tenant = 5, .quantity = quantity, .now_ns = now_ns);
        } else if (level_ns >= cost_ns) {
            level_ns -= cost_ns;
            ALLOWS(&governed, CHECK, .tenant = 5, .quantity = quantity, .now_ns = now_ns);
        } else {
            DENIES(&governed, OVER_QUOTA, CHECK, .tenant = 5, .quantity = quantity,
                   .now_ns = now_ns);
            assert_int_equal(governed.decision.retry_after_ns, cost_ns - level_ns);
        }
        assert_int_equal(governed.decision.remaining, level_ns / step_ns);
        assert_int_equal(governed.decision.reset_after_ns, full_ns - level_ns);
    }
    govern_end(&governed);
}

static void a_retry_is_allowed_at_the_moment_that_was_said_and_not_before(void **state)
{
    struct tare_governor_config config = rolling(3, SECOND, 3);
    struct governed governed = govern(&config);
    int64_t now_ns = 5 * SECOND;

    (void)state;
    for (int i = 0; i < 100; i++) {
        if (ASK(&governed, CHECK, .tenant = 1, .quantity = 2, .now_ns = now_ns) ==
            TARE_GOVERNOR_ALLOW)
            continue;
        int64_t after_ns = governed.decision.retry_after_ns;
        assert_true(after_ns > 0);
        DENIES(&governed, OVER_QUOTA, CHECK, .tenant = 1, .quantity = 2,
               .now_ns = now_ns + after_ns - 1);
        ALLOWS(&governed, CHECK, .tenant = 1, .quantity = 2, .now_ns = now_ns + after_ns);
        now_ns += after_ns;
    }
    govern_end(&governed);
}

static void tenants_that_are_as_never_seen_make_room(void **state)
{
    struct tare_governor_config config = rolling(1, SECOND, 2);
    struct governed governed = govern(&config);
    struct tare_governor_stats stats;

    (void)state;
    for (uint32_t i = 0; i < 16; i++)
        ALLOWS(&governed, CHECK, .tenant = i, .quantity = 1, .now_ns = i);
    REFUSES(&governed, TENANTS_FULL, CHECK, .tenant = 99, .quantity = 1,
            .now_ns = SECOND - 1);
    ALLOWS(&governed, PEEK, .tenant = 99, .quantity = 1, .now_ns = SECOND - 1);
    ALLOWS(&governed, CHECK, .tenant = 99, .quantity = 1, .now_ns = SECOND + 3);
    tare_governor_get_stats(governed.governor, &stats);
    assert_int_equal(stats.tenants, 16 - 4 + 1); /* those of 0 to 3 have gone */
    assert_int_equal(stats.errors, 1);
    assert_int_equal(stats.answered, 17);
    govern_end(&governed);
}

static void calendars_begin_anew_with_each_month(void **state)
{
    /* 2024-02-29 23:59:59, 2024-03-01, 2100-02-28 23:59:59, 2100-03-01: no leap day */
    const int64_t ends[][2] = {{1709251199, 1709251200}, {4107542399, 4107542400}};
    struct tare_governor_config config = rolling(5, SECOND, 0);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        config.quota.window = TARE_GOVERNOR_MONTH;
        struct governed governed = govern(&config);
        ALLOWS(&governed, CHECK, .quantity = 4, .now_ns = ends[i][0] * SECOND);
        assert_int_equal(governed.decision.remaining, 1);
        assert_int_equal(governed.decision.reset_after_ns, SECOND);
        DENIES(&governed, OVER_QUOTA, CHECK, .quantity = 2, .now_ns = ends[i][0] * SECOND);
        assert_int_equal(governed.decision.retry_after_ns, SECOND);
        DENIES(&governed, OVER_QUOTA, CHECK, .quantity = 2,
               .now_ns = ends[i][1] * SECOND - 1);
        ALLOWS(&governed, CHECK, .quantity = 5, .now_ns = ends[i][1] * SECOND);
        govern_end(&governed);
    }
    config.quota.window = TARE_GOVERNOR_DAY;
    struct governed governed = govern(&config);
    ALLOWS(&governed, CHECK, .quantity = 5, .now_ns = 86399 * SECOND);
    DENIES(&governed, OVER_QUOTA, CHECK, .quantity = 1, .now_ns = 86400 * SECOND - 1);
    ALLOWS(&governed, CHECK, .quantity = 5, .now_ns = 86400 * SECOND);
    govern_end(&governed);
}

static void soft_quotas_flag_what_is_over(void **state)
{
    struct tare_governor_config config = rolling(1, SECOND, 2);

    (void)state;
    config.quota.is_soft = true;
    struct governed governed = govern(&config);
    ALLOWS(&governed, CHECK, .quantity = 2, .now_ns = 0);
    assert_false(governed.decision.flags & TARE_GOVERNOR_OVER_LIMIT);
    for (int i = 0; i < 5; i++) {
        ALLOWS(&governed, CHECK, .quantity = 2, .now_ns = 1);
        assert_true(governed.decision.flags & TARE_GOVERNOR_OVER_LIMIT);
        assert_int_equal(governed.decision.state_to, TARE_GOVERNOR_EXCEEDED);
    }
    assert_int_equal(governed.decision.reset_after_ns, 2 * SECOND);
    govern_end(&governed);
}

static void another_policy_keeps_the_share_that_is_used(void **state)
{
    struct tare_governor_config config = rolling(10, SECOND, 10);
    struct governed governed = govern(&config);
    struct tare_governor_policy *other, *small;

    (void)state;
    ALLOWS(&governed, CHECK, .quantity = 5, .now_ns = SECOND);
    config.quota.limit = 100;
    assert_int_equal(tare_governor_policy_create(&other, &config, NULL), 0);
    config.tenants = 100;
    assert_int_equal(tare_governor_policy_create(&small, &config, NULL), 0);
    assert_int_equal(tare_governor_reconfigure(governed.governor, small, SECOND), -EINVAL);
    assert_int_equal(tare_governor_reconfigure(governed.governor, other, SECOND), 0);
    ALLOWS(&governed, PEEK, .quantity = 1, .now_ns = SECOND);
    assert_int_equal(governed.decision.remaining, 4);
    assert_int_equal(governed.decision.reset_after_ns, 6 * SECOND / 100);
    tare_governor_policy_destroy(&governed.policy);
    tare_governor_policy_destroy(&small);
    governed.policy = other;
    govern_end(&governed);
}

static void the_quota_of_one_decides_as_a_governor_does(void **state)
{
    struct tare_governor_config config = rolling(13, SECOND, BURST);
    struct governed governed = govern(&config);
    struct tare_governor_decision decision;
    struct tare_quota quota;
    int64_t now_ns = 0;
    uint64_t seed = 3;

    (void)state;
    assert_int_equal(sizeof quota, 64);
    assert_int_equal(tare_quota_init(&quota, &config.quota), 0);
    for (int i = 0; i < 100000; i++) {
        uint32_t quantity = (uint32_t)next_random(&seed) % (BURST + 2);

        now_ns += (int64_t)(next_random(&seed) % (uint64_t)SECOND / 4) - SECOND / 64;
        now_ns = now_ns > 0 ? now_ns : 0;
        enum tare_governor_verdict verdict =
            ASK(&governed, CHECK, .tenant = 1, .quantity = quantity, .now_ns = now_ns);
        assert_int_equal(tare_quota_check(&quota, quantity, now_ns, &decision), verdict);
        assert_int_equal(decision.remaining, governed.decision.remaining);
        assert_int_equal(decision.retry_after_ns, governed.decision.retry_after_ns);
        assert_int_equal(decision.reset_after_ns, governed.decision.reset_after_ns);
        if (verdict != TARE_GOVERNOR_ERROR)
            assert_int_equal(decision.seq, governed.decision.seq);
    }
    govern_end(&governed);
}

static void what_cannot_be_a_quota_is_refused(void **state)
{
    const struct tare_governor_config wrong[] = {
        rolling(0, SECOND, 1),  rolling(1, 0, 1),         rolling(1, SECOND, 0),
        rolling(-1, SECOND, 1), rolling(1, INT64_MAX, 2), {.tenants = 1, .events = 1},
    };
    struct tare_governor_policy *policy = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(tare_governor_policy_create(&policy, &wrong[i], NULL), -EINVAL);
    assert_null(policy);
    struct tare_governor_config config = rolling(10, SECOND, 10);
    struct governed governed = govern(&config);
    REFUSES(&governed, BAD_QUANTITY, CHECK, .quantity = 0, .now_ns = 0);
    REFUSES(&governed, BAD_QUANTITY, CHECK, .quantity = 11, .now_ns = 0);
    REFUSES(&governed, OVERFLOW, CHECK, .quantity = 1, .now_ns = -1);
    REFUSES(&governed, OVERFLOW, CHECK, .quantity = 1, .now_ns = INT64_MAX);
    REFUSES(&governed, UNKNOWN_OP, CHARGE, .now_ns = 0);
    REFUSES(&governed, UNKNOWN_OP, OPS, .now_ns = 0);
    assert_int_equal(tare_ring_next(tare_governor_ring(governed.governor)), 0);
    govern_end(&governed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_interval_admits_more_than_burst_and_rate),
        cmocka_unit_test(a_token_bucket_decides_the_same),
        cmocka_unit_test(a_retry_is_allowed_at_the_moment_that_was_said_and_not_before),
        cmocka_unit_test(tenants_that_are_as_never_seen_make_room),
        cmocka_unit_test(calendars_begin_anew_with_each_month),
        cmocka_unit_test(soft_quotas_flag_what_is_over),
        cmocka_unit_test(another_policy_keeps_the_share_that_is_used),
        cmocka_unit_test(the_quota_of_one_decides_as_a_governor_does),
        cmocka_unit_test(what_cannot_be_a_quota_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
