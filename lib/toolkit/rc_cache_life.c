/* SPDX-License-Identifier: MIT */
#include "toolkit/rc_cache_core.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#include "base/debug.h"

enum {
    ENTRIES_A_SHARD = 4096, /* at least, if there is more than one */
    SHARDS_CHOSEN_MAX = 16,
    RETIRED_MAX = 128, /* so many evictions share a membarrier, or a few more */
    RETIRED_MIN = 8,
    LARGEST_PART = 8, /* a value is at most one in so many of a shard's bytes, */
    SLACK_PART = 64,  /* and so much is left for those that are retired */
    HUGE_PAGE_BYTES = 2 << 20
};

static struct {
    pthread_mutex_t lock;
    struct tare_rc_cache *caches;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void for_all_shards(int (*function)(pthread_mutex_t *lock))
{
    for (struct tare_rc_cache *cache = registry.caches; cache; cache = cache->next)
        for (uint32_t i = 0; i < 1u << cache->shard_bits; i++)
            function(&cache->shards[i].lock);
}

static void lock_all(void)
{
    tare__rc_load_lock();
    pthread_mutex_lock(&registry.lock);
    for_all_shards(pthread_mutex_lock);
    tare__rc_guard_lock();
}

static void unlock_all(void)
{
    tare__rc_guard_unlock();
    for_all_shards(pthread_mutex_unlock);
    pthread_mutex_unlock(&registry.lock);
    tare__rc_load_unlock();
}

/* What is changed with a lock is whole. Threads that are gone tell no ends of values. */
static void after_fork_in_child(void)
{
    for (struct tare_rc_cache *cache = registry.caches; cache; cache = cache->next)
        for (uint32_t i = 0; i < 1u << cache->shard_bits; i++)
            cache->shards[i].pending = 0;
    tare__rc_guard_forked();
    tare__rc_load_forked();
    unlock_all();
}

static void begin_registry(void)
{
    pthread_atfork(lock_all, unlock_all, after_fork_in_child);
}

uint64_t tare__rc_hash_bytes(uint64_t seed, const void *bytes, size_t count)
{
    const char *at = bytes;
    uint64_t hash = seed ^ count * 0x9fb21c651e98df25u, word[2];

    for (; count > 16; count -= 16, at += 16) {
        memcpy(word, at, 16);
        hash = tare__rc_mix(word[0] ^ hash, word[1] ^ 0xe7037ed1a0b428dbu);
    }
    word[0] = word[1] = 0;
    if (count)
        memcpy(word, at, count);
    return tare__rc_mix(word[0] ^ hash, word[1] ^ 0x8ebc6af09c88c6e3u ^ seed >> 32);
}

static uint64_t make_seed(const struct tare_rc_cache *cache)
{
    uint64_t seed = (uintptr_t)cache;
    struct timespec now;

    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
        clock_gettime(CLOCK_REALTIME, &now);
        seed = tare__rc_mix(seed, (uint64_t)now.tv_nsec ^ 0x9e3779b97f4a7c15u);
    }
    return seed;
}

static bool is_sane(const struct tare_rc_cache_options *options)
{
    return options->type && options->max_entries && options->max_entries < UINT32_MAX / 8 &&
           options->policy <= TARE_RC_CACHE_S3_FIFO && options->shards <= RC_SHARDS_MAX &&
           !(options->shards & (options->shards - 1)) &&
           (!options->shards || options->shards <= options->max_entries);
}

static uint32_t shard_bits_of(const struct tare_rc_cache_options *options)
{
    uint32_t bits = 0;

    if (options->shards)
        return (uint32_t)__builtin_ctz(options->shards);
    while (1u << bits < SHARDS_CHOSEN_MAX &&
           options->max_entries >> (bits + 1) >= ENTRIES_A_SHARD)
        bits++;
    return bits;
}

static size_t bucket_bytes(const struct rc_shard *shard)
{
    return shard->bucket_count * sizeof *shard->buckets;
}

static size_t meta_bytes(const struct rc_shard *shard)
{
    return shard->bucket_count * RC_WAYS * sizeof *shard->metas;
}

static size_t ghost_bytes(const struct rc_shard *shard)
{
    return shard->ghosts.room * (sizeof *shard->ghosts.all + sizeof *shard->ghosts.heads);
}

static size_t shard_bytes(const struct rc_shard *shard)
{
    return bucket_bytes(shard) + meta_bytes(shard) + ghost_bytes(shard);
}

static uint32_t max_retired_of(uint32_t entries)
{
    return entries / 8 < RETIRED_MIN   ? RETIRED_MIN
           : entries / 8 > RETIRED_MAX ? RETIRED_MAX
                                       : entries / 8;
}

/* Of a bucket's three places 1.6 are in use: one entry in twelve stands behind its bucket. All
 * shards have as many as the largest: readers know of none. */
static uint32_t bucket_count_of(const struct tare_rc_cache *cache)
{
    uint64_t shards = 1u << cache->shard_bits;
    uint64_t entries = (cache->options.max_entries + shards - 1) / shards;

    return (uint32_t)((entries + max_retired_of((uint32_t)entries)) * 5 / 8) + 2;
}

static void shape_shard(struct rc_shard *shard, uint32_t entries)
{
    shard->max_entries = entries;
    shard->max_cost = entries;
    shard->max_retired = max_retired_of(entries);
    shard->bucket_count = bucket_count_of(shard->cache);
    if (shard->cache->options.policy != TARE_RC_CACHE_CLOCK)
        shard->ghosts.room = entries;
}

static bool fill_shard(struct rc_shard *shard)
{
    struct tare_mem *mem = shard->cache->mem;

    shard->metas = tare_mem_alloc(mem, meta_bytes(shard), _Alignof(struct rc_meta));
    shard->ghosts.all = tare_mem_alloc(mem, ghost_bytes(shard), _Alignof(struct rc_ghost));
    if (!shard->metas || (!shard->ghosts.all && shard->ghosts.room))
        return false;
    shard->ghosts.heads = (uint32_t *)(void *)(shard->ghosts.all + shard->ghosts.room);
    memset(shard->metas, 0, meta_bytes(shard));
    tare__rc_ghost_init(&shard->ghosts);
    shard->free_slots = shard->bucket_count * RC_WAYS;
    for (unsigned list = 0; list < RC_LISTS; list++)
        shard->lists[list].oldest = shard->lists[list].newest = RC_NOWHERE;
    return true;
}

/* All shards' together, so that few large pages have them: readers come to any of them. */
static size_t buckets_alignment(const struct tare_rc_cache *cache)
{
    return cache->bucket_bytes < HUGE_PAGE_BYTES ? _Alignof(struct tare__rc_bucket)
                                                 : HUGE_PAGE_BYTES;
}

static bool has_buckets(struct tare_rc_cache *cache)
{
    struct tare__rc_bucket *at;

    for (uint32_t i = 0; i < 1u << cache->shard_bits; i++)
        cache->bucket_bytes += bucket_bytes(&cache->shards[i]);
    cache->front.buckets =
        tare_mem_alloc(cache->mem, cache->bucket_bytes, buckets_alignment(cache));
    if (!cache->front.buckets)
        return false;
    if (cache->bucket_bytes >= HUGE_PAGE_BYTES)
        madvise(cache->front.buckets, cache->bucket_bytes, MADV_HUGEPAGE);
    memset(cache->front.buckets, 0, cache->bucket_bytes);
    at = cache->front.buckets;
    for (uint32_t i = 0; i < 1u << cache->shard_bits; i++) {
        cache->shards[i].buckets = at;
        cache->front.bucket_count += cache->shards[i].bucket_count;
        at += cache->shards[i].bucket_count;
    }
    return true;
}

static void free_cache(struct tare_rc_cache *cache)
{
    struct tare_mem *mem = cache->mem;
    uint32_t count = 1u << cache->shard_bits;

    for (uint32_t i = 0; cache->shards && i < count; i++) {
        struct rc_shard *shard = &cache->shards[i];

        pthread_mutex_destroy(&shard->lock);
        tare_mem_free(mem, shard->metas, meta_bytes(shard), _Alignof(struct rc_meta));
        tare_mem_free(mem, shard->ghosts.all, ghost_bytes(shard),
                      _Alignof(struct rc_ghost));
    }
    tare_mem_free(mem, cache->front.buckets, cache->bucket_bytes, buckets_alignment(cache));
    tare_mem_free(mem, cache->shards, count * sizeof *cache->shards,
                  _Alignof(struct rc_shard));
    tare_mem_free(mem, cache, sizeof *cache, _Alignof(struct tare_rc_cache));
}

static bool has_shards(struct tare_rc_cache *cache)
{
    uint32_t count = 1u << cache->shard_bits;
    size_t entries = cache->options.max_entries;

    cache->shards = tare_mem_alloc(cache->mem, count * sizeof *cache->shards,
                                   _Alignof(struct rc_shard));
    if (!cache->shards)
        return false;
    cache->own_bytes = sizeof *cache + count * sizeof *cache->shards;
    memset(cache->shards, 0, count * sizeof *cache->shards);
    for (uint32_t i = 0; i < count; i++) {
        pthread_mutex_init(&cache->shards[i].lock, NULL);
        cache->shards[i].cache = cache;
        shape_shard(&cache->shards[i], (uint32_t)(entries / count + (i < entries % count)));
        cache->own_bytes += shard_bytes(&cache->shards[i]);
    }
    for (uint32_t i = 0; i < count; i++)
        if (!fill_shard(&cache->shards[i]))
            return false;
    return has_buckets(cache);
}

/* What the tables leave of the bytes. */
static bool limit_bytes(struct tare_rc_cache *cache)
{
    uint32_t count = 1u << cache->shard_bits;
    size_t limit = cache->options.max_bytes, each;

    if (!limit)
        return true;
    if (limit <= cache->own_bytes)
        return false;
    each = (limit - cache->own_bytes) / count;
    cache->largest_bytes =
        each / LARGEST_PART < UINT32_MAX ? each / LARGEST_PART : UINT32_MAX - 1;
    for (uint32_t i = 0; i < count; i++) {
        cache->shards[i].max_bytes = each;
        cache->shards[i].max_cost = each - each / SLACK_PART;
    }
    return cache->largest_bytes > 0;
}

static void list_cache(struct tare_rc_cache *cache)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    tare__rc_guard_begin();
    pthread_once(&once, begin_registry);
    pthread_mutex_lock(&registry.lock);
    cache->next = registry.caches;
    registry.caches = cache;
    pthread_mutex_unlock(&registry.lock);
}

int tare_rc_cache_create(struct tare_rc_cache **made,
                         const struct tare_rc_cache_options *options)
{
    struct tare_mem *mem = options->mem ? options->mem : tare_mem_default();
    struct tare_rc_cache *cache;

    if (!is_sane(options))
        return -EINVAL;
    cache = tare_mem_alloc(mem, sizeof *cache, _Alignof(struct tare_rc_cache));
    if (!cache)
        return -ENOMEM;
    *cache = (struct tare_rc_cache){.options = *options, .mem = mem};
    cache->front.seed = make_seed(cache);
    cache->shard_bits = shard_bits_of(options);
    cache->type = options->type;
    cache->is_weak = options->is_weak;
    cache->front.used_most = options->policy == TARE_RC_CACHE_S3_FIFO ? 3 : 1;
    bool has_memory = has_shards(cache);
    if (!has_memory || !limit_bytes(cache)) {
        free_cache(cache);
        return has_memory ? -EINVAL : -ENOMEM;
    }
    list_cache(cache);
    *made = cache;
    return 0;
}

/* Values of a weak cache die when they will: until all who tell so are done. From here on they do
 * not touch entries. */
static void wait_for_ends(struct rc_shard *shard)
{
    bool is_pending = true;

    while (is_pending) {
        pthread_mutex_lock(&shard->lock);
        shard->is_ending = true;
        is_pending = shard->pending > 0;
        pthread_mutex_unlock(&shard->lock);
        if (is_pending)
            sched_yield();
    }
}

static void empty_shard(struct rc_shard *shard)
{
    wait_for_ends(shard);
    for (uint32_t slot = 0; slot < shard->bucket_count * RC_WAYS; slot++) {
        uint64_t word = *rc_word_of(shard, slot);

        if (word)
            tare__rc_let_go(shard, word);
    }
    wait_for_ends(shard);
}

void tare_rc_cache_destroy(struct tare_rc_cache **made)
{
    struct tare_rc_cache *cache = *made, **at = &registry.caches;

    if (!cache)
        return;
    TARE_AUDIT(tare__rc_cache_valid(cache));
    pthread_mutex_lock(&registry.lock);
    while (*at != cache)
        at = &(*at)->next;
    *at = cache->next;
    pthread_mutex_unlock(&registry.lock);
    for (uint32_t i = 0; i < 1u << cache->shard_bits; i++)
        empty_shard(&cache->shards[i]);
    free_cache(cache);
    *made = NULL;
}
