/* SPDX-License-Identifier: MIT
 *
 * Shards: their beginning and end, governors that come and go, what is refused.
 */
#include "lib/shard_fixture.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { BATCH = 100 };

static void await_end_of(struct tare_shard *shard, int process)
{
    while (stats_of(shard).process == process && !stats_of(shard).gave_up)
        sleep_ns(100000);
}

static void too_many_restarts_and_it_gives_up(void **state)
{
    struct tare_shard *shard = shard_of(2, 0);
    struct tare_shard_port *port = open_port(shard);
    uint32_t governor = add(shard), other;
    uint32_t governors[BATCH] = {governor};
    struct tare_governor_request requests[BATCH] = {{.tenant = 1, .quantity = 1}};
    struct tare_governor_decision decisions[BATCH];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(take(port, governor, 1).remaining, 49 - (int)i);
        int process = stats_of(shard).process;

        kill_process(process);
        await_end_of(shard, process);
    }
    assert_true(stats_of(shard).gave_up);
    assert_int_equal(take(port, governor, 1).reason, TARE_GOVERNOR_SUSPENDED);
    tare_shard_ask_batch(port, governors, requests, decisions, BATCH);
    for (size_t i = 0; i < BATCH; i++)
        assert_int_equal(decisions[i].reason, TARE_GOVERNOR_SUSPENDED);
    assert_int_equal(tare_shard_add(shard, policy, &other), -ESHUTDOWN);
    assert_int_equal(tare_shard_remove(shard, governor), -ESHUTDOWN);
    tare_shard_close(&port);
    tare_shard_destroy(&shard);
}

static void without_its_keeper_nobody_waits_for_ever(void **state)
{
    struct tare_shard *shard = shard_of(2, 0);
    struct tare_shard_port *port = open_port(shard);
    uint32_t governor = add(shard);

    (void)state;
    assert_int_equal(take(port, governor, 1).remaining, 49);
    kill_process(shard->keeper);
    while (take(port, governor, 1).verdict != TARE_GOVERNOR_ERROR)
        ;
    assert_int_equal(take(port, governor, 1).reason, TARE_GOVERNOR_SUSPENDED);
    tare_shard_close(&port);
    tare_shard_destroy(&shard);
}

static void the_shard_ends_with_its_program(void **state)
{
    int ends[2], processes[2];

    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* they are this one's then */
    assert_int_equal(pipe(ends), 0);
    pid_t program = fork();
    if (program == 0) {
        struct tare_shard *shard = shard_of(2, 0);

        add(shard);
        processes[0] = stats_of(shard).process;
        processes[1] = shard->keeper;
        _exit(write(ends[1], processes, sizeof processes) != sizeof processes);
    }
    assert_int_equal(read(ends[0], processes, sizeof processes), sizeof processes);
    waitpid(program, NULL, 0);
    assert_int_equal(waitpid(processes[1], NULL, 0), processes[1]);
    assert_int_equal(waitpid(processes[0], NULL, 0), processes[0]);
    close(ends[0]);
    close(ends[1]);
}

static void create_survives_failure_of_every_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        const struct tare_governor_policy *policies[] = {policy};
        struct tare_mem_failer failer;
        struct tare_shard *shard = NULL;

        tare_mem_failer_init(&failer, NULL, n);
        int err =
            tare_shard_create(&shard, &(struct tare_shard_options){.policies = policies,
                                                                   .policy_count = 1,
                                                                   .governors = 9,
                                                                   .ports = 1,
                                                                   .period_ns = 1,
                                                                   .mem = &failer.mem});
        tare_shard_destroy(&shard);
        assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
        if (!err)
            return;
        assert_int_equal(err, -ENOMEM);
        assert_null(shard);
    }
}

static void governors_come_and_go(void **state)
{
    struct tare_shard *shard = shard_of(1, 0);
    struct tare_shard_port *port = open_port(shard), *more[3];
    struct tare_governor_policy *stranger;
    uint32_t number;

    (void)state;
    assert_int_equal(tare_governor_policy_create(&stranger, &config, NULL), 0);
    assert_int_equal(tare_shard_add(shard, stranger, &number), -EINVAL);
    tare_governor_policy_destroy(&stranger);
    for (uint32_t round = 0; round < 50; round++) {
        for (uint32_t i = 0; i < GOVERNORS; i++)
            assert_int_equal(add(shard), i);
        assert_int_equal(tare_shard_add(shard, policy, &number), -ENOSPC);
        assert_int_equal(take(port, round % GOVERNORS, 50).verdict, TARE_GOVERNOR_ALLOW);
        for (uint32_t i = GOVERNORS; i-- > 0;)
            assert_int_equal(tare_shard_remove(shard, i), 0);
        assert_int_equal(tare_shard_remove(shard, 0), -EINVAL);
        assert_int_equal(take(port, 0, 1).reason, TARE_GOVERNOR_SUSPENDED);
        assert_null(tare_shard_ring(shard, 0));
    }
    assert_int_equal(take(port, UINT32_MAX, 1).reason, TARE_GOVERNOR_SUSPENDED);
    more[0] = open_port(shard);
    more[1] = open_port(shard);
    assert_int_equal(tare_shard_open(shard, &more[2]), -ENOSPC);
    tare_shard_close(&more[0]);
    more[2] = open_port(shard);
    tare_shard_destroy(&shard);
    tare_shard_destroy(&shard);
}

static void states_are_saved_and_restored(void **state)
{
    struct tare_shard *shard = shard_of(1, 0);
    struct tare_shard_port *port = open_port(shard);
    uint32_t governor = add(shard), other = add(shard);
    size_t room = tare_governor_snapshot_bytes(policy);
    char *snapshot = malloc(room);

    (void)state;
    assert_non_null(snapshot);
    take(port, governor, 9);
    size_t bytes = tare_shard_save(shard, governor, snapshot, room);
    assert_true(bytes > 0);
    assert_int_equal(tare_shard_save(shard, governor, snapshot, bytes - 1), 0);
    assert_int_equal(tare_shard_save(shard, GOVERNORS, snapshot, room), 0);
    assert_int_equal(tare_shard_restore(shard, other, snapshot, bytes - 1), -EBADMSG);
    assert_int_equal(tare_shard_restore(shard, other, snapshot, room * 2), -EBADMSG);
    assert_int_equal(tare_shard_restore(shard, GOVERNORS - 1, snapshot, bytes), -EINVAL);
    assert_int_equal(tare_shard_restore(shard, other, snapshot, bytes), 0);
    assert_int_equal(take(port, other, 1).remaining, 40);
    assert_int_equal(tare_ring_next(tare_shard_ring(shard, other)), 2);
    free(snapshot);
    tare_shard_destroy(&shard);
}

static void attributes_go_along(void **state)
{
    struct tare_governor_config rules = {
        .type = TARE_GOVERNOR_COMPLIANCE,
        .tenants = 4,
        .events = 8,
        .compliance = {
            .rules = {{.attribute = 7, .value = 5, .compare = TARE_GOVERNOR_EQUAL}},
            .rule_count = 1}};
    struct tare_governor_policy *ruled;
    uint64_t attributes[TARE_SHARD_ATTRIBUTES + 1] = {[7] = 5};
    struct tare_governor_request request = {.tenant = 1, .attributes = attributes};
    struct tare_governor_decision decision;
    struct tare_shard *shard;
    uint32_t governor;

    (void)state;
    assert_int_equal(tare_governor_policy_create(&ruled, &rules, NULL), 0);
    const struct tare_governor_policy *policies[] = {policy, ruled};
    assert_int_equal(
        tare_shard_create(&shard, &(struct tare_shard_options){.policies = policies,
                                                               .policy_count = 2,
                                                               .governors = 1,
                                                               .ports = 1,
                                                               .period_ns = 1}),
        0);
    struct tare_shard_port *port = open_port(shard);
    assert_int_equal(tare_shard_add(shard, ruled, &governor), 0);
    for (uint32_t count = 0; count <= TARE_SHARD_ATTRIBUTES + 1; count++) {
        request.attribute_count = count;
        (void)tare_shard_ask(port, governor, &request, &decision);
        assert_int_equal(decision.reason,
                         count < TARE_SHARD_ATTRIBUTES    ? TARE_GOVERNOR_NO_RULE
                         : count == TARE_SHARD_ATTRIBUTES ? TARE_GOVERNOR_AUDIT_FULL
                                                          : TARE_GOVERNOR_OVERFLOW);
        if (count == TARE_SHARD_ATTRIBUTES) { /* all was taken; after the release again */
            struct tare_ring *ring = tare_shard_ring(shard, governor);

            tare_ring_release(ring, tare_ring_next(ring));
            assert_int_equal(tare_shard_ask(port, governor, &request, &decision),
                             TARE_GOVERNOR_ALLOW);
        }
    }
    tare_shard_destroy(&shard);
    tare_governor_policy_destroy(&ruled);
}

static void wrong_options_are_refused(void **state)
{
    const struct tare_governor_policy *policies[] = {policy};
    const struct tare_shard_options right = {.policies = policies,
                                             .policy_count = 1,
                                             .governors = 1,
                                             .ports = 1,
                                             .period_ns = 1};
    struct tare_shard *shard = NULL;

    (void)state;
    for (int i = 0; i < 7; i++) {
        struct tare_shard_options wrong = right;

        wrong.policy_count = i == 0 ? 0 : i == 1 ? TARE_SHARD_POLICIES + 1 : 1;
        wrong.governors = i == 2 ? 0 : i == 3 ? UINT32_MAX : 1;
        wrong.ports = i == 4 ? 0 : i == 5 ? TARE_SHARD_PORTS + 1 : 1;
        wrong.period_ns = i != 6;
        assert_int_equal(tare_shard_create(&shard, &wrong), -EINVAL);
    }
    assert_null(shard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_many_restarts_and_it_gives_up),
        cmocka_unit_test(without_its_keeper_nobody_waits_for_ever),
        cmocka_unit_test(the_shard_ends_with_its_program),
        cmocka_unit_test(create_survives_failure_of_every_allocation),
        cmocka_unit_test(governors_come_and_go),
        cmocka_unit_test(states_are_saved_and_restored),
        cmocka_unit_test(attributes_go_along),
        cmocka_unit_test(wrong_options_are_refused),
    };

    return cmocka_run_group_tests(tests, make_policy, free_policy);
}
