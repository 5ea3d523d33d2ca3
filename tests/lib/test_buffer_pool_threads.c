/* SPDX-License-Identifier: MIT
 *
 * Buffer pools that threads share: data has one owner at a time, whoever frees it; threads end,
 * processes fork, pools begin in many threads at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tare/buffer_pool.h>

#include "support/random.h"
#include "toolkit/buffer_pool_core.h"

enum { THREADS = 4, ROUNDS = 20000, SHARED = 64, MARK_BYTES = 64 };

static const struct tare_buffer_pool_options options = {.keep_bytes = 1 << 20,
                                                        .is_secure = true};
static struct tare_buffer_pool pool;

static int set_mode(const char *passthrough, const char *check)
{
    setenv("TARE_POOL_PASSTHROUGH", passthrough, 1);
    setenv("TARE_POOL_CHECK", check, 1);
    pool = (struct tare_buffer_pool){.options = &options};
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return set_mode("0", "0");
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
    assert_true(tare__buffer_pool_valid(&pool));
    assert_int_equal(tare_buffer_pool_fini(&pool), 0);
    return 0;
}

static struct tare_buffer_pool_stats stats_now(void)
{
    struct tare_buffer_pool_stats stats;

    tare_buffer_pool_get_stats(&pool, &stats);
    return stats;
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

/* The owner's number at both ends of what is used. */
static void mark(struct tare_buffer *buffer, int owner)
{
    void *to = tare_buffer_reserve(buffer, MARK_BYTES);

    if (!to)
        abort();
    memset(to, owner, MARK_BYTES);
    tare_buffer_commit(buffer, MARK_BYTES);
}

static void expect(const struct tare_buffer *buffer)
{
    const unsigned char *bytes = buffer->data;

    for (size_t i = 1; i < buffer->used_bytes; i++)
        if (bytes[i] != bytes[0])
            abort();
}

/* What was used before has been wiped, and the rest never was used. */
static void take(struct tare_buffer *buffer, size_t bytes)
{
    if (!tare_buffer_alloc(buffer, &pool, bytes))
        abort();
}

static struct {
    pthread_mutex_t lock;
    struct tare_buffer buffer;
} shared[SHARED];

static void exchange(struct tare_buffer *mine, uint64_t random)
{
    struct tare_buffer other;

    pthread_mutex_lock(&shared[random % SHARED].lock);
    other = shared[random % SHARED].buffer;
    shared[random % SHARED].buffer = *mine;
    pthread_mutex_unlock(&shared[random % SHARED].lock);
    *mine = other;
}

static void *exchange_buffers(void *context)
{
    uint64_t seed = (uintptr_t)context * 7919 + 1;

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t random = next_random(&seed);
        struct tare_buffer buffer;

        take(&buffer, random >> 20 & 0x7fff);
        mark(&buffer, (int)(uintptr_t)context);
        if (random % 16 == 0) {
            for (int grow = 0; grow < 100; grow++)
                mark(&buffer, (int)(uintptr_t)context);
        }
        exchange(&buffer, random);
        expect(&buffer);
        tare_buffer_free(&buffer);
        if (random % 3000 == 0)
            tare_buffer_pool_trim(&pool, random & 0xfffff);
        if (random % 500 == 0)
            stats_now();
    }
    return NULL;
}

static void free_shared(void)
{
    for (int i = 0; i < SHARED; i++) {
        expect(&shared[i].buffer);
        tare_buffer_free(&shared[i].buffer);
    }
}

static void data_has_one_owner(void **state)
{
    (void)state;
    for (int i = 0; i < SHARED; i++)
        pthread_mutex_init(&shared[i].lock, NULL);
    run_threads(exchange_buffers, THREADS); /* the pool begins in all of them */
    free_shared();
    assert_int_equal(stats_now().live_buffers, 0);
    assert_true(stats_now().wiped_bytes >= (size_t)THREADS * ROUNDS * MARK_BYTES);
}

static struct {
    struct tare_buffer ring[64];
    uint32_t written, read;
} queue;

enum { PASSED = 50000, RING = sizeof queue.ring / sizeof *queue.ring };

static void produce(void)
{
    for (uint32_t i = 0; i < PASSED; i++) {
        while (i - __atomic_load_n(&queue.read, __ATOMIC_ACQUIRE) == RING)
            sched_yield();
        take(&queue.ring[i % RING], 2000);
        mark(&queue.ring[i % RING], (int)(i % 255));
        __atomic_store_n(&queue.written, i + 1, __ATOMIC_RELEASE);
    }
}

static void consume(void)
{
    for (uint32_t i = 0; i < PASSED; i++) {
        while (__atomic_load_n(&queue.written, __ATOMIC_ACQUIRE) == i)
            sched_yield();
        expect(&queue.ring[i % RING]);
        tare_buffer_free(&queue.ring[i % RING]);
        __atomic_store_n(&queue.read, i + 1, __ATOMIC_RELEASE);
    }
}

static void *produce_or_consume(void *context)
{
    (uintptr_t) context == 1 ? produce() : consume();
    return NULL;
}

static void what_one_thread_takes_another_may_free(void **state)
{
    (void)state;
    queue.written = queue.read = 0;
    run_threads(produce_or_consume, 2);
    assert_int_equal(stats_now().live_buffers, 0);
    assert_int_equal(stats_now().hits + stats_now().misses, PASSED);
    assert_true(stats_now().kept_bytes <= options.keep_bytes + (1 << 20));
}

static void *use_a_few(void *context)
{
    struct tare_buffer buffers[20];

    (void)context;
    for (size_t i = 0; i < 20; i++) {
        take(&buffers[i], 1000 * i + 1);
        mark(&buffers[i], 1);
    }
    for (int i = 0; i < 20; i++)
        tare_buffer_free(&buffers[i]);
    return NULL;
}

static void what_a_thread_kept_is_there_for_the_next(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        run_threads(use_a_few, 1);
    assert_int_equal(stats_now().live_buffers, 0);
    assert_true(stats_now().misses <= 60);
}

/* The sanitizers' own malloc may be locked for ever in a child of several threads. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static bool stop;

static void *churn(void *context)
{
    struct tare_buffer buffers[16] = {0};
    uint64_t seed = (uintptr_t)context * 77 + 1;

    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        uint64_t random = next_random(&seed);
        struct tare_buffer *at = &buffers[random % 16];

        tare_buffer_free(at);
        take(at, random >> 8 & 0x3fff);
        mark(at, 1);
        if (random % 100 == 0)
            tare_buffer_pool_trim(&pool, 0);
    }
    for (int i = 0; i < 16; i++)
        tare_buffer_free(&buffers[i]);
    return NULL;
}

/* In the child: the pool is whole, works, and ends. The number that tells what is not. */
static int check_child(void)
{
    static struct tare_buffer buffers[500];

    if (!tare__buffer_pool_valid(&pool))
        return 1;
    for (size_t i = 0; i < 500; i++) {
        take(&buffers[i], 64 * i);
        mark(&buffers[i], (int)(i % 255));
    }
    for (int i = 0; i < 500; i++) {
        expect(&buffers[i]);
        tare_buffer_free(&buffers[i]);
    }
    run_threads(use_a_few, 2);
    if (!tare__buffer_pool_valid(&pool))
        return 2;
    tare_buffer_pool_trim(&pool, 0);
    tare_buffer_pool_fini(&pool); /* what the other threads had is lost */
    return pool.core ? 3 : 0;
}

static void a_forked_child_has_a_whole_pool(void **state)
{
    pthread_t threads[2];
    int status;

    (void)state;
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
    assert_int_equal(stats_now().live_buffers, 0);
}
#endif

#define KEEPS(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define CHECKED(function) \
    cmocka_unit_test_setup_teardown(function, set_up_checked, tear_down)
#define PASSES(function) \
    cmocka_unit_test_setup_teardown(function, set_up_passthrough, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEEPS(data_has_one_owner),
        KEEPS(what_one_thread_takes_another_may_free),
        KEEPS(what_a_thread_kept_is_there_for_the_next),
        CHECKED(data_has_one_owner),
        CHECKED(what_one_thread_takes_another_may_free),
        PASSES(data_has_one_owner),
        PASSES(what_one_thread_takes_another_may_free),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        KEEPS(a_forked_child_has_a_whole_pool),
        CHECKED(a_forked_child_has_a_whole_pool),
        PASSES(a_forked_child_has_a_whole_pool),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
