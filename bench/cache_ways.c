/* SPDX-License-Identifier: MIT */
#include "bench/cache_ways.h"

#include <stdlib.h>

#include <tare/rc_cache.h>

struct value {
    struct tare_rc rc;
    uint64_t number;
};

TARE_RC_DEFINE(value, struct value);

static struct tare_rc_cache *cache;

static void begin(size_t capacity)
{
    const struct tare_rc_cache_options options = {
        .type = &value_rc, .max_entries = capacity, .shards = CACHE_SHARDS};

    if (tare_rc_cache_create(&cache, &options))
        abort();
}

static void put(uint64_t key)
{
    TARE_RC_SCOPED(value, value) = value_create();

    if (!value)
        abort();
    value->number = key * 3;
    if (tare_rc_cache_put(cache, tare_rc_key_number(key), value, 0))
        abort();
}

static size_t gets(const uint64_t *keys, size_t count)
{
    size_t hits = 0;

    for (size_t i = 0; i < count; i++) {
        struct value *value = tare_rc_cache_get(cache, tare_rc_key_number(keys[i]));

        if (value && value->number != keys[i] * 3)
            abort();
        hits += value != NULL;
        value_release(value);
    }
    return hits;
}

static size_t peeks(const uint64_t *keys, size_t count)
{
    size_t hits = 0;

    for (size_t i = 0; i < count; i++) {
        tare_rc_cache_enter();
        const struct value *value = tare_rc_cache_peek(cache, tare_rc_key_number(keys[i]));
        if (value && value->number != keys[i] * 3)
            abort();
        hits += value != NULL;
        tare_rc_cache_leave();
    }
    return hits;
}

static void end(void)
{
    tare_rc_cache_destroy(&cache);
}

const struct cache_way cache_own_ways[] = {
    {"get, release", begin, put, gets, end},
    {"peek", begin, put, peeks, end},
    {NULL, NULL, NULL, NULL, NULL},
};
