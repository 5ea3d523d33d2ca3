/* SPDX-License-Identifier: MIT */
#include "toolkit/rc_cache_core.h"

#include "base/debug.h"

void tare__rc_list_push(struct rc_shard *shard, enum rc_lists list, uint32_t slot)
{
    struct rc_list *at = &shard->lists[list];
    struct rc_meta *meta = &shard->metas[slot];

    meta->list = (uint8_t)list;
    meta->older = at->newest;
    meta->newer = RC_NOWHERE;
    if (at->newest == RC_NOWHERE)
        at->oldest = slot;
    else /* who reports evictions reads it without the lock */
        __atomic_store_n(&shard->metas[at->newest].newer, slot, __ATOMIC_RELAXED);
    at->newest = slot;
    at->count++;
    at->cost += rc_cost_of(shard, meta->bytes);
}

void tare__rc_list_take(struct rc_shard *shard, uint32_t slot)
{
    struct rc_meta *meta = &shard->metas[slot];
    struct rc_list *at = &shard->lists[meta->list];

    TARE_ASSERT(meta->list != RC_FREE && at->count);
    if (meta->older == RC_NOWHERE)
        at->oldest = meta->newer;
    else
        shard->metas[meta->older].newer = meta->newer;
    if (meta->newer == RC_NOWHERE)
        at->newest = meta->older;
    else
        shard->metas[meta->newer].older = meta->older;
    meta->list = RC_FREE;
    at->count--;
    at->cost -= rc_cost_of(shard, meta->bytes);
}

/* Is it an entry, and of this key? */
static bool is_wanted(const struct rc_wanted *wanted, uint64_t word)
{
    const struct rc_node *node = rc_node_of(word);

    if (!word || word & RC_WORD_GONE)
        return false;
    if (!(word & RC_WORD_NODE) || node->is_number)
        return !wanted->key.bytes;
    return wanted->key.bytes && node->key_bytes == wanted->key.number &&
           memcmp(node->key, wanted->key.bytes, node->key_bytes) == 0;
}

static uint32_t next_of(const struct rc_shard *shard, uint32_t bucket)
{
    return bucket + 1 == shard->bucket_count ? 0 : bucket + 1;
}

struct rc_found tare__rc_find(const struct rc_shard *shard, const struct rc_wanted *wanted)
{
    uint32_t at = rc_home_of(shard, wanted->hash);

    for (uint32_t tried = 0; tried < shard->bucket_count; tried++) {
        struct tare__rc_bucket *bucket = &shard->buckets[at];

        for (unsigned equal = rc_equal_ways(bucket, wanted->slot_key); equal;
             equal &= equal - 1) {
            uint32_t way = (uint32_t)__builtin_ctz(equal);
            uint64_t word = __atomic_load_n(&bucket->words[way], __ATOMIC_ACQUIRE);

            if (__atomic_load_n(&bucket->keys[way], __ATOMIC_RELAXED) == wanted->slot_key &&
                is_wanted(wanted, word))
                return (struct rc_found){bucket, way, word};
        }
        if (!__atomic_load_n(&bucket->passed, __ATOMIC_ACQUIRE))
            break;
        at = next_of(shard, at);
    }
    return (struct rc_found){NULL, 0, 0};
}

static void count_passed(struct rc_shard *shard, uint32_t from, uint32_t to,
                         uint32_t change)
{
    while (from != to) {
        uint32_t *passed = &shard->buckets[from].passed;

        __atomic_store_n(passed, *passed + change, __ATOMIC_RELEASE);
        from = next_of(shard, from);
    }
}

static uint32_t free_way(const struct tare__rc_bucket *bucket)
{
    uint32_t way = 0;

    while (way < RC_WAYS && bucket->words[way])
        way++;
    return way;
}

uint32_t tare__rc_table_add(struct rc_shard *shard, const struct rc_wanted *wanted,
                            uint64_t word, uint32_t bytes)
{
    uint32_t home = rc_home_of(shard, wanted->hash), at = home;
    uint32_t way = free_way(&shard->buckets[at]);

    TARE_ASSERT(shard->free_slots);
    while (way == RC_WAYS) {
        at = next_of(shard, at);
        way = free_way(&shard->buckets[at]);
    }
    struct tare__rc_bucket *bucket = &shard->buckets[at];
    uint32_t slot = at * RC_WAYS + way;
    shard->metas[slot].bytes = bytes;
    if (word & RC_WORD_NODE)
        rc_node_of(word)->slot = slot;
    shard->free_slots--;
    shard->bytes += bytes;
    __atomic_store_n(&bucket->used[way], 0, __ATOMIC_RELAXED);
    __atomic_store_n(&bucket->keys[way], wanted->slot_key, __ATOMIC_RELAXED);
    count_passed(shard, home, at, 1);
    __atomic_store_n(&bucket->words[way], word, __ATOMIC_RELEASE); /* pairs with rc_find */
    return slot;
}

uint64_t tare__rc_slot_hash(const struct rc_shard *shard, uint32_t slot)
{
    uint64_t word = *rc_word_of(shard, slot), key = *rc_key_of(shard, slot);

    if (word & RC_WORD_NODE && !rc_node_of(word)->is_number)
        return key;
    return tare__rc_hash_number(shard->cache->front.seed, key);
}

void tare__rc_table_retire(struct rc_shard *shard, uint32_t slot)
{
    uint64_t *word = rc_word_of(shard, slot);
    uint32_t home = rc_home_of(shard, tare__rc_slot_hash(shard, slot));
    uint32_t bytes = shard->metas[slot].bytes;

    TARE_ASSERT(*word && !(*word & RC_WORD_GONE));
    __atomic_store_n(word, *word | RC_WORD_GONE, __ATOMIC_RELEASE);
    count_passed(shard, home, slot / RC_WAYS, (uint32_t)-1);
    shard->bytes -= bytes;
    __atomic_add_fetch(&shard->held_bytes, bytes, __ATOMIC_RELAXED);
    tare__rc_list_push(shard, RC_RETIRED + shard->turn, slot);
}

void tare__rc_table_free(struct rc_shard *shard, uint32_t slot)
{
    tare__rc_list_take(shard, slot);
    __atomic_store_n(rc_word_of(shard, slot), 0, __ATOMIC_RELAXED);
    shard->free_slots++;
}

struct tare_rc_key tare__rc_table_key(const struct rc_shard *shard, uint32_t slot)
{
    uint64_t word = __atomic_load_n(rc_word_of(shard, slot), __ATOMIC_RELAXED);
    const struct rc_node *node = rc_node_of(word);

    if (word & RC_WORD_NODE && !node->is_number)
        return tare_rc_key_bytes(node->key, node->key_bytes);
    return tare_rc_key_number(__atomic_load_n(rc_key_of(shard, slot), __ATOMIC_RELAXED));
}
