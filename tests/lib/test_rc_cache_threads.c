/* SPDX-License-Identifier: MIT
 *
 * Caches that threads share. A value says which key it is of, and loses its seal when it ends: who
 * finds another's, or one that has ended, has read what was let go of too early. Without the look
 * at the readers in rc_guard.c, or the wait for an epoch in rc_cache_reclaim.c, these tests fail.
 */
#include "lib/rc_cache_fixture.h"
#include "support/random.h"

#include <errno.h>
#include <stdlib.h>

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NUMBER tare_rc_key_number

enum {
    THREADS = 4,
    KEYS = 64,
#ifdef __SANITIZE_THREAD__
    ROUNDS = 20000,
#else
    ROUNDS = 150000,
#endif
};

static struct tare_rc_cache *cache;

static void run_threads(void *(*function)(void *context), int count)
{
    pthread_t threads[THREADS];

    for (intptr_t i = 0; i < count; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, function, (void *)(uintptr_t)(i + 1)), 0);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void expect(const struct value *value, uint64_t key)
{
    if (value &&
        (value->number != key || __atomic_load_n(&value->seal, __ATOMIC_RELAXED) != ~key))
        abort();
}

static void look_up(uint64_t number, struct tare_rc_key key)
{
    struct value *value = tare_rc_cache_get(cache, key);

    expect(value, number);
    value_release(value);
    tare_rc_cache_enter();
    value = tare_rc_cache_peek(cache, key);
    expect(value, number);
    if (number % 32 == 0)
        sched_yield();
    expect(value, number);
    tare_rc_cache_leave();
}

/* Where processors are few, who has to wait for readers waits for long. */
static bool is_late(const struct timespec *begin)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000 >
           400;
}

/* Of each key both kinds. */
static void *work(void *context)
{
    uint64_t seed = (uintptr_t)context * 0x9e3779b97f4a7c15u;
    struct timespec begin;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int round = 0; round < ROUNDS / THREADS && !is_late(&begin); round++) {
        uint64_t number = next_random(&seed) % KEYS;
        struct tare_rc_key key = next_random(&seed) % 2
                                     ? NUMBER(number)
                                     : tare_rc_key_bytes(&number, sizeof number);
        unsigned what = next_random(&seed) % 16;

        if (what < 10) {
            look_up(number, key);
        } else if (what < 15) {
            int err = rc_cache_put_new(cache, key, number, 0);

            if (err && err != -EBUSY)
                abort();
        } else {
            tare_rc_cache_remove(cache, key);
        }
    }
    return NULL;
}

static void make_cache(size_t max_entries)
{
    struct tare_rc_cache_options options = rc_cache_options(max_entries);

    cache = rc_cache_made(&options);
}

static void readers_find_what_was_put_and_lives(void **state)
{
    (void)state;
    for (size_t entries = 4; entries <= KEYS; entries *= 4) {
        make_cache(entries);
        run_threads(work, THREADS);
        tare_rc_cache_trim(cache, 0);
        assert_int_equal(rc_cache_stats(cache).entries, 0);
        assert_int_equal(rc_cache_stats(cache).retired_entries, 0);
        assert_int_equal(rc_cache_stats(cache).retired_bytes, 0);
        tare_rc_cache_destroy(&cache);
    }
}

static void fences_do_as_well_as_membarrier(void **state)
{
    tare__rc_guard_use_fences(true);
    readers_find_what_was_put_and_lives(state);
    tare__rc_guard_use_fences(false);
}

/* One entry, replaced as fast as can be: in between, what a reader holds is let go of. */
static bool stop;

static void *read_one(void *unused)
{
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        for (int i = 0; i < 100; i++) {
            tare_rc_cache_enter();
            const struct value *value = tare_rc_cache_peek(cache, NUMBER(1));
            expect(value, 1);
            tare_rc_cache_leave();
        }
    }
    return unused;
}

static void what_is_replaced_is_let_go_of_when_all_have_left(void **state)
{
    pthread_t reader;

    (void)state;
    make_cache(2);
    stop = false;
    assert_int_equal(pthread_create(&reader, NULL, read_one, NULL), 0);
    for (clock_t end = clock() + CLOCKS_PER_SEC / 4; clock() < end;) {
        int err = rc_cache_put_new(cache, NUMBER(1), 1, 0);
        assert_true(err == 0 || err == -EBUSY);
        tare__rc_reclaim(cache->shards);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(reader, NULL);
    tare_rc_cache_destroy(&cache);
}

/* Threads that end have left, whatever they did not do. */
static void *stay_in(void *unused)
{
    tare_rc_cache_enter();
    expect(tare_rc_cache_peek(cache, NUMBER(1)), 1);
    return unused;
}

static void a_thread_that_ends_has_left(void **state)
{
    (void)state;
    make_cache(10);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rc_cache_put_new(cache, NUMBER(1), 1, 0), 0);
        run_threads(stay_in, 2);
    }
    tare_rc_cache_trim(cache, 0);
    assert_int_equal(rc_cache_stats(cache).retired_entries, 0);
    tare_rc_cache_destroy(&cache);
}

static pthread_key_t late_key;

static void use_late(void *rounds)
{
    uint64_t number;

    if (rc_cache_put_new(cache, NUMBER((uintptr_t)rounds), (uintptr_t)rounds, 0))
        abort();
    if (!rc_cache_has(cache, NUMBER((uintptr_t)rounds), &number))
        abort();
    tare_rc_cache_enter();
    tare_rc_cache_enter();
    expect(tare_rc_cache_peek(cache, NUMBER((uintptr_t)rounds)), (uintptr_t)rounds);
    tare_rc_cache_leave();
    tare_rc_cache_leave();
#ifdef __SANITIZE_THREAD__
    enum { LATE_ROUNDS = 1 }; /* later its own view of the thread is gone */
#else
    enum { LATE_ROUNDS = 4 };
#endif
    if ((uintptr_t)rounds < LATE_ROUNDS)
        pthread_setspecific(late_key, (void *)((uintptr_t)rounds + 1));
}

static void *end_with_a_destructor(void *unused)
{
    struct tare_mem *mem = tare_mem_default();
    void *block = tare_mem_alloc(mem, 16, 16);

    /* So that the thread's first use of libtare is not in its last round: tare/mem.h. */
    tare_mem_free(mem, block, 16, 16);
    pthread_setspecific(late_key, (void *)1);
    expect(tare_rc_cache_get(cache, NUMBER(77)), 77);
    return unused;
}

static void destructors_of_threads_may_use_the_cache(void **state)
{
    (void)state;
    make_cache(10);
    assert_int_equal(pthread_key_create(&late_key, use_late), 0);
    for (int i = 0; i < 20; i++)
        run_threads(end_with_a_destructor, 1);
    pthread_key_delete(late_key);
    tare_rc_cache_trim(cache, 0);
    assert_int_equal(rc_cache_stats(cache).retired_entries, 0);
    tare_rc_cache_destroy(&cache);
}

static void *churn(void *context)
{
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
        work(context);
    return NULL;
}

/* In the child: the number that tells what is wrong. */
static int check_child(void)
{
    uint64_t number;

    if (!tare__rc_cache_valid(cache))
        return 1;
    for (uint64_t i = 0; i < 1000; i++) {
        if (rc_cache_put_new(cache, NUMBER(i), i, 0))
            return 2;
        if (!rc_cache_has(cache, NUMBER(i), &number) || number != i)
            return 3;
    }
    run_threads(work, 2);
    tare_rc_cache_trim(cache, 0);
    if (rc_cache_stats(cache).retired_entries)
        return 4;
    tare_rc_cache_destroy(&cache);
    return 0;
}

static void a_forked_child_has_a_whole_cache(void **state)
{
    pthread_t threads[2];
    int status;

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* for it the threads that a fork leaves behind still run */
#elif defined __SANITIZE_ADDRESS__
    skip(); /* the locks of its heap are as a fork finds them */
#endif
    make_cache(40);
    stop = false;
    for (intptr_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
    for (int i = 0; i < 20; i++) {
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
    tare_rc_cache_destroy(&cache);
}

/* References, without a cache: one object, taken and given in all ways at once. */
static struct value *shared;
static struct value_weak *weak;

static void *count_references(void *unused)
{
    for (int i = 0; i < ROUNDS / THREADS; i++) {
        struct tare_rc_batch batch;
        struct value *own = value_weak_lock(weak);

        expect(own, 5);
        value_release(value_acquire(own));
        value_batch_begin(&batch, own, 3);
        value_release(own);
        value_release(value_batch_take(&batch));
        value_weak_release(value_weak_acquire(value_batch_take(&batch)));
        tare_rc_batch_give(&batch);
        tare_rc_batch_end(&batch);
    }
    return unused;
}

static void references_are_counted_by_all_threads(void **state)
{
    (void)state;
    shared = value_made(5);
    weak = value_weak_acquire(shared);
    run_threads(count_references, THREADS);
    assert_int_equal(shared->rc.counts, TARE__RC_FIRST + TARE__RC_WEAK);
    value_release(shared);
    assert_null(value_weak_lock(weak));
    value_weak_release(weak);
}

/* The last of many releases ends it, and sees what the others did. */
static void *write_and_release(void *context)
{
    struct value *own = value_weak_lock(weak);

    if (own) /* one thread each: plain */
        ((unsigned char *)&own->number)[(uintptr_t)context] = 1;
    value_release(own);
    return NULL;
}

static void see_all(void *object)
{
    uint64_t number = ((struct value *)object)->number;

    if (number & ~(uint64_t)0x0101010100)
        abort();
    value_end(object);
}

static void the_last_release_sees_what_all_did(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct tare_rc_type type = value_rc;

        type.destruct = see_all;
        shared = value_made(0);
        weak = value_weak_acquire(shared);
        pthread_t threads[THREADS];
        for (intptr_t k = 0; k < THREADS; k++)
            assert_int_equal(
                pthread_create(&threads[k], NULL, write_and_release, (void *)(k + 1)), 0);
        tare_rc_release(&type, shared);
        for (int k = 0; k < THREADS; k++)
            pthread_join(threads[k], NULL);
        value_weak_release(weak);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RC_CACHE_TEST(readers_find_what_was_put_and_lives),
        RC_CACHE_TEST(fences_do_as_well_as_membarrier),
        RC_CACHE_TEST(what_is_replaced_is_let_go_of_when_all_have_left),
        RC_CACHE_TEST(a_thread_that_ends_has_left),
        RC_CACHE_TEST(destructors_of_threads_may_use_the_cache),
        RC_CACHE_TEST(a_forked_child_has_a_whole_cache),
        RC_CACHE_TEST(references_are_counted_by_all_threads),
        RC_CACHE_TEST(the_last_release_sees_what_all_did),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
