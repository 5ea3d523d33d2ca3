/* SPDX-License-Identifier: MIT
 *
 * lib/rc_cache_fixture.h - values for caches, all of whose memory is counted.
 *
 * Shape    value_made(number) -> value_rc; rc_cache_begin ... rc_cache_end around each test
 * Units    bytes
 * Owner    Who makes a value has its first reference.
 * Threads  thread-safe, but for begin and end
 * Errors   NULL: the failer refused.
 * Cost     none
 * Source   none
 */
#ifndef TESTS_RC_CACHE_FIXTURE_H
#define TESTS_RC_CACHE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <tare/rc_cache.h>

#include "toolkit/rc_cache_core.h"

struct value {
    struct tare_rc rc;
    uint64_t number; /* of its key, or what a test wants */
    uint64_t seal;   /* ~number, while it lives */
};

static struct tare_mem_failer rc_cache_mem;

/* It cannot be anything else's any more. */
static inline void value_end(void *object)
{
    struct value *value = object;

    __atomic_store_n(&value->seal, 0, __ATOMIC_RELAXED);
}

TARE_RC_DEFINE(value, struct value, .destruct = value_end, .mem = &rc_cache_mem.mem);

static inline struct value *value_made(uint64_t number)
{
    struct value *value = value_create();

    if (value) {
        value->number = number;
        value->seal = ~number;
    }
    return value;
}

static inline int rc_cache_begin(void **state)
{
    (void)state;
    tare_mem_failer_init(&rc_cache_mem, tare_mem_libc(), 0);
    return 0;
}

static inline int rc_cache_end(void **state)
{
    (void)state;
    assert_int_equal(tare_mem_counted(&rc_cache_mem.counter).live_bytes, 0);
    return 0;
}

static inline struct tare_rc_cache_options rc_cache_options(size_t max_entries)
{
    return (struct tare_rc_cache_options){
        .type = &value_rc, .max_entries = max_entries, .mem = &rc_cache_mem.mem};
}

static inline struct tare_rc_cache *
rc_cache_made(const struct tare_rc_cache_options *options)
{
    struct tare_rc_cache *cache;

    assert_int_equal(tare_rc_cache_create(&cache, options), 0);
    assert_true(tare__rc_cache_valid(cache));
    return cache;
}

static inline struct tare_rc_cache_stats rc_cache_stats(struct tare_rc_cache *cache)
{
    struct tare_rc_cache_stats stats;

    tare_rc_cache_get_stats(cache, &stats);
    assert_true(tare__rc_cache_valid(cache));
    return stats;
}

/* A new value, of which the cache has the only reference. */
static inline int rc_cache_put_new(struct tare_rc_cache *cache, struct tare_rc_key key,
                                   uint64_t number, size_t value_bytes)
{
    struct value *value = value_made(number);
    int err = value ? tare_rc_cache_put(cache, key, value, value_bytes) : -1;

    value_release(value);
    return err;
}

/* The number of what is there, and whether anything is. */
static inline bool rc_cache_has(struct tare_rc_cache *cache, struct tare_rc_key key,
                                uint64_t *number)
{
    TARE_RC_SCOPED(value, value) = tare_rc_cache_get(cache, key);

    if (value)
        *number = value->number;
    return value != NULL;
}

#define RC_CACHE_TEST(function) \
    cmocka_unit_test_setup_teardown(function, rc_cache_begin, rc_cache_end)

#endif
