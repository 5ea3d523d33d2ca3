/* SPDX-License-Identifier: MIT
 *
 * tare/rc_cache.h - a bounded cache of counted objects by key, read without a lock.
 *
 * Shape    shards -> [table of buckets: 3 keys, 3 values, 3 marks of use, in one cache line]
 *          behind it, for who writes: lists in order of age, what was evicted lately
 *              get: marks use, acquires        put: evicts what was not used
 *          readers: enter ... leave            what is evicted is let go of when all have left
 * Units    entries and bytes, as the names say
 * Owner    The caller owns the cache. It holds a strong reference to each value (a weak cache: a weak
 *          one) and gives each who asks one of his own.
 * Threads  thread-safe, but for destroy, which must be alone with the cache. get and peek take no
 *          lock and wait for nobody; what changes the cache locks one shard. After fork the child
 *          has the cache as it was; loads of other threads' are forgotten there, and a reference
 *          that another thread was taking is lost. Not for signal handlers, nor for the
 *          first time in a thread's last destructors (tare/mem.h).
 * Errors   put, load: -ENOMEM; -E2BIG: more than an eighth of a shard's bytes; -EBUSY: those who
 *          borrow keep what would have to go, or another entry has the value (weak caches); the
 *          value is then not in the cache. create: -EINVAL, -ENOMEM. Neither put nor load fails for
 *          lack of room.
 * Cost     get: two lines of memory, one atomic addition. peek: two lines, none. put: a lock, and
 *          the kernel's membarrier for many of them together. Some 100 bytes an entry of
 *          max_entries, taken at create.
 * Source   Bansal and Modha, "CAR: Clock with Adaptive Replacement", FAST 2004; Yang et al., "FIFO
 *          queues are all you need for cache eviction", SOSP 2023.
 *
 *     struct tare_rc_cache *cache;
 *     int err = tare_rc_cache_create(&cache, &(struct tare_rc_cache_options){
 *                                                .type = &picture_rc, .max_entries = 10000});
 *     struct picture *one = tare_rc_cache_get(cache, tare_rc_key_text("a.png"));
 *     picture_release(one);
 */
#ifndef TARE_RC_CACHE_H
#define TARE_RC_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tare/rc.h>

TARE_BEGIN

struct tare_rc_cache;

/* A number, or bytes; one cache may have keys of both kinds. */
struct tare_rc_key {
    const void *bytes; /* NULL: a number */
    uint64_t number;   /* or how many bytes */
};

TARE_INLINE struct tare_rc_key tare_rc_key_number(uint64_t number)
{
    struct tare_rc_key key = {NULL, number};

    return key;
}

/* The cache makes a copy of the bytes if it needs one. `bytes` is not NULL, `count` may be 0. */
TARE_INLINE struct tare_rc_key tare_rc_key_bytes(const void *bytes, size_t count)
{
    struct tare_rc_key key = {bytes, count};

    return key;
}

TARE_INLINE struct tare_rc_key tare_rc_key_text(const char *text)
{
    return tare_rc_key_bytes(text, strlen(text));
}

enum tare_rc_cache_policy {
    TARE_RC_CACHE_CAR, /* learns whether to keep what is recent or what is frequent */
    TARE_RC_CACHE_CLOCK,
    TARE_RC_CACHE_S3_FIFO,
};

struct tare_rc_cache_options {
    const struct tare_rc_type *type; /* of all values */
    size_t max_entries;              /* at least 1 */
    /* Of the cache's own memory, its keys and its values, at all times, with those that it holds
     * only because somebody may still read them; 0: no limit. */
    size_t max_bytes;
    enum tare_rc_cache_policy policy;
    bool
        is_weak; /* holds weak references: an entry goes when its value's last strong one does */
    uint32_t shards;      /* a power of two, up to 64; 0: one for 4096 entries, up to 16 */
    struct tare_mem *mem; /* NULL: the default */
    /* An entry was evicted to make room; called by the put that did, without a lock. The value may
     * be looked at, and acquired (in a weak cache: it may be dead). Of the cache it may call what
     * it likes, but a put may be refused. */
    void (*on_evict)(struct tare_rc_key key, void *value, void *context);
    void *context;
};

TARE_API TARE_NODISCARD int
tare_rc_cache_create(struct tare_rc_cache **cache,
                     const struct tare_rc_cache_options *options);

/* Release all that it holds. Values that others hold live on. NULL in *cache is nothing. */
TARE_API void tare_rc_cache_destroy(struct tare_rc_cache **cache);

/* A strong reference of the caller's, or NULL: it is not there. */
TARE_API TARE_NODISCARD void *tare_rc_cache_get(struct tare_rc_cache *cache,
                                                struct tare_rc_key key);

/* Put `value`, of which the caller has and keeps a strong reference, under `key`, in the place of
 * what was there. value_bytes is what max_bytes is to count for it. 0 or as said above. */
TARE_API TARE_NODISCARD int tare_rc_cache_put(struct tare_rc_cache *cache,
                                              struct tare_rc_key key, void *value,
                                              size_t value_bytes);

/* Is it gone? False: it was not there. */
TARE_API bool tare_rc_cache_remove(struct tare_rc_cache *cache, struct tare_rc_key key);

/* Make a value: 0 with a strong reference that becomes the cache's caller's, and its bytes; or an
 * error, -errno. It returns: neither by longjmp nor by the end of its thread. */
typedef int (*tare_rc_load_fn)(struct tare_rc_key key, void *context, void **value,
                               size_t *value_bytes);

/* As get; where nothing is there, one thread calls `load` and all others who ask for the same key
 * wait for what it brings. 0 with a strong reference in *value; or load's error, which those who
 * wait get too and which is not kept. -EDEADLK: the caller, through other threads or not, would wait
 * for itself. A value that the cache refuses is given to who waits all the same. */
TARE_API TARE_NODISCARD int tare_rc_cache_load(struct tare_rc_cache *cache,
                                               struct tare_rc_key key, tare_rc_load_fn load,
                                               void *context, void **value);

/* Evict, without a word to on_evict, until at most keep_entries are left, and let go of all that
 * nobody borrows. */
TARE_API void tare_rc_cache_trim(struct tare_rc_cache *cache, size_t keep_entries);

struct tare_rc_cache_stats {
    size_t entries, bytes; /* found by get; the latter with keys */
    size_t retired_entries,
        retired_bytes;     /* evicted, replaced, removed; not let go of yet */
    size_t own_bytes;      /* the cache's tables */
    size_t largest_bytes;  /* that put takes, with the key; 0: no limit */
    uint64_t hits, misses; /* of get, peek and load */
    uint64_t puts, evictions, refused;
    uint64_t loads, load_errors, load_waits;
    uint32_t shards;
    /* what the policy does: entries used once and more often (CAR, S3-FIFO) */
    size_t recent_entries, frequent_entries, ghosts;
    uint64_t
        recent_wanted; /* CAR's aim for the first: entries, or bytes where they are limited */
};

TARE_API void tare_rc_cache_get_stats(struct tare_rc_cache *cache,
                                      struct tare_rc_cache_stats *stats);

/* The calling thread, as what has to know when nobody can hold what was evicted sees it. */
struct tare__rc_reader {
    uint64_t epoch;  /* when it entered; 0: it is not in */
    uint32_t state;  /* one word, so that one test tells what is to be done */
    uint32_t depth;  /* but for the first two states */
    uint32_t number; /* among those that there are */
    struct tare__rc_reader *next, *previous;
};

enum { TARE__RC_READER_OUT = 1, TARE__RC_READER_IN = 2 };

extern TARE_API __thread struct tare__rc_reader tare__rc_reader
    __attribute__((tls_model("initial-exec")));
extern TARE_API uint64_t tare__rc_epoch;

TARE_API void tare__rc_enter(struct tare__rc_reader *self);
TARE_API void tare__rc_leave(struct tare__rc_reader *self);

/* From here to leave, what peek gives stays. May be nested; is to be short, since evicted values of
 * all caches stay until then. Two stores and no fence: the kernel puts a barrier into all threads
 * when something is let go of (rc_guard.c says why that is enough). */
TARE_INLINE void tare_rc_cache_enter(void)
{
    if (TARE_UNLIKELY(tare__rc_reader.state != TARE__RC_READER_OUT)) {
        tare__rc_enter(&tare__rc_reader);
        return;
    }
    tare__rc_reader.state = TARE__RC_READER_IN;
    __atomic_store_n(&tare__rc_reader.epoch,
                     __atomic_load_n(&tare__rc_epoch, __ATOMIC_ACQUIRE), __ATOMIC_RELAXED);
    __asm__ volatile("" ::: "memory");
}

TARE_INLINE void tare_rc_cache_leave(void)
{
    if (TARE_UNLIKELY(tare__rc_reader.state != TARE__RC_READER_IN)) {
        tare__rc_leave(&tare__rc_reader);
        return;
    }
    tare__rc_reader.state = TARE__RC_READER_OUT;
    __atomic_store_n(&tare__rc_reader.epoch, 0, __ATOMIC_RELEASE);
}

/* What a cache begins with: as much of it as a hit needs. */
enum { TARE__RC_WAYS = 3, TARE__RC_READERS = 64 };

/* A word is the address of a value, or of a node of the library's; with two bits of its own. */
struct tare__rc_bucket {
    uint64_t keys[TARE__RC_WAYS];  /* the number, or the hash of bytes */
    uint64_t words[TARE__RC_WAYS]; /* 0: free */
    uint32_t passed; /* entries that begin to look here and stand in a bucket behind */
    uint8_t used[TARE__RC_WAYS];
} __attribute__((aligned(64)));

enum { TARE__RC_WORD_BITS = 3 };

/* Of one reader's gets, or of the last ones'. */
struct tare__rc_counts {
    uint64_t hits, misses;
} __attribute__((aligned(64)));

struct tare__rc_front {
    struct tare__rc_counts counts[TARE__RC_READERS];
    struct tare__rc_bucket *buckets;
    uint64_t bucket_count, seed;
    uint32_t used_most; /* a mark of use counts up to this */
};

TARE_INLINE uint64_t tare__rc_mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

TARE_INLINE uint64_t tare__rc_hash_number(uint64_t seed, uint64_t number)
{
    return tare__rc_mix(number ^ seed, 0x9fb21c651e98df25u ^ seed >> 32);
}

/* Where to begin to look: the highest bits of the hash say which shard, and those behind where. */
TARE_INLINE struct tare__rc_bucket *tare__rc_home(const struct tare__rc_front *front,
                                                  uint64_t hash)
{
    return &front->buckets[(hash >> 32) * front->bucket_count >> 32];
}

/* Written when that changes it, so that entries that all threads ask for do not move from one's
 * cache to the other's for it. */
TARE_INLINE void tare__rc_mark_used(const struct tare__rc_front *front, uint8_t *used)
{
    uint8_t times = __atomic_load_n(used, __ATOMIC_RELAXED);

    if (TARE_UNLIKELY(times < front->used_most))
        __atomic_store_n(used, (uint8_t)(times + 1), __ATOMIC_RELAXED);
}

TARE_INLINE void tare__rc_count(uint64_t *counts)
{
    if (TARE_LIKELY(tare__rc_reader.number != TARE__RC_READERS - 1))
        __atomic_store_n(counts, __atomic_load_n(counts, __ATOMIC_RELAXED) + 1,
                         __ATOMIC_RELAXED);
    else
        __atomic_add_fetch(counts, 1, __ATOMIC_RELAXED);
}

/* A number whose entry is in its own bucket, and is the value itself; NULL: to be looked for. The
 * way is arithmetic, as none of them is likely; that the key is there is seen after its word. */
TARE_INLINE void *tare__rc_find_likely(const struct tare__rc_front *front, uint64_t number)
{
    struct tare__rc_bucket *bucket =
        tare__rc_home(front, tare__rc_hash_number(front->seed, number));
    unsigned not_0 = __atomic_load_n(&bucket->keys[0], __ATOMIC_RELAXED) != number;
    unsigned not_1 = __atomic_load_n(&bucket->keys[1], __ATOMIC_RELAXED) != number;
    unsigned way = not_0 << not_1;
    uint64_t word = __atomic_load_n(&bucket->words[way], __ATOMIC_ACQUIRE);

    if (TARE_UNLIKELY(!word || word & TARE__RC_WORD_BITS ||
                      __atomic_load_n(&bucket->keys[way], __ATOMIC_RELAXED) != number))
        return NULL;
    tare__rc_mark_used(front, &bucket->used[way]);
    return (void *)(uintptr_t)word;
}

/* All else. */
TARE_API void *tare__rc_peek(struct tare_rc_cache *cache, struct tare_rc_key key);

/* As get, but borrowed: to be used between enter and leave, and acquired to be kept longer. Not of a
 * weak cache. */
TARE_INLINE TARE_NODISCARD void *tare_rc_cache_peek(struct tare_rc_cache *cache,
                                                    struct tare_rc_key key)
{
    struct tare__rc_front *front = (struct tare__rc_front *)(void *)cache;
    void *value = key.bytes ? NULL : tare__rc_find_likely(front, key.number);

    if (TARE_UNLIKELY(!value))
        return tare__rc_peek(cache, key);
    tare__rc_count(&front->counts[tare__rc_reader.number].hits);
    return value;
}

TARE_END

#endif
