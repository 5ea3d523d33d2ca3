/* SPDX-License-Identifier: MIT
 *
 * Caches whose values die when nobody else holds them.
 */
#include "lib/rc_cache_fixture.h"

#include <errno.h>
#include <stdlib.h>

#include <pthread.h>

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

static void make_cache(void)
{
    struct tare_rc_cache_options options = rc_cache_options(64);

    options.is_weak = true;
    cache = rc_cache_made(&options);
}

static int load_value(struct tare_rc_key key, void *context, void **value,
                      size_t *value_bytes)
{
    (void)context;
    *value = value_made(key.number);
    *value_bytes = sizeof(struct value);
    return *value ? 0 : -ENOMEM;
}

static void an_entry_goes_when_its_value_dies(void **state)
{
    (void)state;
    make_cache();
    struct value *value = value_made(7), *same;
    assert_int_equal(tare_rc_cache_put(cache, NUMBER(7), value, 100), 0);
    assert_int_equal(tare_rc_cache_put(cache, NUMBER(7), value, 100), 0); /* it is there */
    assert_int_equal(tare_rc_cache_put(cache, NUMBER(8), value, 100), -EBUSY);
    assert_ptr_equal(same = tare_rc_cache_get(cache, NUMBER(7)), value);
    value_release(same);
    assert_int_equal(rc_cache_stats(cache).entries, 1);
    value_release(value);
    assert_int_equal(rc_cache_stats(cache).entries, 0);
    assert_null(tare_rc_cache_get(cache, NUMBER(7)));
    assert_int_equal(rc_cache_put_new(cache, NUMBER(7), 7, 0), 0); /* dead at once */
    assert_int_equal(rc_cache_stats(cache).entries, 0);
    tare_rc_cache_destroy(&cache);
}

static void a_value_may_outlive_its_weak_cache(void **state)
{
    (void)state;
    make_cache();
    struct value *value = value_made(7), *other = value_made(8);
    assert_int_equal(tare_rc_cache_put(cache, tare_rc_key_bytes("seven", 5), value, 0), 0);
    assert_int_equal(tare_rc_cache_put(cache, NUMBER(8), other, 0), 0);
    assert_true(tare_rc_cache_remove(cache, NUMBER(8)));
    tare_rc_cache_trim(cache, 64);
    assert_int_equal(tare_rc_cache_put(cache, NUMBER(9), other, 0),
                     0); /* it is free again */
    tare_rc_cache_destroy(&cache);
    assert_int_equal(value->rc.counts, TARE__RC_FIRST);
    assert_int_equal(other->rc.counts, TARE__RC_FIRST);
    value_release(value);
    value_release(other);
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

/* Values that others release at any moment, under keys that are put again. */
static void *share_and_release(void *context)
{
    unsigned seed = (unsigned)(uintptr_t)context;

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t number = (uint64_t)rand_r(&seed) % 16;
        void *value = NULL;
        int err = tare_rc_cache_load(cache, NUMBER(number), load_value, NULL, &value);

        if (err || ((struct value *)value)->number != number ||
            __atomic_load_n(&((struct value *)value)->seal, __ATOMIC_RELAXED) != ~number)
            abort();
        if (i % 5 == 0)
            tare_rc_cache_remove(cache, NUMBER(number));
        value_release(value);
        if (i % 64 == 0)
            tare_rc_cache_trim(cache, 4);
    }
    return NULL;
}

static void values_of_weak_caches_die_at_any_moment(void **state)
{
    (void)state;
    make_cache();
    run_threads(share_and_release, THREADS);
    assert_int_equal(rc_cache_stats(cache).entries, 0);
    tare_rc_cache_trim(cache, 0);
    assert_int_equal(rc_cache_stats(cache).retired_entries, 0);
    tare_rc_cache_destroy(&cache);
}

/* The cache ends while values do. */
static pthread_barrier_t both;
static struct value *held[64];

static void *release_held(void *unused)
{
    pthread_barrier_wait(&both);
    for (int i = 0; i < 64; i++)
        value_release(held[i]);
    return unused;
}

static void a_weak_cache_may_end_while_its_values_do(void **state)
{
    pthread_t thread;

    (void)state;
    pthread_barrier_init(&both, NULL, 2);
    for (int round = 0; round < 50; round++) {
        make_cache();
        for (uint64_t i = 0; i < 64; i++) {
            held[i] = value_made(i);
            assert_int_equal(tare_rc_cache_put(cache, NUMBER(i), held[i], 0), 0);
        }
        assert_int_equal(pthread_create(&thread, NULL, release_held, NULL), 0);
        pthread_barrier_wait(&both);
        tare_rc_cache_destroy(&cache);
        pthread_join(thread, NULL);
    }
    pthread_barrier_destroy(&both);
}

static void every_allocation_of_a_weak_cache_may_fail(void **state)
{
    for (uint64_t n = 1;; n++) {
        struct tare_rc_cache_options options = rc_cache_options(8);
        struct value *values[20] = {0};

        rc_cache_begin(state);
        options.is_weak = true;
        rc_cache_mem.fail_at = n;
        cache = NULL;
        int err = tare_rc_cache_create(&cache, &options);
        assert_true(err == 0 || err == -ENOMEM);
        for (uint64_t i = 0; !err && i < 20; i++) {
            int put = 0;

            if ((values[i] = value_made(i)))
                put = tare_rc_cache_put(cache, NUMBER(i), values[i], 0);
            assert_true(put == 0 || put == -ENOMEM);
            assert_true(tare__rc_cache_valid(cache));
        }
        for (uint64_t i = 0; i < 20; i += 2)
            value_release(values[i]);
        tare_rc_cache_destroy(&cache);
        for (uint64_t i = 1; i < 20; i += 2)
            value_release(values[i]);
        rc_cache_end(state);
        if (!rc_cache_mem.has_failed)
            return;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RC_CACHE_TEST(an_entry_goes_when_its_value_dies),
        RC_CACHE_TEST(a_value_may_outlive_its_weak_cache),
        RC_CACHE_TEST(values_of_weak_caches_die_at_any_moment),
        RC_CACHE_TEST(a_weak_cache_may_end_while_its_values_do),
        RC_CACHE_TEST(every_allocation_of_a_weak_cache_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
