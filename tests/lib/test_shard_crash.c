/* SPDX-License-Identifier: MIT
 *
 * Shards whose process is killed, or faults: what they answer is what governors here answer to the same
 * requests.
 */
#include "lib/shard_fixture.h"
#include "support/random.h"

#include <pthread.h>

#include <tare/supervisor.h>

enum {
    BATCH = 100,
#if TARE_DEBUG >= 1
    KILLS = 60 /* a sanitizer's fork takes its time */
#else
    KILLS = 1000
#endif
};

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
        kill_process(process);
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

/* Each has a governor and a port of its own; control goes on beside them, and the process is killed. */
struct asker {
    struct tare_shard *shard;
    uint32_t governor;
    struct governed here;
    bool is_equal;
};

static void *ask_alone(void *context)
{
    struct asker *asker = context;
    struct tare_shard_port *port = open_port(asker->shard);

    asker->is_equal = true;
    for (int i = 0; i < 3000; i++) {
        const struct tare_governor_request request = {
            .tenant = (uint32_t)i % 9, .quantity = 1, .now_ns = i * 100000};
        struct tare_governor_decision decision;

        (void)tare_shard_ask(port, asker->governor, &request, &decision);
        ask(&asker->here, &request);
        asker->is_equal &= memcmp(&decision, &asker->here.decision, sizeof decision) == 0;
    }
    tare_shard_close(&port);
    return NULL;
}

static void threads_ask_at_a_time(void **state)
{
    enum { THREADS = 3 };
    struct tare_shard *shard = shard_of(1, 0);
    struct asker askers[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        askers[i] = (struct asker){shard, add(shard), govern(&config), false};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_alone, &askers[i]), 0);
    }
    for (int i = 0; i < 20; i++) {
        uint32_t number = add(shard);

        assert_true(tare_ring_next(tare_shard_ring(shard, number)) == 0);
        kill_process(stats_of(shard).process);
        assert_int_equal(tare_shard_remove(shard, number), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(askers[i].is_equal);
        govern_end(&askers[i].here);
    }
    tare_shard_destroy(&shard);
}

static void spoil(struct tare_shard *shard, uint32_t number)
{
    struct tare_governor *governor = tare__slot_governor(tare__slot(shard, number));

    governor->tenants.map.groups = (void *)(uintptr_t)64; /* who looks at it faults, too */
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

/* The program's handlers are not the shard's. */
static void a_damaged_governor_goes_back_beside_a_supervisor(void **state)
{
    struct tare_supervisor *supervisor = NULL;

    assert_int_equal(tare_supervisor_create(&supervisor, NULL), 0);
    a_damaged_governor_goes_back_and_the_others_stay(state);
    tare_supervisor_destroy(&supervisor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_random_moments_nothing_is_lost_or_counted_twice),
        cmocka_unit_test(threads_ask_at_a_time),
        cmocka_unit_test(a_damaged_governor_goes_back_and_the_others_stay),
        cmocka_unit_test(a_damaged_governor_goes_back_beside_a_supervisor),
    };

    return cmocka_run_group_tests(tests, make_policy, free_policy);
}
