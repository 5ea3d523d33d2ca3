/* SPDX-License-Identifier: MIT
 *
 * One load a key, whoever asks.
 */
#include "lib/rc_cache_fixture.h"

#include <errno.h>
#include <stdlib.h>

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBER tare_rc_key_number

enum {
    THREADS = 4,
#ifdef __SANITIZE_THREAD__
    ROUNDS = 1000,
#else
    ROUNDS = 5000,
#endif
};

static struct tare_rc_cache *cache;
static unsigned loads;

static void make_cache(void)
{
    const struct tare_rc_cache_options options = rc_cache_options(64);

    cache = rc_cache_made(&options);
    loads = 0;
}

static int load_value(struct tare_rc_key key, void *context, void **value,
                      size_t *value_bytes)
{
    (void)context;
    __atomic_add_fetch(&loads, 1, __ATOMIC_RELAXED);
    *value = value_made(key.number);
    *value_bytes = sizeof(struct value);
    return *value ? 0 : -ENOMEM;
}

static int fail_to_load(struct tare_rc_key key, void *context, void **value,
                        size_t *value_bytes)
{
    (void)key;
    (void)context;
    (void)value;
    (void)value_bytes;
    loads++;
    return -EIO;
}

static void load_is_called_when_nothing_is_there(void **state)
{
    struct value *value = NULL;
    void *loaded = NULL;

    (void)state;
    make_cache();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tare_rc_cache_load(cache, NUMBER(5), load_value, NULL, &loaded),
                         0);
        value = loaded;
        assert_int_equal(value->number, 5);
        value_release(value);
    }
    assert_int_equal(loads, 1);
    assert_int_equal(rc_cache_stats(cache).loads, 1);
    tare_rc_cache_destroy(&cache);
}

static void errors_are_not_kept(void **state)
{
    void *value = NULL;

    (void)state;
    make_cache();
    for (int i = 0; i < 3; i++)
        assert_int_equal(tare_rc_cache_load(cache, NUMBER(5), fail_to_load, NULL, &value),
                         -EIO);
    assert_null(value);
    assert_int_equal(loads, 3);
    assert_int_equal(rc_cache_stats(cache).load_errors, 3);
    assert_int_equal(tare_rc_cache_load(cache, NUMBER(5), load_value, NULL, &value), 0);
    value_release(value);
    tare_rc_cache_destroy(&cache);
}

static void a_value_that_is_refused_is_given_all_the_same(void **state)
{
    void *value;

    (void)state;
    make_cache();
    rc_cache_mem.fail_at = tare_mem_counted(&rc_cache_mem.counter).allocations + 2;
    assert_int_equal(
        tare_rc_cache_load(cache, tare_rc_key_bytes("ab", 2), load_value, NULL, &value), 0);
    assert_true(rc_cache_mem.has_failed);
    assert_int_equal(((struct value *)value)->rc.counts, TARE__RC_FIRST);
    value_release(value);
    assert_int_equal(rc_cache_stats(cache).entries, 0);
    tare_rc_cache_destroy(&cache);
}

/* Loads what the key before it has, too; and the first asks for the last. */
static int load_chain(struct tare_rc_key key, void *context, void **value,
                      size_t *value_bytes)
{
    void *before = NULL;
    int err = tare_rc_cache_load(cache, NUMBER(key.number ? key.number - 1 : 9), load_chain,
                                 context, &before);

    if (key.number == 0) {
        assert_int_equal(err, -EDEADLK);
        assert_null(before);
    }
    value_release(before);
    return load_value(key, NULL, value, value_bytes);
}

static void a_load_may_load_other_keys_but_not_its_own(void **state)
{
    void *value;

    (void)state;
    make_cache();
    assert_int_equal(tare_rc_cache_load(cache, NUMBER(9), load_chain, NULL, &value), 0);
    assert_int_equal(loads, 10);
    value_release(value);
    assert_int_equal(rc_cache_stats(cache).entries, 10);
    tare_rc_cache_destroy(&cache);
}

/* Each of two threads loads one key, and in that asks for the other's: one of them is told. */
static pthread_barrier_t both;
static unsigned refused;

static int load_crossed(struct tare_rc_key key, void *context, void **value,
                        size_t *value_bytes)
{
    void *other = NULL;

    if (key.number < 2) {
        pthread_barrier_wait(&both);
        int err =
            tare_rc_cache_load(cache, NUMBER(1 - key.number), load_value, context, &other);
        if (err != 0 && err != -EDEADLK)
            abort();
        __atomic_add_fetch(&refused, err == -EDEADLK, __ATOMIC_RELAXED);
        value_release(other);
    }
    return load_value(key, NULL, value, value_bytes);
}

static void *cross(void *number)
{
    void *value;

    if (tare_rc_cache_load(cache, NUMBER((uintptr_t)number - 1), load_crossed, NULL,
                           &value))
        abort();
    value_release(value);
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

static void threads_do_not_wait_for_each_other_for_ever(void **state)
{
    (void)state;
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 50; i++) {
        make_cache();
        refused = 0;
        run_threads(cross, 2);
        assert_int_equal(refused, 1);
        tare_rc_cache_destroy(&cache);
    }
    pthread_barrier_destroy(&both);
}

static unsigned loading[64];

static int load_alone(struct tare_rc_key key, void *context, void **value,
                      size_t *value_bytes)
{
    if (__atomic_exchange_n(&loading[key.number], 1, __ATOMIC_ACQ_REL))
        abort(); /* another one is at it */
    if (key.number % 4 == 0)
        sched_yield();
    int err = key.number % 16 == 3 ? -EIO : load_value(key, context, value, value_bytes);
    __atomic_store_n(&loading[key.number], 0, __ATOMIC_RELEASE);
    return err;
}

static void *load_many(void *context)
{
    unsigned seed = (unsigned)(uintptr_t)context;

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t number = (uint64_t)rand_r(&seed) % 64;
        void *value = NULL;
        int err = tare_rc_cache_load(cache, NUMBER(number), load_alone, NULL, &value);

        if (err != (number % 16 == 3 ? -EIO : 0) ||
            (value && ((struct value *)value)->number != number))
            abort();
        value_release(value);
        if (i % 3 == 0)
            tare_rc_cache_remove(cache, NUMBER(number));
    }
    return NULL;
}

static void one_thread_loads_a_key(void **state)
{
    (void)state;
    make_cache();
    run_threads(load_many, THREADS);
    struct tare_rc_cache_stats stats = rc_cache_stats(cache);
    assert_true(stats.loads > stats.load_errors);
    tare_rc_cache_destroy(&cache);
}

static pthread_barrier_t forked;

static int load_slowly(struct tare_rc_key key, void *context, void **value,
                       size_t *value_bytes)
{
    pthread_barrier_wait(&forked); /* the load is under way */
    pthread_barrier_wait(&forked); /* the fork is over */
    return load_value(key, context, value, value_bytes);
}

static void *load_one(void *unused)
{
    void *value;

    if (tare_rc_cache_load(cache, NUMBER(1), load_slowly, NULL, &value))
        abort();
    value_release(value);
    return unused;
}

static void a_forked_child_does_not_wait_for_loads_of_the_parent(void **state)
{
    pthread_t thread;
    int status;
    void *value;

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip();
#endif
    make_cache();
    pthread_barrier_init(&forked, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, load_one, NULL), 0);
    pthread_barrier_wait(&forked);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(tare_rc_cache_load(cache, NUMBER(1), load_value, NULL, &value) ||
              ((struct value *)value)->number != 1);
    }
    pthread_barrier_wait(&forked);
    pthread_join(thread, NULL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    pthread_barrier_destroy(&forked);
    tare_rc_cache_destroy(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RC_CACHE_TEST(load_is_called_when_nothing_is_there),
        RC_CACHE_TEST(errors_are_not_kept),
        RC_CACHE_TEST(a_value_that_is_refused_is_given_all_the_same),
        RC_CACHE_TEST(a_load_may_load_other_keys_but_not_its_own),
        RC_CACHE_TEST(threads_do_not_wait_for_each_other_for_ever),
        RC_CACHE_TEST(one_thread_loads_a_key),
        RC_CACHE_TEST(a_forked_child_does_not_wait_for_loads_of_the_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
