/* SPDX-License-Identifier: MIT
 *
 * A put goes in steps, each with the lock: evict what is too much; reserve the bytes; with these,
 * publish. Between them the key is copied, and what was evicted is let go of, without the lock.
 */
#include "toolkit/rc_cache_core.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "base/debug.h"

enum {
    YIELDS = 100, /* for readers that are at work, */
    NAPS = 100,   /* and those that have lost their processor */
    NAP_US = 100
};

/* What is being put. */
struct entry {
    struct rc_wanted wanted;
    uint64_t word; /* 0: not known yet */
    uint32_t bytes;
    bool is_reserved, is_there, is_due;
    uint32_t evicted_first, evicted; /* by the latest step */
};

static bool is_too_much(const struct rc_shard *shard, const struct entry *entry,
                        uint32_t old)
{
    uint64_t bytes = shard->bytes + entry->bytes;
    uint32_t entries = rc_entries(shard);

    if (old != RC_NOWHERE) {
        entries--;
        bytes -= shard->metas[old].bytes;
    }
    return entries >= shard->max_entries || (shard->max_bytes && bytes > shard->max_cost);
}

/* Evict until the entry is within what may be found, in the place of `old` or as one more. */
static uint32_t evict(struct rc_shard *shard, struct entry *entry, uint32_t old)
{
    entry->evicted = 0;
    while (is_too_much(shard, entry, old) && rc_retired(shard) < shard->max_retired) {
        uint32_t slot = tare__rc_policy_victim(shard);

        if (slot == RC_NOWHERE)
            break;
        tare__rc_table_retire(shard, slot);
        if (!entry->evicted++)
            entry->evicted_first = slot;
        if (slot == old)
            old = RC_NOWHERE;
    }
    shard->evictions += entry->evicted;
    return old;
}

/* Retired entries count as long as the cache holds them. */
static bool reserve(struct rc_shard *shard, const struct entry *entry)
{
    uint64_t held = __atomic_load_n(&shard->held_bytes, __ATOMIC_RELAXED);

    if (shard->max_bytes && shard->bytes + held + entry->bytes > shard->max_bytes)
        return false;
    __atomic_add_fetch(&shard->held_bytes, entry->bytes, __ATOMIC_RELAXED);
    return true;
}

static void unreserve(struct rc_shard *shard, const struct entry *entry)
{
    if (entry->is_reserved)
        __atomic_sub_fetch(&shard->held_bytes, entry->bytes, __ATOMIC_RELAXED);
}

/* The new entry is found before the old one is gone: a key that is there stays there. It is as old
 * as it is new, and used. */
static void replace(struct rc_shard *shard, struct entry *entry, uint32_t old)
{
    enum rc_lists list = shard->metas[old].list;
    uint32_t slot = tare__rc_table_add(shard, &entry->wanted, entry->word, entry->bytes);

    __atomic_store_n(rc_used_of(shard, slot), 1, __ATOMIC_RELAXED);
    tare__rc_list_take(shard, old);
    tare__rc_list_push(shard, list, slot);
    tare__rc_table_retire(shard, old);
}

static void publish(struct rc_shard *shard, struct entry *entry, uint32_t old)
{
    if (old != RC_NOWHERE)
        replace(shard, entry, old);
    else
        tare__rc_policy_admit(
            shard, tare__rc_table_add(shard, &entry->wanted, entry->word, entry->bytes),
            entry->wanted.hash);
    unreserve(shard, entry);
    entry->is_there = true;
    shard->puts++;
}

/* With the lock: is it time to let go of what is retired? */
static bool is_due(const struct rc_shard *shard)
{
    uint64_t held = __atomic_load_n(&shard->held_bytes, __ATOMIC_RELAXED);

    return rc_retired(shard) > shard->max_retired / 2 ||
           (shard->max_bytes && held > (shard->max_bytes - shard->max_cost) / 2);
}

/* One step: as far as it goes now. */
static void go_on(struct rc_shard *shard, struct entry *entry)
{
    uint32_t old;

    pthread_mutex_lock(&shard->lock);
    old = rc_slot_of(shard, tare__rc_find(shard, &entry->wanted));
    old = evict(shard, entry, old);
    if (!entry->is_reserved)
        entry->is_reserved = reserve(shard, entry);
    if (entry->is_reserved && entry->word && !is_too_much(shard, entry, old) &&
        shard->free_slots && (old == RC_NOWHERE || rc_retired(shard) < shard->max_retired))
        publish(shard, entry, old);
    entry->is_due = is_due(shard);
    pthread_mutex_unlock(&shard->lock);
}

/* What was evicted stands one behind the other in a list of retired ones, and stays as long as we
 * are in; so does its key. */
static void report_evicted(struct rc_shard *shard, const struct entry *entry)
{
    const struct tare_rc_cache_options *options = &shard->cache->options;
    uint32_t slot = entry->evicted_first;

    for (uint32_t i = 0; options->on_evict && i < entry->evicted; i++) {
        uint64_t word = __atomic_load_n(rc_word_of(shard, slot), __ATOMIC_RELAXED);

        options->on_evict(tare__rc_table_key(shard, slot), rc_value_of(word),
                          options->context);
        slot = __atomic_load_n(&shard->metas[slot].newer, __ATOMIC_RELAXED);
    }
}

static void wait_for_readers(unsigned waited)
{
    if (waited < YIELDS)
        sched_yield();
    else
        usleep(NAP_US);
}

/* Step by step until the entry is there or, while its word is not known, its bytes are reserved. */
static int advance(struct rc_shard *shard, struct entry *entry)
{
    unsigned waits_max = tare__rc_guard_is_in() ? 0 : YIELDS + NAPS, waited = 0;

    for (;;) {
        tare_rc_cache_enter();
        go_on(shard, entry);
        report_evicted(shard, entry);
        tare_rc_cache_leave();
        if (entry->is_there || (entry->is_reserved && !entry->word))
            return 0;
        if (tare__rc_reclaim(shard))
            continue;
        if (waited == waits_max)
            return -EBUSY;
        wait_for_readers(waited++);
    }
}

static void count_refused(struct rc_shard *shard)
{
    pthread_mutex_lock(&shard->lock);
    shard->refused++;
    pthread_mutex_unlock(&shard->lock);
}

/* Of a number in a cache that holds strong references the word is the value; else a node, which is
 * made when its bytes are reserved. */
static int put_entry(struct rc_shard *shard, struct entry *entry, void *value)
{
    struct tare_rc_key key = entry->wanted.key;
    bool is_weak = shard->cache->options.is_weak;
    struct rc_node *node = NULL;
    int err = 0;

    if (key.bytes || is_weak) {
        err = advance(shard, entry);
        if (err)
            return err;
        node = tare__rc_node_new(shard, key, value);
        if (!node)
            return -ENOMEM;
        if (is_weak && !tare__rc_watch_set(tare__rc_of(shard->cache->options.type, value),
                                           &node->watch)) {
            tare__rc_node_free(node);
            return -EBUSY;
        }
    }
    entry->word = node ? (uintptr_t)node | RC_WORD_NODE : (uintptr_t)value;
    if (is_weak)
        tare_rc_weak_acquire(shard->cache->options.type, value);
    else
        tare_rc_acquire(shard->cache->options.type, value);
    err = advance(shard, entry);
    if (err)
        tare__rc_let_go(shard, entry->word);
    return err;
}

static size_t bytes_of(const struct tare_rc_cache *cache, struct tare_rc_key key,
                       size_t value_bytes)
{
    size_t bytes = cache->options.is_weak ? 0 : value_bytes, own = 0;

    if (key.bytes || cache->options.is_weak)
        own = sizeof(struct rc_node) + (key.bytes ? key.number : 0);
    return bytes > SIZE_MAX - own ? SIZE_MAX : bytes + own;
}

/* A weak cache has each value once; there, it is where it is to be. */
static bool is_there(const struct rc_shard *shard, const struct rc_wanted *wanted,
                     const void *value)
{
    struct rc_found found;

    tare_rc_cache_enter();
    found = tare__rc_find(shard, wanted);
    bool is_there = found.bucket && rc_value_of(found.word) == value;
    tare_rc_cache_leave();
    return is_there;
}

int tare_rc_cache_put(struct tare_rc_cache *cache, struct tare_rc_key key, void *value,
                      size_t value_bytes)
{
    struct entry entry = {.wanted = rc_want(cache, key)};
    struct rc_shard *shard = rc_shard_of(cache, entry.wanted.hash);
    size_t bytes = bytes_of(cache, key, value_bytes);
    int err = -E2BIG;

    TARE_ASSERT(value && !((uintptr_t)value & RC_WORD_BITS));
    if (cache->options.is_weak && is_there(shard, &entry.wanted, value))
        return 0;
    if (!cache->largest_bytes || bytes <= cache->largest_bytes) {
        entry.bytes = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
        err = put_entry(shard, &entry, value);
    }
    if (err) {
        unreserve(shard, &entry);
        count_refused(shard);
    } else if (entry.is_due) {
        tare__rc_reclaim(shard);
    }
    return err;
}

bool tare_rc_cache_remove(struct tare_rc_cache *cache, struct tare_rc_key key)
{
    struct rc_wanted wanted = rc_want(cache, key);
    struct rc_shard *shard = rc_shard_of(cache, wanted.hash);

    pthread_mutex_lock(&shard->lock);
    uint32_t slot = rc_slot_of(shard, tare__rc_find(shard, &wanted));
    if (slot != RC_NOWHERE) {
        tare__rc_list_take(shard, slot);
        tare__rc_table_retire(shard, slot);
    }
    bool has_to_reclaim = is_due(shard);
    pthread_mutex_unlock(&shard->lock);
    if (has_to_reclaim)
        tare__rc_reclaim(shard);
    return slot != RC_NOWHERE;
}

static void trim_shard(struct rc_shard *shard, size_t keep_entries)
{
    uint32_t slot;

    pthread_mutex_lock(&shard->lock);
    while (rc_entries(shard) > keep_entries &&
           (slot = tare__rc_policy_victim(shard)) != RC_NOWHERE) {
        tare__rc_table_retire(shard, slot);
        shard->evictions++;
    }
    pthread_mutex_unlock(&shard->lock);
    if (tare__rc_reclaim(shard)) /* what was sealed before; and then what was not */
        tare__rc_reclaim(shard);
}

void tare_rc_cache_trim(struct tare_rc_cache *cache, size_t keep_entries)
{
    for (uint32_t i = 0; i < 1u << cache->shard_bits; i++)
        trim_shard(&cache->shards[i], keep_entries >> cache->shard_bits);
    TARE_AUDIT(tare__rc_cache_valid(cache));
}
