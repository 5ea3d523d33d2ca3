/* SPDX-License-Identifier: MIT
 *
 * Shards: what they answer is what governors here answer to the same requests, whatever happens to the
 * process.
 */
#include "lib/governor_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tare/shard.h>

#include "modules/shard_core.h"

enum {
    GOVERNORS = 4,
    BATCH = 100,
#if TARE_DEBUG >= 1
    KILLS = 60 /* a sanitizer's fork takes its time */
#else
    KILLS = 1000
#endif
};

static struct tare_governor_policy *policy;

static const struct tare_governor_config config = {
    .type = TARE_GOVERNOR_QUOTA,
    .tenants = 16,
    .events = 32,
    .answers = 8,
    .seed = 1,
    .quota = {.limit = 1000, .period_ns = SECOND, .burst = 50}};

static int make_policy(void **state)
{
    (void)state;
    return tare_governor_policy_create(&policy, &config, NULL);
}

static int free_policy(void **state)
{
    (void)state;
    tare_governor_policy_destroy(&policy);
    return 0;
}

static struct tare_shard *shard_of(uint32_t max_restarts, uint32_t snapshot_every)
{
    const struct tare_governor_policy *policies[] = {policy};
    const struct tare_shard_options options = {
        .policies = policies,
        .policy_count = 1,
        .governors = GOVERNORS,
        .ports = 3,
        .max_restarts = max_restarts,
        .period_ns = max_restarts == 1 ? 1 : 3600 * SECOND, /* 1: for ever */
        .snapshot_every = snapshot_every,
    };
    struct tare_shard *shard = NULL;

    assert_int_equal(tare_shard_create(&shard, &options), 0);
    return shard;
}

static struct tare_shard_stats stats_of(const struct tare_shard *shard)
{
    struct tare_shard_stats stats;

    tare_shard_get_stats(shard, &stats);
    return stats;
}

static uint32_t add(struct tare_shard *shard)
{
    uint32_t number = UINT32_MAX;

    assert_int_equal(tare_shard_add(shard, policy, &number), 0);
    return number;
}

static struct tare_shard_port *open_port(struct tare_shard *shard)
{
    struct tare_shard_port *port = NULL;

    assert_int_equal(tare_shard_open(shard, &port), 0);
    return port;
}

static struct tare_governor_decision take(struct tare_shard_port *port, uint32_t governor,
                                          uint32_t quantity)
{
    const struct tare_governor_request request = {.tenant = 1, .quantity = quantity};
    struct tare_governor_decision decision;
    enum tare_governor_verdict verdict =
        tare_shard_ask(port, governor, &request, &decision);

    assert_int_equal(verdict, decision.verdict);
    return decision;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *seed >> 33;
}

static void sleep_ns(uint64_t ns)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
}

/* Requests of all kinds, ids among them; asked in the shard and here. */
struct model {
    struct governed here[GOVERNORS];
    uint64_t seed;
    int64_t now_ns;
    uint64_t asked;
};

static void ask_both(struct model *model, struct tare_shard_port *port)
{
    struct tare_governor_request requests[BATCH];
    struct tare_governor_decision decisions[BATCH];
    uint32_t governors[BATCH];
    size_t count = 1 + next_random(&model->seed) % BATCH;

    for (size_t i = 0; i < count; i++) {
        uint64_t random = next_random(&model->seed);

        governors[i] = i && random % 4 ? governors[i - 1] : random / 4 % GOVERNORS;
        requests[i] = (struct tare_governor_request){
            .now_ns = model->now_ns += random % 300000,
            .tenant = random / 16 % 20,
            .quantity = random / 512 % 9,
            .op = random / 8192 % 16 ? TARE_GOVERNOR_CHECK : TARE_GOVERNOR_REFUND,
            .id = {random % 3 ? 0 : 1 + model->asked / 7}};
        model->asked++;
    }
    tare_shard_ask_batch(port, governors, requests, decisions, count);
    for (size_t i = 0; i < count; i++) {
        ask(&model->here[governors[i]], &requests[i]);
        assert_memory_equal(&decisions[i], &model->here[governors[i]].decision,
                            sizeof *decisions);
    }
}

static void same_states(struct model *model, struct tare_shard *shard)
{
    size_t room = tare_governor_snapshot_bytes(policy);
    void *there = malloc(room);

    assert_non_null(there);
    for (uint32_t i = 0; i < GOVERNORS; i++) {
        size_t bytes, there_bytes = tare_shard_save(shard, i, there, room);
        void *here = saved(&model->here[i], &bytes);

        assert_int_equal(bytes, there_bytes);
        assert_memory_equal(here, there, bytes);
        free(here);
    }
    free(there);
}

struct killer {
    struct tare_shard *shard;
    bool is_done;
};

/* Each process once, at a random moment of its life. */
static void *kill_again_and_again(void *context)
{
    struct killer *killer = context;
    uint64_t seed = (uint64_t)getpid();
    int killed = 0;

    for (int i = 0; i < KILLS; i++) {
        int process;

        while ((process = stats_of(killer->shard).process) == killed)
            sleep_ns(20000);
        sleep_ns(next_random(&seed) % 1500000);
        kill(process, SIGKILL);
        killed = process;
    }
    __atomic_store_n(&killer->is_done, true, __ATOMIC_RELEASE);
    return NULL;
}

static void killed_at_random_moments_nothing_is_lost_or_counted_twice(void **state)
{
    struct tare_shard *shard = shard_of(1, 100);
    struct tare_shard_port *port = open_port(shard);
    struct killer killer = {.shard = shard};
    struct model model = {.seed = 3};
    pthread_t thread;

    (void)state;
    for (uint32_t i = 0; i < GOVERNORS; i++) {
        model.here[i] = govern(&config);
        assert_int_equal(add(shard), i);
    }
    assert_int_equal(pthread_create(&thread, NULL, kill_again_and_again, &killer), 0);
    while (!__atomic_load_n(&killer.is_done, __ATOMIC_ACQUIRE))
        ask_both(&model, port);
    pthread_join(thread, NULL);
    ask_both(&model, port);
    same_states(&model, shard);
    assert_true(stats_of(shard).restarts >= KILLS - 1);
    assert_int_equal(stats_of(shard).restored + stats_of(shard).wiped, 0);
    print_message("# %u restarts, %u of them amid requests, %lu requests\n",
                  stats_of(shard).restarts, stats_of(shard).undone,
                  (unsigned long)model.asked);
    tare_shard_close(&port);
    tare_shard_destroy(&shard);
    assert_null(shard);
    for (uint32_t i = 0; i < GOVERNORS; i++)
        govern_end(&model.here[i]);
}

static void await_end_of(struct tare_shard *shard, int process)
{
    while (stats_of(shard).process == process && !stats_of(shard).gave_up)
        sleep_ns(100000);
}

static void spoil(struct tare_shard *shard, uint32_t number)
{
    struct tare_governor *governor = tare__slot_governor(tare__slot(shard, number));

    memset(&governor->tenants, 0xff, sizeof governor->tenants);
}

static void a_damaged_governor_goes_back_and_the_others_stay(void **state)
{
    struct tare_shard *shard = shard_of(100, 3);
    struct tare_shard_port *port = open_port(shard);
    uint32_t damaged = add(shard), fresh = add(shard), whole = add(shard);

    (void)state;
    for (int i = 0; i < 4; i++)
        take(port, damaged, 1);
    take(port, fresh, 1);
    take(port, whole, 7);
    take(port, whole, 1);
    spoil(shard, damaged);
    spoil(shard, fresh);
    /* Amid these the process faults, and only then is it known. */
    assert_int_equal(take(port, damaged, 1).reason, TARE_GOVERNOR_RESTARTING);
    assert_int_equal(take(port, whole, 1).remaining, 41);
    assert_int_equal(take(port, damaged, 1).remaining, 46); /* 3 were in the snapshot */
    assert_int_equal(take(port, fresh, 1).remaining, 49);
    assert_int_equal(take(port, fresh, 1).remaining, 48);
    assert_int_equal(stats_of(shard).restarts, 1);
    assert_int_equal(stats_of(shard).restored, 1);
    assert_int_equal(stats_of(shard).wiped, 1);
    tare_shard_close(&port);
    tare_shard_destroy(&shard);
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

        kill(process, SIGKILL);
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
    kill(shard->keeper, SIGKILL);
    while (take(port, governor, 1).verdict == TARE_GOVERNOR_ALLOW)
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
        cmocka_unit_test(killed_at_random_moments_nothing_is_lost_or_counted_twice),
        cmocka_unit_test(a_damaged_governor_goes_back_and_the_others_stay),
        cmocka_unit_test(too_many_restarts_and_it_gives_up),
        cmocka_unit_test(without_its_keeper_nobody_waits_for_ever),
        cmocka_unit_test(the_shard_ends_with_its_program),
        cmocka_unit_test(governors_come_and_go),
        cmocka_unit_test(states_are_saved_and_restored),
        cmocka_unit_test(attributes_go_along),
        cmocka_unit_test(wrong_options_are_refused),
    };

    return cmocka_run_group_tests(tests, make_policy, free_policy);
}
