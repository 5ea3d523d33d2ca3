/* SPDX-License-Identifier: MIT
 *
 * Pools that threads share: each object has one owner at a time, whoever frees it; threads end, and
 * processes fork.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tare/pool.h>

#include "support/random.h"
#include "toolkit/pool_core.h"

enum { THREADS = 4, ROUNDS = 30000, SHARED = 512 };

struct thing {
    uint64_t owner; /* 0: nobody's */
    uint64_t seal;  /* owner, turned around */
    char rest[48];
};

TARE_POOL_DEFINE(thing, struct thing);

static bool is_by_id; /* the caches of threads are found by the pool's id */

static struct thing *take(void)
{
    return is_by_id ? tare_pool_alloc(&thing_pool) : thing_alloc();
}

static void give(struct thing *thing)
{
    if (is_by_id)
        tare_pool_free(&thing_pool, thing);
    else
        thing_free(thing);
}

static int set_mode(const char *passthrough, const char *check)
{
    is_by_id = false;
    setenv("TARE_POOL_PASSTHROUGH", passthrough, 1);
    setenv("TARE_POOL_CHECK", check, 1);
    return 0;
}

static int set_up_cached(void **state)
{
    (void)state;
    return set_mode("0", "0");
}

static int set_up_by_id(void **state)
{
    set_up_cached(state);
    is_by_id = true;
    return 0;
}

static int set_up_checked(void **state)
{
    (void)state;
    return set_mode("0", "1");
}

static int set_up_passthrough(void **state)
{
    (void)state;
    return set_mode("1", "0");
}

static int tear_down(void **state)
{
    (void)state;
    assert_true(tare__pool_valid(&thing_pool));
    assert_int_equal(tare_pool_fini(&thing_pool), 0);
    return 0;
}

static struct tare_pool_stats stats_now(void)
{
    struct tare_pool_stats stats;

    tare_pool_get_stats(&thing_pool, &stats);
    return stats;
}

/* Two owners of one object would overwrite each other's mark. */
static void mark(struct thing *thing, uint64_t owner)
{
    thing->owner = owner;
    thing->seal = ~owner;
}

static void expect(const struct thing *thing, uint64_t owner)
{
    if (thing->owner != owner || thing->seal != ~owner)
        abort();
}

static struct thing *shared[SHARED];

/* Objects change hands through places that all threads exchange with. */
static void *exchange_objects(void *context)
{
    uint64_t seed = (uintptr_t)context * 0x9e3779b97f4a7c15u, serial = 0;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t owner = (uint64_t)(uintptr_t)context << 32 | ++serial;
        struct thing *mine = take(), *old;

        if (!mine)
            abort();
        mark(mine, owner);
        expect(mine, owner);
        old = __atomic_exchange_n(&shared[next_random(&seed) % SHARED], mine,
                                  __ATOMIC_ACQ_REL);
        if (old) {
            expect(old, old->owner);
            mark(old, 0);
            give(old);
        }
        if (next_random(&seed) % 5000 == 0)
            tare_pool_flush(&thing_pool);
        if (next_random(&seed) % 9000 == 0)
            tare_pool_trim(&thing_pool, 0);
        if (next_random(&seed) % 1000 == 0)
            stats_now();
    }
    return NULL;
}

static void run_threads(void *(*function)(void *context), int count)
{
    pthread_t threads[THREADS];

    for (intptr_t i = 0; i < count; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, function, (void *)(uintptr_t)(i + 1)), 0);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void free_shared(void)
{
    for (int i = 0; i < SHARED; i++) {
        give(shared[i]);
        shared[i] = NULL;
    }
}

static void every_object_has_one_owner(void **state)
{
    (void)state;
    run_threads(exchange_objects, THREADS);
    free_shared();
    assert_int_equal(stats_now().live_objects, 0);
}

static struct {
    struct thing *ring[1024];
    uint32_t written, read;
} queue;

enum { PASSED = 200000, RING = sizeof queue.ring / sizeof *queue.ring };

static void produce(void)
{
    for (uint32_t i = 0; i < PASSED; i++) {
        while (i - __atomic_load_n(&queue.read, __ATOMIC_ACQUIRE) == RING)
            sched_yield();
        struct thing *thing = take();
        if (!thing)
            abort();
        mark(thing, i + 1);
        queue.ring[i % RING] = thing;
        __atomic_store_n(&queue.written, i + 1, __ATOMIC_RELEASE);
    }
}

static void consume(void)
{
    for (uint32_t i = 0; i < PASSED; i++) {
        while (__atomic_load_n(&queue.written, __ATOMIC_ACQUIRE) == i)
            sched_yield();
        struct thing *thing = queue.ring[i % RING];
        expect(thing, i + 1);
        mark(thing, 0);
        give(thing);
        __atomic_store_n(&queue.read, i + 1, __ATOMIC_RELEASE);
    }
}

static void *produce_or_consume(void *context)
{
    (uintptr_t) context == 1 ? produce() : consume();
    return NULL;
}

static void what_one_thread_makes_another_may_free(void **state)
{
    (void)state;
    queue.written = queue.read = 0;
    run_threads(produce_or_consume, 2);
    struct tare_pool_stats stats = stats_now();
    assert_int_equal(stats.live_objects, 0);
    if (strcmp(stats.mode, "cached") == 0) /* not one for each that was passed */
        assert_true(stats.made_objects < PASSED / 4);
}

static void *use_a_few(void *context)
{
    struct thing *things[100];

    (void)context;
    for (int i = 0; i < 100; i++)
        things[i] = take();
    for (int i = 0; i < 100; i++)
        give(things[i]);
    return NULL;
}

static void a_thread_that_ends_leaves_nothing_behind(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        run_threads(use_a_few, 1);
    struct tare_pool_stats stats = stats_now();
    assert_int_equal(stats.threads, 0);
    assert_int_equal(stats.cached_objects, 0);
    assert_in_range(stats.made_objects, 100, 200);
}

static pthread_key_t late_key;

enum {
#ifdef __SANITIZE_THREAD__
    LATE_ROUNDS = 1, /* later its own view of the thread is gone */
#else
    LATE_ROUNDS = 4,
#endif
};

static void use_late(void *rounds)
{
    use_a_few(NULL);
    if ((uintptr_t)rounds < LATE_ROUNDS)
        pthread_setspecific(late_key, (void *)((uintptr_t)rounds + 1));
}

static void *end_with_a_destructor(void *context)
{
    struct tare_mem *mem = tare_mem_default();
    void *block = tare_mem_alloc(mem, 16, 16);

    /* So that the thread's first use of libtare is not in its last round: tare/mem.h. */
    tare_mem_free(mem, block, 16, 16);
    pthread_setspecific(late_key, (void *)1);
    return use_a_few(context);
}

static void destructors_of_other_keys_may_use_the_pool(void **state)
{
    (void)state;
    assert_int_equal(pthread_key_create(&late_key, use_late), 0);
    for (int i = 0; i < 20; i++)
        run_threads(end_with_a_destructor, 2);
    pthread_key_delete(late_key);
    assert_int_equal(stats_now().threads, 0);
    assert_int_equal(stats_now().live_objects, 0);
}

static bool stop;

static void *churn(void *context)
{
    struct thing *things[64] = {0};
    uint64_t seed = (uintptr_t)context * 77 + 1;

    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        struct thing **at = &things[next_random(&seed) % 64];

        if (*at)
            give(*at);
        *at = take();
        mark(*at, 1);
    }
    for (int i = 0; i < 64; i++)
        give(things[i]);
    return NULL;
}

/* In the child: the pool is whole, and works. The number that tells what is not. */
static int check_child(void)
{
    static struct thing *things[5000];

    if (!tare__pool_valid(&thing_pool))
        return 1;
    for (int i = 0; i < 5000; i++) {
        things[i] = take();
        if (!things[i])
            return 2;
        mark(things[i], (uint64_t)i + 1);
    }
    for (int i = 0; i < 5000; i++) {
        if (things[i]->owner != (uint64_t)i + 1)
            return 3;
        give(things[i]);
    }
    run_threads(use_a_few, 2);
    return stats_now().threads > 1 ? 4 : 0;
}

static void a_forked_child_has_a_whole_pool(void **state)
{
    pthread_t threads[2];
    int status;

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* for it the threads that a fork leaves behind still run */
#elif defined __SANITIZE_ADDRESS__
    skip(); /* the locks of its heap are as a fork finds them */
#endif
    give(take());
    stop = false;
    for (intptr_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();

        if (child == 0)
            _exit(check_child());
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(stats_now().live_objects, 0);
}

static void passed_through_objects_are_allocations_of_their_own(void **state)
{
    (void)state;
    struct thing *thing = take();
    assert_string_equal(stats_now().mode, "passthrough");
    assert_int_equal(stats_now().slabs, 0);
    assert_int_equal(stats_now().live_objects, 1);
    give(thing);
}

#define CACHED(function) cmocka_unit_test_setup_teardown(function, set_up_cached, tear_down)
#define BY_ID(function) cmocka_unit_test_setup_teardown(function, set_up_by_id, tear_down)
#define CHECKED(function) \
    cmocka_unit_test_setup_teardown(function, set_up_checked, tear_down)
#define PASSED_THROUGH(function) \
    cmocka_unit_test_setup_teardown(function, set_up_passthrough, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHED(every_object_has_one_owner),
        CACHED(what_one_thread_makes_another_may_free),
        CACHED(a_thread_that_ends_leaves_nothing_behind),
        CACHED(destructors_of_other_keys_may_use_the_pool),
        CACHED(a_forked_child_has_a_whole_pool),
        BY_ID(every_object_has_one_owner),
        BY_ID(a_thread_that_ends_leaves_nothing_behind),
        BY_ID(destructors_of_other_keys_may_use_the_pool),
        BY_ID(a_forked_child_has_a_whole_pool),
        CHECKED(every_object_has_one_owner),
        CHECKED(what_one_thread_makes_another_may_free),
        CHECKED(destructors_of_other_keys_may_use_the_pool),
        CHECKED(a_forked_child_has_a_whole_pool),
        PASSED_THROUGH(every_object_has_one_owner),
        PASSED_THROUGH(what_one_thread_makes_another_may_free),
        PASSED_THROUGH(a_forked_child_has_a_whole_pool),
        PASSED_THROUGH(passed_through_objects_are_allocations_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
