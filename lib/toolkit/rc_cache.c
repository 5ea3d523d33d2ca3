/* SPDX-License-Identifier: MIT */
#include "toolkit/rc_cache_core.h"

#include "base/debug.h"

static inline void count(struct tare_rc_cache *cache, bool is_hit)
{
    uint32_t reader = tare__rc_reader.number;
    struct rc_counts *counts = &cache->counts[reader];
    uint64_t *number = is_hit ? &counts->hits : &counts->misses;

    if (TARE_LIKELY(reader != RC_READER_SHARED))
        __atomic_store_n(number, __atomic_load_n(number, __ATOMIC_RELAXED) + 1,
                         __ATOMIC_RELAXED);
    else
        __atomic_add_fetch(number, 1, __ATOMIC_RELAXED);
}

/* Between enter and leave: the value, or NULL. The mark is written when that changes it, so that
 * entries that all threads ask for do not move from one's cache to the other's for it. */
static inline void mark_used(const struct tare_rc_cache *cache, uint8_t *used)
{
    uint8_t times = __atomic_load_n(used, __ATOMIC_RELAXED);

    if (TARE_UNLIKELY(times < cache->used_most))
        __atomic_store_n(used, times + 1, __ATOMIC_RELAXED);
}

static __attribute__((noinline)) void *find(const struct tare_rc_cache *cache,
                                            struct tare_rc_key key)
{
    struct rc_wanted wanted = rc_want(cache, key);
    struct rc_found found = tare__rc_find(rc_shard_of(cache, wanted.hash), &wanted);

    if (!found.bucket)
        return NULL;
    mark_used(cache, &found.bucket->used[found.way]);
    return rc_value_of(found.word);
}

/* A number whose entry is in its own bucket, and is the value itself. All else is left to find. */
static inline void *find_likely(const struct tare_rc_cache *cache, struct tare_rc_key key)
{
    uint64_t hash = rc_hash_number(cache->seed, key.number);
    const struct rc_view *view = &cache->views[hash & cache->shard_mask];
    struct rc_bucket *bucket = &view->buckets[rc_home_of(view->bucket_count, hash)];
    unsigned equal = rc_equal_ways(bucket, key.number);

    if (TARE_UNLIKELY(key.bytes || !equal))
        return find(cache, key);
    unsigned way = (unsigned)__builtin_ctz(equal);
    uint64_t word = __atomic_load_n(&bucket->words[way], __ATOMIC_ACQUIRE);
    if (TARE_UNLIKELY(!word || word & RC_WORD_BITS ||
                      __atomic_load_n(&bucket->keys[way], __ATOMIC_RELAXED) != key.number))
        return find(cache, key);
    mark_used(cache, &bucket->used[way]);
    return (void *)(uintptr_t)word;
}

void *tare_rc_cache_get(struct tare_rc_cache *cache, struct tare_rc_key key)
{
    tare_rc_cache_enter();
    void *value = find_likely(cache, key);
    if (TARE_LIKELY(value != NULL))
        value = cache->is_weak ? tare_rc_weak_lock(cache->type, value)
                               : tare_rc_acquire(cache->type, value);
    count(cache, value != NULL);
    tare_rc_cache_leave();
    return value;
}

void *tare_rc_cache_peek(struct tare_rc_cache *cache, struct tare_rc_key key)
{
    TARE_ASSERT(tare__rc_guard_is_in() && !cache->is_weak);
    void *value = find_likely(cache, key);
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
        stats->hits += __atomic_load_n(&cache->counts[i].hits, __ATOMIC_RELAXED);
        stats->misses += __atomic_load_n(&cache->counts[i].misses, __ATOMIC_RELAXED);
    }
    tare__rc_load_lock();
    stats->loads = cache->loads;
    stats->load_errors = cache->load_errors;
    stats->load_waits = cache->load_waits;
    tare__rc_load_unlock();
}
