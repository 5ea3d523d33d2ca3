/* SPDX-License-Identifier: MIT */
#include "lib/rc_cache_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBER tare_rc_key_number
#define TEXT tare_rc_key_text

static void create_refuses_what_cannot_be(void **state)
{
    struct tare_rc_cache *cache = NULL;
    struct tare_rc_cache_options options = rc_cache_options(0);

    (void)state;
    assert_int_equal(tare_rc_cache_create(&cache, &options), -EINVAL);
    options = rc_cache_options(100);
    options.shards = 3;
    assert_int_equal(tare_rc_cache_create(&cache, &options), -EINVAL);
    options = rc_cache_options(100);
    options.max_bytes = 100; /* less than its tables */
    assert_int_equal(tare_rc_cache_create(&cache, &options), -EINVAL);
    options = rc_cache_options(100);
    options.type = NULL;
    assert_int_equal(tare_rc_cache_create(&cache, &options), -EINVAL);
    assert_null(cache);
    tare_rc_cache_destroy(&cache);
}

static void get_gives_a_reference_to_what_was_put(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(100);
    struct tare_rc_cache *cache = rc_cache_made(&options);

    (void)state;
    struct value *value = value_made(7), *same;
    assert_null(tare_rc_cache_get(cache, NUMBER(7)));
    assert_int_equal(tare_rc_cache_put(cache, NUMBER(7), value, 0), 0);
    assert_ptr_equal(same = tare_rc_cache_get(cache, NUMBER(7)), value);
    assert_int_equal(value->rc.counts & TARE__RC_STRONG, 3);
    value_release(same);
    assert_int_equal(rc_cache_stats(cache).hits, 1);
    assert_int_equal(rc_cache_stats(cache).misses, 1);
    tare_rc_cache_destroy(&cache);
    assert_null(cache);
    assert_int_equal(value->rc.counts & TARE__RC_STRONG, 1); /* it lives on */
    value_release(value);
}

static void keys_are_numbers_or_bytes(void **state)
{
    static const char *const texts[] = {
        "", "a", "b", "ab", "seventeen letters", "0123456789abcdef", "0123456789abcdeg"};
    enum { TEXTS = sizeof texts / sizeof *texts };
    struct tare_rc_cache_options options = rc_cache_options(100);
    struct tare_rc_cache *cache = rc_cache_made(&options);
    uint64_t number;

    (void)state;
    for (uint64_t i = 0; i < TEXTS; i++) {
        char copy[32]; /* the cache has one of its own */

        snprintf(copy, sizeof copy, "%s", texts[i]);
        assert_int_equal(rc_cache_put_new(cache, TEXT(copy), i, 0), 0);
        assert_int_equal(rc_cache_put_new(cache, NUMBER(i), 100 + i, 0), 0);
    }
    for (uint64_t i = 0; i < TEXTS; i++) {
        assert_true(rc_cache_has(cache, TEXT(texts[i]), &number));
        assert_int_equal(number, i);
        assert_true(rc_cache_has(cache, NUMBER(i), &number));
        assert_int_equal(number, 100 + i);
    }
    assert_false(rc_cache_has(cache, TEXT("abc"), &number));
    assert_true(rc_cache_has(cache, tare_rc_key_bytes("abc", 2), &number));
    assert_int_equal(rc_cache_stats(cache).entries, 2 * TEXTS);
    tare_rc_cache_destroy(&cache);
}

static void put_replaces_and_remove_removes(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(10);
    struct tare_rc_cache *cache = rc_cache_made(&options);
    uint64_t number;

    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(rc_cache_put_new(cache, TEXT("key"), i, 10), 0);
        assert_true(rc_cache_has(cache, TEXT("key"), &number));
        assert_int_equal(number, i);
    }
    assert_int_equal(rc_cache_stats(cache).entries, 1);
    assert_true(tare_rc_cache_remove(cache, TEXT("key")));
    assert_false(tare_rc_cache_remove(cache, TEXT("key")));
    assert_false(rc_cache_has(cache, TEXT("key"), &number));
    assert_int_equal(rc_cache_stats(cache).bytes, 0);
    tare_rc_cache_trim(cache, 0);
    assert_int_equal(rc_cache_stats(cache).retired_entries, 0);
    tare_rc_cache_destroy(&cache);
}

static void what_was_evicted_lives_on_with_who_holds_it(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(10);
    struct tare_rc_cache *cache = rc_cache_made(&options);

    (void)state;
    assert_int_equal(rc_cache_put_new(cache, NUMBER(1), 1, 0), 0);
    struct value *held = tare_rc_cache_get(cache, NUMBER(1));
    tare_rc_cache_trim(cache, 0);
    assert_int_equal(held->seal, ~(uint64_t)1);
    assert_int_equal(held->rc.counts, TARE__RC_FIRST);
    value_release(held);
    tare_rc_cache_destroy(&cache);
}

static void what_is_borrowed_stays_until_leave(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(10);
    struct tare_rc_cache *cache = rc_cache_made(&options);

    (void)state;
    assert_int_equal(rc_cache_put_new(cache, TEXT("one"), 1, 0), 0);
    tare_rc_cache_enter();
    struct value *borrowed = tare_rc_cache_peek(cache, TEXT("one"));
    assert_int_equal(borrowed->rc.counts, TARE__RC_FIRST);
    assert_true(tare_rc_cache_remove(cache, TEXT("one")));
    tare_rc_cache_enter();
    assert_null(tare_rc_cache_peek(cache, TEXT("one")));
    tare_rc_cache_leave();
    tare_rc_cache_trim(cache, 0);
    assert_int_equal(borrowed->seal, ~(uint64_t)1);
    assert_int_equal(rc_cache_stats(cache).retired_entries, 1);
    tare_rc_cache_leave();
    tare_rc_cache_trim(cache, 0);
    assert_int_equal(rc_cache_stats(cache).retired_entries, 0);
    tare_rc_cache_destroy(&cache);
}

static void put_is_refused_while_what_has_to_go_is_borrowed(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(10);
    struct tare_rc_cache *cache = rc_cache_made(&options);
    uint64_t refused_at = 0, number;

    (void)state;
    tare_rc_cache_enter();
    while (refused_at < 1000 &&
           rc_cache_put_new(cache, NUMBER(refused_at), refused_at, 0) == 0)
        refused_at++;
    assert_in_range(refused_at, 10, 100);
    assert_int_equal(rc_cache_stats(cache).refused, 1);
    tare_rc_cache_leave();
    assert_int_equal(rc_cache_put_new(cache, NUMBER(1000), 1000, 0), 0);
    assert_true(rc_cache_has(cache, NUMBER(1000), &number));
    tare_rc_cache_destroy(&cache);
}

static void memory_stays_within_the_bytes(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(5000);
    char key[200];

    (void)state;
    options.max_bytes = 1 << 20;
    for (options.policy = 0; options.policy <= TARE_RC_CACHE_S3_FIFO; options.policy++) {
        struct tare_rc_cache *cache = rc_cache_made(&options);

        srand48(1);
        for (int i = 0; i < 20000; i++) {
            int length = 1 + (int)(lrand48() % 150);

            snprintf(key, sizeof key, "%0*ld", length, lrand48() % 30000);
            size_t value_bytes = (size_t)(lrand48() % 4000);
            struct tare_rc_key at = i % 2 ? TEXT(key) : NUMBER((uint64_t)i * 7);
            assert_int_equal(
                rc_cache_put_new(cache, at, 1, sizeof(struct value) + value_bytes), 0);
            struct tare_rc_cache_stats stats;
            tare_rc_cache_get_stats(cache, &stats);
            assert_true(stats.own_bytes + stats.bytes + stats.retired_bytes <=
                        options.max_bytes);
        }
        assert_true(rc_cache_stats(cache).bytes > options.max_bytes / 2);
        tare_rc_cache_destroy(&cache);
    }
}

/* The memory itself: values and keys come from where the cache's own does, and one value more is
 * the test's. */
static void not_a_byte_more_is_taken_than_may_be(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(2000);
    char key[64];

    (void)state;
    options.max_bytes = 256 << 10;
    struct tare_rc_cache *cache = rc_cache_made(&options);
    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof key, "key %d of many", i * 7 % 9000);
        assert_int_equal(rc_cache_put_new(cache, TEXT(key), 1, sizeof(struct value)), 0);
        assert_true(tare_mem_counted(&rc_cache_mem.counter).peak_bytes <=
                    options.max_bytes + sizeof(struct value));
    }
    assert_true(tare_mem_counted(&rc_cache_mem.counter).live_bytes >
                options.max_bytes * 3 / 4);
    tare_rc_cache_destroy(&cache);
}

static void what_is_too_large_is_refused(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(100);

    (void)state;
    options.max_bytes = 100000;
    struct tare_rc_cache *cache = rc_cache_made(&options);
    size_t largest = rc_cache_stats(cache).largest_bytes;
    assert_in_range(largest, 10000, 12500);
    assert_int_equal(rc_cache_put_new(cache, NUMBER(1), 1, largest), 0);
    assert_int_equal(rc_cache_put_new(cache, NUMBER(2), 2, largest + 1), -E2BIG);
    assert_int_equal(rc_cache_put_new(cache, TEXT("3"), 3, largest), -E2BIG);
    assert_int_equal(rc_cache_put_new(cache, TEXT("3"), 3, SIZE_MAX), -E2BIG);
    assert_int_equal(rc_cache_stats(cache).entries, 1);
    assert_int_equal(rc_cache_stats(cache).refused, 3);
    tare_rc_cache_destroy(&cache);
}

static struct {
    uint64_t count, last;
    struct tare_rc_cache *into;
} evicted;

static void note_evicted(struct tare_rc_key key, void *value, void *context)
{
    assert_ptr_equal(context, &evicted);
    evicted.count++;
    evicted.last = ((struct value *)value)->number;
    assert_int_equal(((struct value *)value)->seal, ~evicted.last);
    char text[24] = "";
    if (key.bytes)
        memcpy(text, key.bytes, key.number);
    assert_int_equal(key.bytes ? strtoull(text, NULL, 10) : key.number, evicted.last);
    if (evicted.into)
        assert_int_equal(tare_rc_cache_put(evicted.into, key, value, 0), 0);
}

static void evictions_are_told(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(10);
    uint64_t number;
    char key[24];

    (void)state;
    options.policy = TARE_RC_CACHE_CLOCK;
    evicted.into = rc_cache_made(&options);
    evicted.count = 0;
    options.on_evict = note_evicted;
    options.context = &evicted;
    struct tare_rc_cache *cache = rc_cache_made(&options);
    for (uint64_t i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "%d", (int)i);
        assert_int_equal(rc_cache_put_new(cache, i % 3 ? TEXT(key) : NUMBER(i), i, 0), 0);
        assert_int_equal(evicted.count, i < 10 ? 0 : i - 9);
        if (i >= 10) {
            assert_int_equal(evicted.last, i - 10);
            assert_true(rc_cache_has(
                evicted.into,
                (i - 10) % 3 ? (snprintf(key, sizeof key, "%d", (int)i - 10), TEXT(key))
                             : NUMBER(i - 10),
                &number));
        }
    }
    assert_int_equal(rc_cache_stats(cache).evictions, 990);
    tare_rc_cache_destroy(&cache);
    assert_int_equal(evicted.count, 990);
    tare_rc_cache_destroy(&evicted.into);
}

/* True: all of it could be done. */
static bool use_everything(struct tare_rc_cache *cache)
{
    bool worked = true;
    uint64_t number;
    char key[24];

    for (uint64_t i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "%d", (int)i);
        worked &= rc_cache_put_new(cache, i % 2 ? TEXT(key) : NUMBER(i), i, 10) == 0;
        if (rc_cache_has(cache, i % 2 ? TEXT(key) : NUMBER(i), &number))
            assert_int_equal(number, i);
        assert_true(tare__rc_cache_valid(cache));
    }
    return worked;
}

static void every_allocation_may_fail(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(20);

    for (options.policy = 0; options.policy <= TARE_RC_CACHE_S3_FIFO; options.policy++)
        for (uint64_t n = 1;; n++) {
            struct tare_rc_cache *cache = NULL;

            rc_cache_begin(state);
            rc_cache_mem.fail_at = n;
            int err = tare_rc_cache_create(&cache, &options);
            assert_true(err == 0 || err == -ENOMEM);
            if (!err)
                assert_true(use_everything(cache) || rc_cache_mem.has_failed);
            tare_rc_cache_destroy(&cache);
            rc_cache_end(state);
            if (!rc_cache_mem.has_failed)
                break;
        }
}

static void a_put_without_memory_changes_nothing(void **state)
{
    struct tare_rc_cache_options options = rc_cache_options(20);
    struct tare_rc_cache *cache = rc_cache_made(&options);
    uint64_t number;

    (void)state;
    assert_int_equal(rc_cache_put_new(cache, TEXT("key"), 1, 10), 0);
    struct value *value = value_made(2);
    rc_cache_mem.fail_at = 1;
    rc_cache_mem.fail_on = true;
    assert_int_equal(tare_rc_cache_put(cache, TEXT("key"), value, 10), -ENOMEM);
    assert_int_equal(value->rc.counts, TARE__RC_FIRST);
    assert_true(rc_cache_has(cache, TEXT("key"), &number));
    assert_int_equal(number, 1);
    assert_int_equal(rc_cache_stats(cache).retired_bytes, 0);
    value_release(value);
    tare_rc_cache_destroy(&cache);
}

static void many_entries_are_spread_over_shards(void **state)
{
    enum { COUNT = 20000 };
    struct tare_rc_cache_options options = rc_cache_options(COUNT);
    uint64_t number = 0, found = 0;

    (void)state;
    struct tare_rc_cache *cache = rc_cache_made(&options);
    assert_int_equal(rc_cache_stats(cache).shards, 4);
    for (uint64_t i = 0; i < COUNT; i++)
        assert_int_equal(rc_cache_put_new(cache, NUMBER(i << 32), i, 0), 0);
    for (uint64_t i = 0; i < COUNT; i++)
        found += rc_cache_has(cache, NUMBER(i << 32), &number) && number == i;
    assert_in_range(found, COUNT * 97 / 100, COUNT);
    assert_int_equal(rc_cache_stats(cache).entries, found);
    tare_rc_cache_destroy(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RC_CACHE_TEST(create_refuses_what_cannot_be),
        RC_CACHE_TEST(get_gives_a_reference_to_what_was_put),
        RC_CACHE_TEST(keys_are_numbers_or_bytes),
        RC_CACHE_TEST(put_replaces_and_remove_removes),
        RC_CACHE_TEST(what_was_evicted_lives_on_with_who_holds_it),
        RC_CACHE_TEST(what_is_borrowed_stays_until_leave),
        RC_CACHE_TEST(put_is_refused_while_what_has_to_go_is_borrowed),
        RC_CACHE_TEST(memory_stays_within_the_bytes),
        RC_CACHE_TEST(not_a_byte_more_is_taken_than_may_be),
        RC_CACHE_TEST(what_is_too_large_is_refused),
        RC_CACHE_TEST(evictions_are_told),
        RC_CACHE_TEST(every_allocation_may_fail),
        RC_CACHE_TEST(a_put_without_memory_changes_nothing),
        RC_CACHE_TEST(many_entries_are_spread_over_shards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
