/* SPDX-License-Identifier: MIT */
#include "toolkit/rc_cache_core.h"

#include "base/debug.h"

static void count(struct tare_rc_cache *cache, bool is_hit)
{
    struct tare__rc_counts *counts = &cache->front.counts[tare__rc_reader.number];

    tare__rc_count(is_hit ? &counts->hits : &counts->misses);
}

/* Between enter and leave: the value, or NULL. */
static __attribute__((noinline)) void *find(const struct tare_rc_cache *cache,
                                            struct tare_rc_key key)
{
    struct rc_wanted wanted = rc_want(cache, key);
    struct rc_found found = tare__rc_find(rc_shard_of(cache, wanted.hash), &wanted);

    if (!found.bucket)
        return NULL;
    tare__rc_mark_used(&cache->front, &found.bucket->used[found.way]);
    return rc_value_of(found.word);
}

void *tare_rc_cache_get(struct tare_rc_cache *cache, struct tare_rc_key key)
{
    tare_rc_cache_enter();
    void *value = key.bytes ? NULL : tare__rc_find_likely(&cache->front, key.number);
    if (TARE_UNLIKELY(!value))
        value = find(cache, key);
    if (TARE_LIKELY(value != NULL))
        value = cache->is_weak ? tare_rc_weak_lock(cache->type, value)
                               : tare_rc_acquire(cache->type, value);
    count(cache, value != NULL);
    tare_rc_cache_leave();
    return value;
}

void *tare__rc_peek(struct tare_rc_cache *cache, struct tare_rc_key key)
{
    TARE_ASSERT(tare__rc_guard_is_in() && !cache->is_weak);
    void *value = find(cache, key);
    count(cache, value != NULL);
    return value;
}

static void add_shard(struct rc_shard *shard, struct tare_rc_cache_stats *stats)
{
    pthread_mutex_lock(&shard->lock);
    stats->entries += rc_entries(shard);
    stats->bytes += shard->bytes;
    stats->retired_entries += rc_retired(shard);
    stats->retired_bytes += __atomic_load_n(&shard->held_bytes, __ATOMIC_RELAXED);
    stats->puts += shard->puts;
    stats->evictions += shard->evictions;
    stats->refused += shard->refused;
    stats->recent_entries += shard->lists[RC_RECENT].count;
    stats->frequent_entries += shard->lists[RC_FREQUENT].count;
    stats->ghosts += shard->ghosts.lists[RC_GHOSTS_RECENT].count +
                     shard->ghosts.lists[RC_GHOSTS_FREQUENT].count;
    stats->recent_wanted += shard->recent_wanted;
    pthread_mutex_unlock(&shard->lock);
}

void tare_rc_cache_get_stats(struct tare_rc_cache *cache, struct tare_rc_cache_stats *stats)
{
    *stats = (struct tare_rc_cache_stats){.own_bytes = cache->own_bytes,
                                          .largest_bytes = cache->largest_bytes,
                                          .shards = 1u << cache->shard_bits};
    for (uint32_t i = 0; i < stats->shards; i++)
        add_shard(&cache->shards[i], stats);
    for (size_t i = 0; i < RC_READERS; i++) {
        stats->hits += __atomic_load_n(&cache->front.counts[i].hits, __ATOMIC_RELAXED);
        stats->misses += __atomic_load_n(&cache->front.counts[i].misses, __ATOMIC_RELAXED);
    }
    tare__rc_load_lock();
    stats->loads = cache->loads;
    stats->load_errors = cache->load_errors;
    stats->load_waits = cache->load_waits;
    tare__rc_load_unlock();
}
