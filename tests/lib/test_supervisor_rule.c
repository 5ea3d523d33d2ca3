/* SPDX-License-Identifier: MIT
 *
 * Erlang's rule, on a clock of the test's own: when it is one restart too many.
 */
#include "lib/supervisor_fixture.h"
#include "support/random.h"

static void as_many_restarts_as_allowed_and_it_lives_one_more_and_it_gives_up(void **state)
{
    (void)state;
    for (uint32_t most = 0; most < 6; most++) {
        struct tare_supervisor *supervisor = supervise(most, false);
        struct tare_supervisor_child *child = add(supervisor, TARE_SUPERVISOR_PERMANENT, 0);
        struct tare_supervisor_child *other = add(supervisor, TARE_SUPERVISOR_PERMANENT, 0);

        for (uint32_t i = 0; i < most; i++) {
            tare_supervisor_fault(i % 2 ? child : other, 7 + i);
            assert_false(gave_up(supervisor));
            assert_int_equal(take(child, 1).verdict, TARE_GOVERNOR_ALLOW);
        }
        tare_supervisor_fault(child, PERIOD + 7); /* the first was just the period before */
        assert_true(gave_up(supervisor));
        assert_int_equal(take(other, 1).reason, TARE_GOVERNOR_SUSPENDED);
        assert_int_equal(tare_supervisor_state_of(other), TARE_SUPERVISOR_HAS_ENDED);
        assert_int_equal(tare_supervisor_add(supervisor,
                                             &(struct tare_supervisor_spec){policy, 0, 0},
                                             &child),
                         -ESHUTDOWN);
        tare_supervisor_fault(other, PERIOD * 10); /* of one that ended: nothing */
        assert_true(gave_up(supervisor));
        tare_supervisor_destroy(&supervisor);
        assert_null(supervisor);
    }
}

static void more_restarts_over_more_than_the_period_and_it_lives_for_ever(void **state)
{
    (void)state;
    for (uint32_t most = 1; most < 6; most++) {
        struct tare_supervisor *supervisor = supervise(most, false);
        struct tare_supervisor_child *child = add(supervisor, TARE_SUPERVISOR_PERMANENT, 0);

        /* Any most + 1 that follow each other take the period and one more nanosecond. */
        for (int64_t i = 0; i < 1000; i++) {
            tare_supervisor_fault(child, i / most * (PERIOD + 1));
            assert_false(gave_up(supervisor));
        }
        tare_supervisor_fault(child, 999 / most * (PERIOD + 1) + PERIOD);
        assert_int_equal(gave_up(supervisor), 1000 % most == 0);
        tare_supervisor_destroy(&supervisor);
    }
}

/* All the times are kept and looked through. */
static bool plain_rule(const int64_t *times, size_t count, uint32_t most)
{
    size_t within = 0;

    for (size_t i = 0; i < count; i++)
        within += times[i] >= times[count - 1] - PERIOD;
    return within <= most;
}

static void the_rule_agrees_with_a_plain_one_at_random_times(void **state)
{
    uint64_t seed = 11;

    (void)state;
    for (int round = 0; round < 300; round++) {
        uint32_t most = (uint32_t)round % 7;
        struct tare_supervisor *supervisor = supervise(most, false);
        struct tare_supervisor_child *child = add(supervisor, TARE_SUPERVISOR_PERMANENT, 0);
        int64_t times[200] = {0};
        bool lives = true;

        for (size_t i = 0; i < 200 && lives; i++) {
            times[i] = (i ? times[i - 1] : 0) +
                       (int64_t)(next_random(&seed) % (2 * PERIOD / (most + 1)));
            tare_supervisor_fault(child, times[i]);
            lives = plain_rule(times, i + 1, most);
            assert_int_equal(gave_up(supervisor), !lives);
        }
        tare_supervisor_destroy(&supervisor);
    }
}

static void a_clock_that_goes_back_stands_still(void **state)
{
    struct tare_supervisor *supervisor = supervise(1, false);
    struct tare_supervisor_child *child = add(supervisor, TARE_SUPERVISOR_PERMANENT, 0);

    (void)state;
    tare_supervisor_fault(child, INT64_MAX);
    tare_supervisor_fault(child, INT64_MIN);
    assert_true(gave_up(supervisor));
    tare_supervisor_destroy(&supervisor);
    supervisor = supervise(1, false);
    child = add(supervisor, TARE_SUPERVISOR_PERMANENT, 0);
    tare_supervisor_fault(child, INT64_MIN);
    assert_false(gave_up(supervisor));
    tare_supervisor_destroy(&supervisor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_restarts_as_allowed_and_it_lives_one_more_and_it_gives_up),
        cmocka_unit_test(more_restarts_over_more_than_the_period_and_it_lives_for_ever),
        cmocka_unit_test(the_rule_agrees_with_a_plain_one_at_random_times),
        cmocka_unit_test(a_clock_that_goes_back_stands_still),
    };

    return cmocka_run_group_tests(tests, make_policy, free_policy);
}
