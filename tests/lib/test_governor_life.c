/* SPDX-License-Identifier: MIT
 *
 * Memory, room, other policies, and who may be forgotten.
 */
#include "lib/governor_script.h"

#include <errno.h>

static void each_allocation_may_fail(void **state)
{
    (void)state;
    for (int type = 0; type < TARE_GOVERNOR_TYPES; type++) {
        struct tare_governor_config config = script_config((enum tare_governor_type)type);
        size_t failures = 0;

        for (size_t fail_at = 1;; fail_at++) {
            struct tare_governor_policy *policy = NULL;
            struct tare_governor *governor = NULL;
            struct tare_mem_failer failer;

            tare_mem_failer_init(&failer, NULL, fail_at);
            int err = tare_governor_policy_create(&policy, &config, &failer.mem);
            assert_true(err ? !policy : policy != NULL);
            if (!err)
                err = tare_governor_create(&governor, policy);
            assert_true(err == 0 || err == -ENOMEM);
            assert_true(err ? !governor : tare__governor_valid(governor));
            tare_governor_destroy(&governor);
            tare_governor_policy_destroy(&policy);
            assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
            if (!err)
                break;
            failures++;
        }
        assert_true(failures >= 3); /* the map's measure, the policy, the governor */
    }
}

static void memory_that_is_too_small_or_askew_is_refused(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_QUOTA);
    struct tare_governor_policy *policy;
    struct tare_governor *governor = NULL;
    static _Alignas(64) char memory[8192];

    (void)state;
    assert_int_equal(tare_governor_policy_create(&policy, &config, NULL), 0);
    size_t bytes = tare_governor_bytes(policy);
    assert_true(bytes < sizeof memory - 64);
    assert_int_equal(tare_governor_init(&governor, memory, bytes - 1, policy), -EINVAL);
    assert_int_equal(tare_governor_init(&governor, memory + 32, bytes, policy), -EINVAL);
    assert_null(governor);
    assert_int_equal(tare_governor_init(&governor, memory, bytes, policy), 0);
    tare_governor_policy_destroy(&policy);
}

/* What a governor with little room answers is what one with room for all does: that a tenant was forgotten
 * cannot be noticed. */
static void nobody_notices_who_was_forgotten(void **state)
{
    (void)state;
    for (int type = 0; type < TARE_GOVERNOR_TYPES; type++) {
        struct tare_governor_config config = script_config((enum tare_governor_type)type);
        size_t same = 0;

        config.answers = config.answers ? 5 : 0;
        config.tenants = 4;
        struct governed small = govern(&config);
        config.tenants = SCRIPT_TENANTS;
        struct governed large = govern(&config);
        for (uint64_t i = 1; i < 6000; i++) {
            uint64_t attribute;
            struct tare_governor_request request = script_request(i, &attribute);

            request.now_ns *= 20;
            ask(&small, &request);
            script_release(&small, i);
            if (small.decision.reason != TARE_GOVERNOR_TENANTS_FULL) {
                ask(&large, &request);
                assert_memory_equal(&small.decision, &large.decision,
                                    sizeof small.decision);
                same++;
            }
            script_release(&large, i);
        }
        assert_true(same > 2000);
        govern_end(&small);
        govern_end(&large);
    }
}

/* Room that is made at a time is made for all times after it. */
static void admission_is_a_moment_as_any(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_QUOTA);
    struct governed g;

    (void)state;
    config.tenants = 1;
    g = govern(&config);
    ALLOWS(&g, CHECK, .tenant = 1, .quantity = 9, .now_ns = 0); /* paid for at 90 ms */
    assert_int_equal(tare_governor_admit(g.governor, 2, SECOND / 20), -ENOSPC);
    assert_int_equal(tare_governor_admit(g.governor, 2, -1), -EINVAL);
    assert_int_equal(tare_governor_admit(g.governor, 2, INT64_MAX), -EINVAL);
    assert_int_equal(tare_governor_admit(g.governor, 2, SECOND), 0);
    ALLOWS(&g, CHECK, .tenant = 1, .quantity = 9, .now_ns = SECOND / 20);
    assert_true(g.decision.flags & TARE_GOVERNOR_STALE_CLOCK);
    assert_int_equal(g.decision.reset_after_ns, 9 * SECOND / 100);
    govern_end(&g);
}

static int reconfigure(struct governed *g, const struct tare_governor_config *config,
                       int64_t now_ns)
{
    struct tare_governor_policy *policy;

    assert_int_equal(tare_governor_policy_create(&policy, config, NULL), 0);
    int err = tare_governor_reconfigure(g->governor, policy, now_ns);
    if (err) {
        tare_governor_policy_destroy(&policy);
    } else {
        tare_governor_policy_destroy(&g->policy);
        g->policy = policy;
    }
    return err;
}

static void another_policy_cannot_take_away_what_tenants_have(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_ENTITLEMENT);
    struct governed g = govern(&config);

    (void)state;
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 2, .version = 1, .now_ns = 1);
    config.entitlement.features[3] = TARE_GOVERNOR_UNUSED;
    assert_int_equal(reconfigure(&g, &config, -1), -EINVAL);
    assert_int_equal(reconfigure(&g, &config, INT64_MAX), -EINVAL);
    assert_int_equal(reconfigure(&g, &config, 2), 0);
    config.entitlement.features[2] = TARE_GOVERNOR_UNUSED;
    assert_int_equal(reconfigure(&g, &config, 2), -EINVAL);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 2, .now_ns = 3);
    govern_end(&g);

    config = script_config(TARE_GOVERNOR_BILLING);
    g = govern(&config);
    config.billing.currency = 5;
    assert_int_equal(reconfigure(&g, &config, 2), -EINVAL);
    govern_end(&g);
}

/* What create took from one memory would go back to another. */
static void another_policy_is_over_the_same_memory(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_QUOTA);
    struct governed g = govern(&config);
    struct tare_governor_policy *policy;
    struct tare_governor *governor;
    struct tare_mem_counter counter;
    static _Alignas(64) char memory[8192];

    (void)state;
    tare_mem_counter_init(&counter, NULL, 0);
    assert_int_equal(tare_governor_policy_create(&policy, &config, &counter.mem), 0);
    assert_int_equal(tare_governor_reconfigure(g.governor, policy, 1), -EINVAL);
    assert_int_equal(tare_governor_init(&governor, memory, sizeof memory, g.policy), 0);
    assert_int_equal(tare_governor_reconfigure(governor, policy, 1), 0);
    govern_end(&g);
    tare_governor_policy_destroy(&policy);
}

/* A shard looks after a fault, and makes such a one anew. */
static void damage_beside_the_tenants_is_seen(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_ENTITLEMENT);
    struct governed g = govern(&config);
    struct tare_ring *ring = tare_governor_ring(g.governor);
    struct tare__grants *grants = tare__grants_of(g.governor);
    const struct tare_ring ring_before = *ring;
    const struct tare__grants grants_before = *grants;

    (void)state;
    ring->origin += 3;
    assert_false(tare__governor_valid(g.governor));
    *ring = ring_before;
    ring->shape.capacity = ring->known.capacity = 17;
    ring->inverse = UINT64_MAX / 17;
    assert_false(tare__governor_valid(g.governor));
    *ring = ring_before;
    g.governor->next_answer = 5;
    assert_false(tare__governor_valid(g.governor));
    g.governor->next_answer = 0;
    grants->map.count = 3;
    assert_false(tare__governor_valid(g.governor));
    *grants = grants_before;
    govern_end(&g);
}

static void a_calendar_s_lower_limit_is_used_up(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_QUOTA);

    (void)state;
    config.quota = (struct tare_governor_quota){.limit = 10, .window = TARE_GOVERNOR_DAY};
    struct governed g = govern(&config);
    ALLOWS(&g, CHECK, .tenant = 1, .quantity = 8, .now_ns = 1);
    config.quota.limit = 5;
    config.quota.burst = 5;
    assert_int_equal(reconfigure(&g, &config, 2), 0);
    DENIES(&g, OVER_QUOTA, CHECK, .tenant = 1, .quantity = 1, .now_ns = 3);
    assert_int_equal(g.decision.remaining, 0);
    govern_end(&g);
}

static void a_set_grants_what_had_expired(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_ENTITLEMENT);
    struct governed g = govern(&config);

    (void)state;
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 2, .value = 7, .until_ns = 10, .version = 1,
           .now_ns = 1);
    ALLOWS(&g, GRANT, .tenant = 1, .feature = 3, .until_ns = 10, .version = 2, .now_ns = 1);
    DENIES(&g, EXPIRED, CHECK, .tenant = 1, .feature = 2, .now_ns = 10);
    ALLOWS(&g, REPLACE, .tenant = 1, .value = 1 << 2 | 1 << 3, .version = 3, .now_ns = 11);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 2, .now_ns = SECOND);
    assert_int_equal(g.decision.value, 7);
    ALLOWS(&g, CHECK, .tenant = 1, .feature = 3, .now_ns = SECOND);
    assert_int_equal(tare__grants_count(tare__grants_of(g.governor)), 1);
    govern_end(&g);
}

static void a_reset_keeps_events_that_were_not_released(void **state)
{
    struct tare_governor_config config = script_config(TARE_GOVERNOR_QUOTA);
    struct tare_governor_event event;

    (void)state;
    for (int is_lossless = 0; is_lossless < 2; is_lossless++) {
        config.is_lossless = is_lossless;
        struct governed g = govern(&config);
        struct tare_ring *ring = tare_governor_ring(g.governor);

        for (int i = 0; i < 16; i++)
            ASK(&g, CHECK, .tenant = 1, .quantity = 1, .now_ns = 1);
        if (is_lossless)
            REFUSES(&g, AUDIT_FULL, CHECK, .tenant = 1, .quantity = 1, .now_ns = 1);
        tare_governor_fault(g.governor);
        tare_governor_reset(g.governor);
        assert_int_equal(tare_governor_events_get(ring, 3, &event), is_lossless);
        tare_ring_release(ring, is_lossless ? 16 : 0);
        ALLOWS(&g, CHECK, .tenant = 1, .quantity = 9, .now_ns = 1);
        assert_int_equal(g.decision.seq, 16);
        govern_end(&g);
    }
}

static void many_at_once_are_answered_as_one_by_one(void **state)
{
    enum { GOVERNORS = 40, ASKED = 100 };
    struct tare_governor_config config = script_config(TARE_GOVERNOR_QUOTA);
    struct governed many[GOVERNORS], single[GOVERNORS];
    struct tare_governor *governors[ASKED];
    struct tare_governor_request requests[ASKED];
    struct tare_governor_decision decisions[ASKED];
    uint64_t attribute;

    (void)state;
    for (int i = 0; i < GOVERNORS; i++) {
        many[i] = govern(&config);
        single[i] = govern(&config);
    }
    for (int i = 0; i < ASKED; i++) {
        governors[i] = many[i * 7 % GOVERNORS].governor;
        requests[i] = script_request((uint64_t)i + 1, &attribute);
        requests[i].attribute_count = 0;
    }
    tare_governor_ask_many(governors, requests, decisions, ASKED);
    for (int i = 0; i < ASKED; i++) {
        struct governed *one = &single[i * 7 % GOVERNORS];

        ask(one, &requests[i]);
        assert_memory_equal(&one->decision, &decisions[i], sizeof decisions[i]);
    }
    for (int i = 0; i < GOVERNORS; i++) {
        govern_end(&many[i]);
        govern_end(&single[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(memory_that_is_too_small_or_askew_is_refused),
        cmocka_unit_test(nobody_notices_who_was_forgotten),
        cmocka_unit_test(admission_is_a_moment_as_any),
        cmocka_unit_test(another_policy_cannot_take_away_what_tenants_have),
        cmocka_unit_test(another_policy_is_over_the_same_memory),
        cmocka_unit_test(damage_beside_the_tenants_is_seen),
        cmocka_unit_test(a_calendar_s_lower_limit_is_used_up),
        cmocka_unit_test(a_set_grants_what_had_expired),
        cmocka_unit_test(a_reset_keeps_events_that_were_not_released),
        cmocka_unit_test(many_at_once_are_answered_as_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
