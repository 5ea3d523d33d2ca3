/* SPDX-License-Identifier: MIT
 *
 * tare/pool.h - objects of one type, made once and used again and again.
 *
 * Shape    thread's cache: two magazines of free objects, full arrays of pointers
 *              | exchanged whole                        alloc: pops one     free: pushes one
 *          depot: full and empty magazines, one lock
 *              | objects, when there are no full ones or too many
 *          slabs: [header][object][object]...           64 KiB to 1 MiB or more, aligned to it
 *          An object in a slab is raw; in a magazine or in your hands it is constructed.
 * Units    Objects; sizes and alignments in bytes.
 * Owner    The caller owns the struct; the pool owns its slabs and every object.
 * Threads  thread-safe, but for init and fini, which must be alone with the pool. Any thread may
 *          free what another allocated; it costs the same. An owned pool: single owner.
 *          After fork the child has the pool as it was; what other threads' caches held is free.
 *          Not to be called from signal handlers, nor in a child that a handler forked, nor for the
 *          first time in a thread's last destructors (tare/mem.h).
 * Errors   alloc: NULL when there is no memory, the capacity is reached or construct failed.
 *          init: -EINVAL, -ENOMEM. A failed call changes nothing. Wrong use (an object freed twice,
 *          one of another pool, a pool that is gone) ends the program with both places named, where
 *          it is seen: with TARE_POOL_CHECK=1 or in debug builds of the library.
 * Cost     alloc, free: some ten instructions, no atomic one and no call. A magazine's worth of
 *          them: one lock. Memory: the object, rounded up to its alignment, and 1/1000 (of more
 *          than 1 KiB: up to 1/16); in each thread that uses the pool up to two magazines of free
 *          objects, at most 64 KiB each.
 * Source   Bonwick and Adams, "Magazines and Vmem", USENIX 2001.
 *
 *     TARE_POOL_DEFINE(proposal, struct proposal, .reset = clear_proposal);
 *
 *     struct proposal *one = proposal_alloc();
 *     proposal_free(one);
 *
 * Under AddressSanitizer and valgrind, and with TARE_POOL_PASSTHROUGH=1, each object is an
 * allocation of its own, which such tools know by its place; TARE_POOL_PASSTHROUGH=0 forbids it.
 */
#ifndef TARE_POOL_H
#define TARE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tare/mem.h>

TARE_BEGIN

enum { TARE_POOL_NAME_BYTES = 32 };

struct tare_pool_options {
    size_t object_bytes; /* at least 1 */
    size_t alignment;    /* 0: 16, or 8 for objects of less than 16 bytes */
    const char *name;    /* in messages and statistics; NULL: "pool" */
    struct tare_mem *mem;
    size_t capacity_objects; /* never more exist; 0: as many as there is memory for */
    size_t
        keep_objects; /* free at most in the depot, beside threads' own; 0: what tuning finds */
    /* A capacity counts no objects in other threads' caches: there are none, and each call takes
     * the lock. */
    bool is_exact;
    /* From the tracker: who has the pool tells it itself of what he hands out. */
    bool is_hidden;
    /* Make a raw object ready for use: once, not at each alloc. 0, or anything else for failure. */
    int (*construct)(void *object, void *context);
    /* At each free, by the thread that frees. */
    void (*reset)(void *object, void *context);
    /* Undo construct, before memory is given back. */
    void (*destruct)(void *object, void *context);
    void *context;
    size_t magazine_objects; /* 0: found out while running, from 16 up */
};

struct tare__pool_core;
struct tare__pool_link;

/* All-zero but for `options` is a pool that begins at its first alloc: a static one needs no call. */
struct tare_pool {
    struct tare__pool_core *core; /* NULL: not begun */
    uint32_t id;                  /* of its cache in each thread; 0: it has none */
    void (*reset)(void *object, void *context);
    void *context;
    const struct tare_pool_options *options; /* until it begins */
};

/* One thread's free objects: [base, top) of an array that ends at `limit`. All-zero is empty. */
struct tare_pool_cache {
    void **top, **base, **limit;
    struct tare__pool_link *link;
};

/* Begin; -EINVAL for a size or alignment that cannot be, -ENOMEM. */
TARE_API TARE_NODISCARD int tare_pool_init(struct tare_pool *pool,
                                           const struct tare_pool_options *options);

/* End: destructs what is free, and frees all objects. The number that were still in use: lost, and
 * gone now, without destruct. All-zero pools are left alone. */
TARE_API size_t tare_pool_fini(struct tare_pool *pool);

/* Give back what no thread needs now, until at most keep_bytes of free objects are left in the
 * depot; what other threads' caches hold stays. Gives the number of bytes given back. */
TARE_API size_t tare_pool_trim(struct tare_pool *pool, size_t keep_bytes);

/* What the calling thread's cache holds goes to the depot, for others to use. */
TARE_API void tare_pool_flush(struct tare_pool *pool);

struct tare_pool_stats {
    char name[TARE_POOL_NAME_BYTES];
    size_t object_bytes;
    size_t live_objects;   /* in use; exact while no other thread is at work */
    size_t cached_objects; /* free, in caches of threads */
    size_t depot_objects;  /* free, in the depot */
    size_t made_objects;   /* all of these: constructed, and not destructed yet */
    size_t most_objects;   /* the most that were ever made at a time */
    size_t slabs, slab_bytes;
    size_t threads;      /* that have a cache */
    uint64_t refills;    /* caches that went to the depot because they were empty */
    uint64_t drains;     /* likewise because they were full */
    uint64_t contended;  /* times that the depot's lock was taken by another */
    uint64_t refused;    /* allocs for which there was no memory or no capacity */
    uint64_t given_back; /* slabs returned to where they came from */
    /* what the tuning decided */
    size_t magazine_objects;
    size_t spare_magazines; /* full ones that were not needed in the latest period */
    const char *mode;       /* "cached", "locked", "checked", "passthrough" */
};

/* The numbers now; costs the fast path nothing. */
TARE_API void tare_pool_get_stats(struct tare_pool *pool, struct tare_pool_stats *stats);

/* Slow paths of what follows. */
TARE_API TARE_NODISCARD void *tare__pool_refill(struct tare_pool *pool,
                                                struct tare_pool_cache *cache);
TARE_API void tare__pool_drain(struct tare_pool *pool, struct tare_pool_cache *cache,
                               void *object);

/* The calling thread's caches, by pool id. */
extern TARE_API __thread struct tare_pool_cache *tare__pool_caches
    __attribute__((tls_model("initial-exec")));

TARE_NODISCARD TARE_INLINE void *tare_pool_cache_alloc(struct tare_pool *pool,
                                                       struct tare_pool_cache *cache)
{
    void **top = cache->top;

    if (TARE_UNLIKELY(top <= cache->base))
        return tare__pool_refill(pool, cache);
    void *object = *--top;
    __atomic_store_n(&cache->top, top, __ATOMIC_RELAXED);
    return object;
}

/* `object` has been reset. */
TARE_INLINE void tare_pool_cache_free(struct tare_pool *pool, struct tare_pool_cache *cache,
                                      void *object)
{
    void **top = cache->top;

    if (TARE_UNLIKELY(top >= cache->limit)) {
        tare__pool_drain(pool, cache, object);
        return;
    }
    *top = object;
    /* In this order: a fork's child must not find a place that is counted and not filled. */
    __atomic_store_n(&cache->top, top + 1, __ATOMIC_RELEASE);
}

TARE_INLINE struct tare_pool_cache *tare__pool_cache_of(const struct tare_pool *pool)
{
    return &tare__pool_caches[__atomic_load_n(&pool->id, __ATOMIC_RELAXED)];
}

/* One object, constructed: without construct a new one is undefined, and one that comes again is as
 * its free left it, after reset. NULL as said above. */
TARE_NODISCARD TARE_INLINE void *tare_pool_alloc(struct tare_pool *pool)
{
    return tare_pool_cache_alloc(pool, tare__pool_cache_of(pool));
}

/* Give `object` back; NULL is nothing. */
TARE_INLINE void tare_pool_free(struct tare_pool *pool, void *object)
{
    if (TARE_UNLIKELY(!object))
        return;
    if (pool->reset)
        pool->reset(object, pool->context);
    tare_pool_cache_free(pool, tare__pool_cache_of(pool), object);
}

/* `count` objects into `objects`: all of them, or none and false. */
TARE_API TARE_NODISCARD bool tare_pool_alloc_bulk(struct tare_pool *pool, void **objects,
                                                  size_t count);
TARE_API void tare_pool_free_bulk(struct tare_pool *pool, void *const *objects,
                                  size_t count);

/* A pool of one thread's, or one that the caller guards: its cache is in the struct. */
struct tare_pool_owned {
    struct tare_pool pool;
    struct tare_pool_cache cache;
};

/* As tare_pool_init. */
TARE_API TARE_NODISCARD int tare_pool_owned_init(struct tare_pool_owned *owned,
                                                 const struct tare_pool_options *options);

/* As tare_pool_fini. */
TARE_INLINE size_t tare_pool_owned_fini(struct tare_pool_owned *owned)
{
    return tare_pool_fini(&owned->pool);
}

TARE_NODISCARD TARE_INLINE void *tare_pool_owned_alloc(struct tare_pool_owned *owned)
{
    return tare_pool_cache_alloc(&owned->pool, &owned->cache);
}

TARE_INLINE void tare_pool_owned_free(struct tare_pool_owned *owned, void *object)
{
    if (TARE_UNLIKELY(!object))
        return;
    if (owned->pool.reset)
        owned->pool.reset(object, owned->pool.context);
    tare_pool_cache_free(&owned->pool, &owned->cache, object);
}

/* TARE_POOL_DEFINE(NAME, TYPE, options...) makes a pool of this source file's own, and
 *     TYPE *NAME_alloc(void);
 *     void NAME_free(TYPE *object);
 *     void NAME_free_at(TYPE **object);      *object too, which is NULL then
 *     TYPE *NAME_steal(TYPE **object);       takes it out of a scope that would free it
 *     struct tare_pool NAME_pool;            for tare_pool_get_stats, _trim, _fini, ...
 * Options are members of struct tare_pool_options, as `.member = value`.
 *
 * For a pool of several files: TARE_POOL_DECLARE(NAME, TYPE) in a header, and in one source file
 * TARE_POOL_DEFINE_DECLARED(NAME, TYPE, options...). A library that is unloaded ends its pools
 * first, with tare_pool_fini. */
#define TARE_POOL_DEFINE(NAME, ...) TARE__POOL_DEFINE(NAME, __VA_ARGS__, )

#define TARE_POOL_DECLARE(NAME, TYPE)                    \
    extern struct tare_pool NAME##_pool;                 \
    extern __thread struct tare_pool_cache NAME##_cache; \
    TARE__POOL_FUNCTIONS(NAME, TYPE, NAME##_pool.reset, NAME##_pool.context)

#define TARE_POOL_DEFINE_DECLARED(NAME, ...) TARE__POOL_DEFINE_DECLARED(NAME, __VA_ARGS__, )

/* Options may be left out above. ISO C wants an argument for the dots of a macro: an empty one is passed here. */
#define TARE__POOL_DEFINE(NAME, TYPE, ...)                                      \
    TARE__POOL_OPTIONS(NAME, TYPE, __VA_ARGS__)                                 \
    static struct tare_pool NAME##_pool = TARE__POOL_WITH(NAME##_pool_options); \
    static __thread struct tare_pool_cache NAME##_cache;                        \
    TARE__POOL_FUNCTIONS(NAME, TYPE, NAME##_pool_options.reset, NAME##_pool_options.context)

#define TARE__POOL_DEFINE_DECLARED(NAME, TYPE, ...)                      \
    TARE__POOL_OPTIONS(NAME, TYPE, __VA_ARGS__)                          \
    struct tare_pool NAME##_pool = TARE__POOL_WITH(NAME##_pool_options); \
    __thread struct tare_pool_cache NAME##_cache

/* TARE_POOL_SCOPED(NAME, variable): an object, or NULL, which is freed at the end of the block. */
#define TARE_POOL_SCOPED(NAME, variable)                                           \
    __typeof__(NAME##_alloc()) variable __attribute__((cleanup(NAME##_free_at))) = \
        NAME##_alloc()

#define TARE__POOL_OPTIONS(NAME, TYPE, ...)                                     \
    TARE__QUIET                                                                 \
    __extension__ static const struct tare_pool_options NAME##_pool_options = { \
        .object_bytes = sizeof(TYPE),                                           \
        .alignment = __alignof__(TYPE),                                         \
        .name = #NAME,                                                          \
        __VA_ARGS__};                                                           \
    TARE__LOUD

/* All members in their order: compilers of C++ warn of those that are left out. */
#define TARE__POOL_WITH(OPTIONS)        \
    {                                   \
        NULL, 0, NULL, NULL, &(OPTIONS) \
    }

#define TARE__POOL_FUNCTIONS(NAME, TYPE, RESET, CONTEXT)                   \
    TARE_NODISCARD TARE_INLINE TYPE *NAME##_alloc(void)                    \
    {                                                                      \
        return (TYPE *)tare_pool_cache_alloc(&NAME##_pool, &NAME##_cache); \
    }                                                                      \
    TARE_INLINE void NAME##_free(TYPE *object)                             \
    {                                                                      \
        if (TARE_UNLIKELY(!object))                                        \
            return;                                                        \
        if (RESET)                                                         \
            (RESET)(object, CONTEXT);                                      \
        tare_pool_cache_free(&NAME##_pool, &NAME##_cache, object);         \
    }                                                                      \
    TARE_INLINE TYPE *NAME##_steal(TYPE **object)                          \
    {                                                                      \
        TYPE *stolen = *object;                                            \
                                                                           \
        *object = NULL;                                                    \
        return stolen;                                                     \
    }                                                                      \
    TARE_INLINE void NAME##_free_at(TYPE **object)                         \
    {                                                                      \
        NAME##_free(NAME##_steal(object));                                 \
    }                                                                      \
    TARE__END

TARE_END

#endif
