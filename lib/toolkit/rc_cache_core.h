/* SPDX-License-Identifier: MIT
 *
 * toolkit/rc_cache_core.h - the inside of a cache: shards, tables, lists, ghosts.
 *
 * Shape    rc_cache.c          get, peek, statistics
 *          rc_cache_life.c     create, destroy; fork
 *          rc_cache_change.c   put, remove, trim
 *          rc_cache_table.c    where entries stand, from the first put to the end of the last reader
 *          rc_cache_policy.c   which entry goes: CLOCK, CAR, S3-FIFO
 *          rc_cache_ghost.c    which went lately
 *          rc_cache_reclaim.c  letting go of what nobody reads any more
 *          rc_cache_load.c     one load a key
 *          rc_cache_check.c    the validator
 * Units    entries; bytes. A cost is either, whatever the cache limits: bytes if max_bytes is given.
 * Owner    A slot belongs to one entry from its put until nobody can read it any more.
 * Threads  Locks, in this order: that of loads, the list of caches, a shard, the guard's. Callbacks,
 *          tare_mem and the release of values are never called with one held.
 *          Readers take none; what they rely on is said at tare__rc_find.
 * Errors   -ENOMEM
 * Cost     as in tare/rc_cache.h
 * Source   as there
 */
#ifndef TARE_TOOLKIT_RC_CACHE_CORE_H
#define TARE_TOOLKIT_RC_CACHE_CORE_H

#include <pthread.h>

#include <tare/rc_cache.h>

#include "toolkit/rc_core.h"
#include "toolkit/rc_guard.h"

enum { RC_WAYS = TARE__RC_WAYS, RC_SHARDS_MAX = 64 };

#define RC_NOWHERE UINT32_MAX

enum { RC_WORD_NODE = 1, RC_WORD_GONE = 2, RC_WORD_BITS = TARE__RC_WORD_BITS };

/* Of a key of bytes, and of each entry of a weak cache. */
struct rc_node {
    struct rc_watch watch; /* of a weak cache's value */
    struct rc_shard *shard;
    void *value;
    uint32_t slot;
    bool is_dead;     /* the value's end has been told */
    bool is_orphan;   /* it has still to be told, and takes the node along */
    bool is_number;   /* the key */
    size_t key_bytes; /* behind */
    char key[];
};

/* What writers know of a slot. */
struct rc_meta {
    uint32_t older, newer; /* of its list; also of free nodes */
    uint32_t bytes;
    uint8_t list;
};

enum rc_lists {
    RC_FREE,     /* in none */
    RC_RECENT,   /* CAR's T1, S3-FIFO's small one, all of CLOCK's */
    RC_FREQUENT, /* T2, the main one */
    RC_RETIRED,  /* not found any more, maybe read: two lists, of which one is sealed */
    RC_LISTS = RC_RETIRED + 2,
};

struct rc_list {
    uint32_t oldest, newest, count;
    uint64_t cost;
};

/* An entry that was evicted, by 32 bits of its hash. */
struct rc_ghost {
    uint32_t tag, cost;
    uint32_t older, newer;
    uint32_t chain; /* the next of those that hash alike; or the next free one */
    uint8_t list;
};

enum { RC_GHOSTS_RECENT, RC_GHOSTS_FREQUENT, RC_GHOST_LISTS };

struct rc_ghosts {
    struct rc_ghost *all;
    uint32_t *heads;
    uint32_t room; /* of both */
    uint32_t free;
    struct rc_list lists[RC_GHOST_LISTS];
};

struct rc_shard {
    pthread_mutex_t lock; /* of all that follows, but of what readers see */
    struct tare_rc_cache *cache;
    struct tare__rc_bucket *buckets; /* of those of the cache */
    struct rc_meta *metas;           /* by slot: bucket * RC_WAYS + way */
    uint32_t bucket_count, free_slots;
    uint32_t max_entries, max_retired;
    uint64_t max_cost;  /* of those that are found */
    uint64_t max_bytes; /* of these and the retired ones; 0: any */
    uint64_t bytes;     /* of those that are found */
    struct rc_list lists[RC_LISTS];
    struct rc_ghosts ghosts;
    uint64_t recent_wanted;
    unsigned turn;         /* which list takes what is retired: RC_RETIRED or the next */
    uint64_t sealed_epoch; /* that the other waits for; 0: the kernel refused */
    uint64_t held_bytes;   /* retired, being let go of, or of a put under way; atomic */
    uint32_t pending;      /* ends of values that are being told */
    bool is_ending;
    uint64_t puts, evictions, refused;
} __attribute__((aligned(64)));

struct tare_rc_cache {
    struct tare__rc_front front; /* first: of all shards */
    bool is_weak;
    const struct tare_rc_type *type;
    struct tare_rc_cache_options options;
    struct tare_mem *mem;
    size_t bucket_bytes;
    struct rc_shard *shards;
    uint32_t shard_bits;
    size_t own_bytes;
    size_t largest_bytes;
    uint64_t loads, load_errors, load_waits; /* under the lock of loads */
    struct tare_rc_cache *next;              /* under the lock of the list of caches */
};

_Static_assert(offsetof(struct tare_rc_cache, front) == 0, "as the header takes it");

uint64_t tare__rc_hash_bytes(uint64_t seed, const void *bytes, size_t count);

/* A key as it is looked for. */
struct rc_wanted {
    struct tare_rc_key key;
    uint64_t hash, slot_key;
};

static inline struct rc_wanted rc_want(const struct tare_rc_cache *cache,
                                       struct tare_rc_key key)
{
    struct rc_wanted wanted = {.key = key};

    wanted.hash = key.bytes ? tare__rc_hash_bytes(cache->front.seed, key.bytes, key.number)
                            : tare__rc_hash_number(cache->front.seed, key.number);
    wanted.slot_key = key.bytes ? wanted.hash : key.number;
    return wanted;
}

/* What tare__rc_home says, by halves. */
static inline struct rc_shard *rc_shard_of(const struct tare_rc_cache *cache, uint64_t hash)
{
    return &cache->shards[(hash >> 32) >> (32 - cache->shard_bits)];
}

static inline uint32_t rc_home_of(const struct rc_shard *shard, uint64_t hash)
{
    return (uint32_t)(tare__rc_home(&shard->cache->front, hash) - shard->buckets);
}

static inline struct rc_node *rc_node_of(uint64_t word)
{
    return (struct rc_node *)(uintptr_t)(word & ~(uint64_t)RC_WORD_BITS);
}

static inline void *rc_value_of(uint64_t word)
{
    return word & RC_WORD_NODE ? rc_node_of(word)->value
                               : (void *)(uintptr_t)(word & ~(uint64_t)RC_WORD_BITS);
}

/* Where an entry was found. */
struct rc_found {
    struct tare__rc_bucket *bucket; /* NULL: nowhere */
    uint32_t way;
    uint64_t word;
};

/* Whose keys are equal, a bit each; without a branch, as none of the ways is likely. */
static inline unsigned rc_equal_ways(const struct tare__rc_bucket *bucket, uint64_t key)
{
    _Static_assert(RC_WAYS == 3, "as many comparisons");
    return (unsigned)(__atomic_load_n(&bucket->keys[0], __ATOMIC_RELAXED) == key) |
           (unsigned)(__atomic_load_n(&bucket->keys[1], __ATOMIC_RELAXED) == key) << 1 |
           (unsigned)(__atomic_load_n(&bucket->keys[2], __ATOMIC_RELAXED) == key) << 2;
}

/* The entry that has the key; tare__rc_find_likely is the same for the likely case. For who holds
 * the lock, and for readers between enter and leave. For these:
 *   - A word is stored with release after the key, the node and the value are written; the acquire
 *     here pairs with it. The key is looked at after the word, too: it is the word's own.
 *   - While a reader is in, a slot may go from free to an entry, and from that to gone, but not on
 *     to another entry: that takes an epoch that begins after the entry is gone (reclaim), and the
 *     reader keeps it from passing. So key and word are of one entry, its node is not freed, and
 *     the cache's own reference to the value is still counted: one may be added to it without a
 *     look. No tag, no generation, no compare and exchange.
 *   - An entry is counted in `passed` of the buckets before its own before its word is stored, and
 *     uncounted after it is gone: a reader that stops short missed what was not there yet. */
struct rc_found tare__rc_find(const struct rc_shard *shard, const struct rc_wanted *wanted);

/* RC_NOWHERE: it is not there. */
static inline uint32_t rc_slot_of(const struct rc_shard *shard, struct rc_found found)
{
    return found.bucket ? (uint32_t)(found.bucket - shard->buckets) * RC_WAYS + found.way
                        : RC_NOWHERE;
}

static inline uint8_t *rc_used_of(const struct rc_shard *shard, uint32_t slot)
{
    return &shard->buckets[slot / RC_WAYS].used[slot % RC_WAYS];
}

static inline uint64_t *rc_word_of(const struct rc_shard *shard, uint32_t slot)
{
    return &shard->buckets[slot / RC_WAYS].words[slot % RC_WAYS];
}

static inline uint64_t *rc_key_of(const struct rc_shard *shard, uint32_t slot)
{
    return &shard->buckets[slot / RC_WAYS].keys[slot % RC_WAYS];
}

/* What an entry of so many bytes counts for the policy. */
static inline uint32_t rc_cost_of(const struct rc_shard *shard, uint32_t bytes)
{
    return shard->max_bytes ? bytes : 1;
}

/* Entries that are found. */
static inline uint32_t rc_entries(const struct rc_shard *shard)
{
    return shard->lists[RC_RECENT].count + shard->lists[RC_FREQUENT].count;
}

static inline uint32_t rc_retired(const struct rc_shard *shard)
{
    return shard->lists[RC_RETIRED].count + shard->lists[RC_RETIRED + 1].count;
}

/* rc_cache_table.c, with the lock. */

void tare__rc_list_push(struct rc_shard *shard, enum rc_lists list, uint32_t slot);
void tare__rc_list_take(struct rc_shard *shard, uint32_t slot);

/* Publish an entry; there is a free slot. In no list yet. */
uint32_t tare__rc_table_add(struct rc_shard *shard, const struct rc_wanted *wanted,
                            uint64_t word, uint32_t bytes);

/* From now on it is not found any more; it is in the list of retired ones. */
void tare__rc_table_retire(struct rc_shard *shard, uint32_t slot);

/* Nobody reads it any more. */
void tare__rc_table_free(struct rc_shard *shard, uint32_t slot);

/* The key that stands there; of bytes: as long as the caller is in. */
struct tare_rc_key tare__rc_table_key(const struct rc_shard *shard, uint32_t slot);

/* rc_cache_policy.c, with the lock. */

/* The entry that is to go, in no list now; RC_NOWHERE: there is none. */
uint32_t tare__rc_policy_victim(struct rc_shard *shard);

/* Into a list, with an entry that was just added. */
void tare__rc_policy_admit(struct rc_shard *shard, uint32_t slot, uint64_t hash);

uint64_t tare__rc_slot_hash(const struct rc_shard *shard, uint32_t slot);

/* rc_cache_ghost.c, with the lock. */

static inline uint32_t rc_tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 16);
}

void tare__rc_ghost_init(struct rc_ghosts *ghosts);
void tare__rc_ghost_add(struct rc_ghosts *ghosts, unsigned list, uint32_t tag,
                        uint32_t cost);
void tare__rc_ghost_drop(struct rc_ghosts *ghosts, uint32_t ghost);
uint32_t tare__rc_ghost_find(const struct rc_ghosts *ghosts, uint32_t tag);

/* rc_cache_reclaim.c, without a lock. */

/* Let go of retired entries that nobody can read; false: there are some, and none could go. */
bool tare__rc_reclaim(struct rc_shard *shard);

/* A node, or NULL. */
struct rc_node *tare__rc_node_new(struct rc_shard *shard, struct tare_rc_key key,
                                  void *value);
void tare__rc_node_free(struct rc_node *node);
size_t tare__rc_node_bytes(const struct rc_node *node);

/* The cache's reference goes, and the node. */
void tare__rc_let_go(struct rc_shard *shard, uint64_t word);

/* The value of an entry of a weak cache is dead. */
void tare__rc_died(struct rc_watch *watch);

/* rc_cache_load.c: the lock of loads, and the child of a fork without the loads of others. */
void tare__rc_load_lock(void);
void tare__rc_load_unlock(void);
void tare__rc_load_forked(void);

/* rc_cache_check.c: for a cache that nobody changes now. */
bool tare__rc_cache_valid(struct tare_rc_cache *cache);

#endif
