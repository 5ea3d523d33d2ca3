/* SPDX-License-Identifier: MIT
 *
 * Supervisors: who is restarted, from what, and what comes back when children go.
 */
#include "lib/supervisor_fixture.h"

static void who_is_restarted_depends_on_its_kind(void **state)
{
    static const struct {
        enum tare_supervisor_restart restart;
        enum tare_supervisor_state after_fault, after_end;
    } kinds[] = {
        {TARE_SUPERVISOR_PERMANENT, TARE_SUPERVISOR_RUNS, TARE_SUPERVISOR_RUNS},
        {TARE_SUPERVISOR_TRANSIENT, TARE_SUPERVISOR_RUNS, TARE_SUPERVISOR_HAS_ENDED},
        {TARE_SUPERVISOR_TEMPORARY, TARE_SUPERVISOR_HAS_ENDED, TARE_SUPERVISOR_HAS_ENDED},
    };
    struct tare_supervisor_stats stats;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct tare_supervisor *supervisor = supervise(2, false);
        struct tare_supervisor_child *faulty = add(supervisor, kinds[i].restart, 0);
        struct tare_supervisor_child *ready = add(supervisor, kinds[i].restart, 0);

        tare_supervisor_fault(faulty, 1);
        tare_supervisor_finish(ready, 1);
        assert_int_equal(tare_supervisor_state_of(faulty), kinds[i].after_fault);
        assert_int_equal(tare_supervisor_state_of(ready), kinds[i].after_end);
        tare_supervisor_get_stats(supervisor, &stats);
        assert_int_equal(stats.faults, 1);
        assert_int_equal(stats.restarts, 2 - i);
        tare_supervisor_remove(&faulty);
        assert_null(faulty);
        assert_true(tare__supervisor_valid(supervisor));
        tare_supervisor_destroy(&supervisor);
    }
}

static void a_restart_goes_back_to_the_latest_snapshot(void **state)
{
    struct tare_supervisor *supervisor = supervise(9, false);
    struct tare_supervisor_child *child = add(supervisor, TARE_SUPERVISOR_PERMANENT, 3);
    struct tare_supervisor_stats stats;

    (void)state;
    tare_supervisor_fault(child, 0); /* there is none: anew */
    for (int i = 9; i >= 5; i--)     /* the third was kept */
        assert_int_equal(take(child, 1).remaining, i);
    assert_int_equal(take(child, 11).verdict, TARE_GOVERNOR_ERROR); /* does not count */
    memset(tare_supervisor_governor(child), 0xee, tare_governor_bytes(policy));
    tare_supervisor_fault(child, 0);
    assert_int_equal(take(child, 1).remaining, 6);
    assert_int_equal(tare_supervisor_snapshot(child, 0), 0);
    take(child, 1);
    tare_supervisor_fault(child, 0);
    assert_int_equal(take(child, 1).remaining, 5);
    assert_int_equal(take(child, 1).seq, 5);
    tare_supervisor_get_stats(supervisor, &stats);
    assert_int_equal(stats.restored, 2);
    tare_supervisor_destroy(&supervisor);
}

static void quarantine_shuts_out_one_and_the_others_go_on(void **state)
{
    struct tare_supervisor *supervisor = supervise(2, true);
    struct tare_supervisor_child *bad = add(supervisor, TARE_SUPERVISOR_PERMANENT, 1);
    struct tare_supervisor_child *good = add(supervisor, TARE_SUPERVISOR_PERMANENT, 0);

    (void)state;
    take(bad, 4);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tare_supervisor_state_of(bad), TARE_SUPERVISOR_RUNS);
        tare_supervisor_fault(bad, i);
        tare_supervisor_fault(good, i * PERIOD);
    }
    assert_int_equal(tare_supervisor_state_of(bad), TARE_SUPERVISOR_IN_QUARANTINE);
    assert_int_equal(take(bad, 1).reason, TARE_GOVERNOR_RESTARTING);
    assert_int_equal(tare_supervisor_snapshot(bad, 0), -EINVAL);
    assert_int_equal(take(good, 1).verdict, TARE_GOVERNOR_ALLOW);
    assert_false(gave_up(supervisor));
    tare_supervisor_readmit(good); /* is in none */
    tare_supervisor_readmit(bad);
    assert_int_equal(take(bad, 1).remaining, 5);
    tare_supervisor_fault(bad, 2);
    tare_supervisor_fault(bad, 2);
    assert_int_equal(tare_supervisor_state_of(bad), TARE_SUPERVISOR_RUNS);
    tare_supervisor_destroy(&supervisor);
}

static void from_one_to_10000_and_back_all_memory_is_back(void **state)
{
    enum { MANY = 10000 };
    struct tare_supervisor_child **children = calloc(MANY, sizeof *children);
    struct tare_mem_counter counter;
    struct tare_supervisor *supervisor;

    (void)state;
    assert_non_null(children);
    tare_mem_counter_init(&counter, NULL, 0);
    assert_int_equal(
        tare_supervisor_create(&supervisor,
                               &(struct tare_supervisor_options){.max_restarts = MANY,
                                                                 .period_ns = PERIOD,
                                                                 .is_bare = true,
                                                                 .mem = &counter.mem}),
        0);
    children[0] = add(supervisor, TARE_SUPERVISOR_PERMANENT, 1);
    take(children[0], 1);
    struct tare_mem_counter one = tare_mem_counted(&counter);
    for (size_t i = 1; i < MANY; i++)
        assert_int_equal(tare_supervisor_add(supervisor,
                                             &(struct tare_supervisor_spec){policy, 0, 1},
                                             &children[i]),
                         0);
    for (size_t i = 0; i < MANY; i += 3) {
        take(children[i], 2);
        tare_supervisor_fault(children[i], 0);
    }
    for (size_t i = 1; i < MANY; i++)
        tare_supervisor_remove(&children[i * 7919 % MANY]);
    struct tare_mem_counter left = tare_mem_counted(&counter);
    assert_int_equal(left.live_blocks, one.live_blocks);
    assert_int_equal(left.live_bytes, one.live_bytes);
    assert_int_equal(take(children[0], 1).remaining, 6);
    tare_supervisor_destroy(&supervisor);
    assert_int_equal(tare_mem_counted(&counter).live_blocks, 0);
    free(children);
}

static void the_base_has_one_of_each_type(void **state)
{
    struct tare_supervisor *supervisor;
    struct tare_governor_decision decision;
    uint64_t attribute = 1;

    (void)state;
    assert_int_equal(tare_supervisor_create(&supervisor, NULL), 0);
    for (int type = 0; type < TARE_GOVERNOR_TYPES; type++) {
        struct tare_supervisor_child *child =
            tare_supervisor_base(supervisor, (enum tare_governor_type)type);
        struct tare_governor_request request = {.op = TARE_GOVERNOR_CHECK,
                                                .tenant = 1,
                                                .quantity = 20,
                                                .amount = 1,
                                                .attributes = &attribute,
                                                .attribute_count = 1};

        assert_int_equal(tare_supervisor_ask(child, &request, &decision),
                         type == TARE_GOVERNOR_QUOTA ? TARE_GOVERNOR_ALLOW
                                                     : TARE_GOVERNOR_DENY);
        tare_supervisor_remove(&child);
        assert_null(tare_supervisor_base(supervisor, (enum tare_governor_type)type));
    }
    tare_supervisor_destroy(&supervisor);
    tare_supervisor_destroy(&supervisor);
}

static void it_survives_failure_of_every_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct tare_mem_failer failer;
        struct tare_supervisor *supervisor = NULL;
        struct tare_supervisor_child *child = NULL;

        tare_mem_failer_init(&failer, NULL, n);
        int err = tare_supervisor_create(
            &supervisor, &(struct tare_supervisor_options){
                             .max_restarts = 1, .period_ns = PERIOD, .mem = &failer.mem});
        if (!err) {
            err = tare_supervisor_add(supervisor,
                                      &(struct tare_supervisor_spec){policy, 0, 1}, &child);
            assert_true(tare__supervisor_valid(supervisor));
        }
        if (!err) { /* with a snapshot or without */
            assert_int_equal(take(child, 1).remaining, 9);
            assert_int_equal(take(child, 1).remaining, 8);
            struct tare_supervisor_stats stats;
            tare_supervisor_get_stats(supervisor, &stats);
            assert_int_equal(stats.missed_snapshots, failer.has_failed);
            err = failer.has_failed ? -ENOMEM : 0;
        }
        tare_supervisor_destroy(&supervisor);
        assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
        if (!err)
            return;
        assert_int_equal(err, -ENOMEM);
    }
}

static void wrong_options_are_refused(void **state)
{
    static const struct tare_supervisor_options wrong[] = {
        {.max_restarts = 1},
        {.max_restarts = 1, .period_ns = -1},
        {.max_restarts = UINT32_MAX, .period_ns = 1},
    };
    struct tare_supervisor *supervisor = NULL;
    struct tare_supervisor_child *child = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(tare_supervisor_create(&supervisor, &wrong[i]), -EINVAL);
    assert_null(supervisor);
    supervisor = supervise(1, false);
    assert_int_equal(
        tare_supervisor_add(supervisor, &(struct tare_supervisor_spec){NULL, 0, 0}, &child),
        -EINVAL);
    assert_int_equal(tare_supervisor_add(supervisor,
                                         &(struct tare_supervisor_spec){
                                             policy, (enum tare_supervisor_restart)3, 0},
                                         &child),
                     -EINVAL);
    tare_supervisor_destroy(&supervisor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_restarted_depends_on_its_kind),
        cmocka_unit_test(a_restart_goes_back_to_the_latest_snapshot),
        cmocka_unit_test(quarantine_shuts_out_one_and_the_others_go_on),
        cmocka_unit_test(from_one_to_10000_and_back_all_memory_is_back),
        cmocka_unit_test(the_base_has_one_of_each_type),
        cmocka_unit_test(it_survives_failure_of_every_allocation),
        cmocka_unit_test(wrong_options_are_refused),
    };

    return cmocka_run_group_tests(tests, make_policy, free_policy);
}
