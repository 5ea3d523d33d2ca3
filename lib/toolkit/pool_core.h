/* SPDX-License-Identifier: MIT
 *
 * toolkit/pool_core.h - the inside of a pool: slabs, depot, threads.
 *
 * Shape    pool.c         init, fini, and the slow paths of alloc and free
 *          pool_slab.c    raw objects: slabs
 *          pool_depot.c   constructed objects: magazines, and how many of what size
 *          pool_cache.c   the two magazines of a thread
 *          pool_thread.c  which thread has which caches; thread exit, fork
 *          pool_pass.c    objects that are allocations of their own
 *          pool_check.c   wrong use, and the validator
 * Units    objects; sizes in bytes
 * Owner    The core owns slabs and magazines, but for those that a link holds.
 * Threads  Locks, in this order: the registry's, then a core's. A magazine belongs to the thread
 *          whose link holds it, or to who holds the core's lock: taking and giving the lock orders
 *          what two threads write to it and to the objects in it. Callbacks and tare_mem are never
 *          called with a lock held, so that they may use pools themselves; but for memory of the
 *          registry.
 * Errors   -EINVAL, -ENOMEM; NULL or false: no memory.
 * Cost     as in tare/pool.h
 * Source   Bonwick and Adams, "Magazines and Vmem", USENIX 2001.
 */
#ifndef TARE_TOOLKIT_POOL_CORE_H
#define TARE_TOOLKIT_POOL_CORE_H

#include <pthread.h>

#include <tare/pool.h>

enum {
    POOL_SLAB_BYTES_MIN = 64 << 10,
    POOL_MAGAZINE_FIRST = 16,
    POOL_MAGAZINE_MAX = 512,
    POOL_MAGAZINE_ASKED_MAX = 1 << 16,
    POOL_MAGAZINE_BYTES_MAX = 64 << 10, /* of the objects in one */
    POOL_OBJECT_BYTES_MAX = 1 << 20,    /* in slabs */
    POOL_IDS = 256,
};

/* Raw objects: `raw` of them in a list through their first word, and all from `carved` on. */
struct pool_slab {
    struct tare__pool_core *core;
    struct pool_slab *next, *previous; /* in the core's list of slabs */
    void *raw;
    uint32_t raw_objects;
    uint32_t carved; /* objects that ever left */
    uint32_t first;  /* offset of the first object */
    bool is_listed;  /* among the slabs that have raw objects */
    struct pool_note *notes;
};

/* Of each object, where uses are checked. */
struct pool_note {
    const void *place; /* where it was allocated or freed last */
    bool is_in_use;
};

/* Constructed objects that are free. */
struct pool_magazine {
    struct pool_magazine *next;
    uint32_t capacity, count;
    void *objects[];
};

struct pool_magazines {
    struct pool_magazine *first;
    size_t count, objects;
};

/* Objects in use that are allocations of their own. */
struct pool_passed {
    uintptr_t *slots;
    size_t slot_count; /* a power of two, or 0 */
};

enum pool_mode {
    POOL_CACHED,      /* magazines in each thread */
    POOL_LOCKED,      /* each call goes to the depot */
    POOL_CHECKED,     /* likewise, and is checked */
    POOL_PASSTHROUGH, /* each object is an allocation of its own */
};

struct pool_thread;

/* What a cache is bound to. `loaded` is the array that the cache works in. */
struct tare__pool_link {
    struct tare__pool_core *core;
    struct tare_pool_cache *cache;
    struct pool_magazine *loaded, *previous; /* previous is full or empty, or NULL */
    uint32_t previous_objects;
    struct pool_thread *thread; /* NULL: an owned pool's */
    struct tare__pool_link *next_of_thread;
    struct tare__pool_link *next_of_core;
};

struct tare__pool_core {
    struct tare_pool *pool;
    struct tare_pool_options options;
    struct tare_mem *mem;
    char name[TARE_POOL_NAME_BYTES];
    enum pool_mode mode;
    size_t stride; /* from one object to the next */
    size_t slab_bytes;
    uint32_t slab_objects, colours;

    struct tare__pool_core *next;  /* under the registry's lock */
    struct tare__pool_link *links; /* likewise */

    pthread_mutex_t lock; /* all that follows */
    struct pool_magazines full, empty;
    struct pool_magazine *loose; /* single objects come from and go to it */
    struct pool_slab *listed;    /* have raw objects, */
    struct pool_slab *filled;    /* or have none */
    size_t slabs, empty_slabs;
    uint32_t next_colour;
    size_t made_objects, most_objects;
    struct pool_passed passed;

    uint32_t magazine_objects, magazine_objects_max;
    uint32_t exchanges, contended_now; /* since the magazines last grew */
    uint32_t period; /* exchanges since the spare ones were last counted */
    size_t full_least, spare_magazines;
    size_t due_magazines; /* of the spare ones, to be given back */

    uint64_t refills, drains, contended, refused, given_back;
};

/* pool_slab.c. With the core's lock held, but for those that take or give memory. */

/* Size, number and place of a slab's objects; -EINVAL when there can be none. */
int tare__pool_slab_layout(struct tare__pool_core *core);

/* Take up to `count` raw objects out of the slabs that there are, within the capacity. */
size_t tare__pool_slab_take(struct tare__pool_core *core, void **objects, size_t count);

/* Give raw objects back. */
void tare__pool_slab_give(struct tare__pool_core *core, void *const *objects, size_t count);

/* Memory for a slab, without the lock; NULL. */
struct pool_slab *tare__pool_slab_new(struct tare__pool_core *core);
void tare__pool_slab_add(struct tare__pool_core *core, struct pool_slab *slab);

/* In a slab that has notes; NULL: no object begins there. */
struct pool_note *tare__pool_note_of(const struct tare__pool_core *core,
                                     const struct pool_slab *slab, const void *object);

/* Take all slabs with nothing but raw objects out of the core, but for `keep` of them. */
struct pool_slab *tare__pool_slab_unused(struct tare__pool_core *core, size_t keep);

/* Without the lock: free a list of slabs. The number of bytes. */
size_t tare__pool_slab_free(struct tare__pool_core *core, struct pool_slab *slabs);

/* All of them, whatever is in use. */
void tare__pool_slab_fini(struct tare__pool_core *core);

struct pool_slab *tare__pool_slab_of(const struct tare__pool_core *core,
                                     const void *object);

/* pool_depot.c. These take the lock themselves, or are told to be called with it. */

/* Count who had to wait. */
void tare__pool_lock(struct tare__pool_core *core);
void tare__pool_unlock(struct tare__pool_core *core);

/* With the lock. */
void tare__pool_magazine_push(struct pool_magazines *list, struct pool_magazine *magazine);
struct pool_magazine *tare__pool_magazine_pop(struct pool_magazines *list);
struct pool_magazine *tare__pool_depot_take_full(struct tare__pool_core *core);
size_t tare__pool_depot_objects(const struct tare__pool_core *core);

/* With the lock, at each exchange: decide how large magazines are and how many are needed; and
 * then a list of those that are to be dissolved. */
void tare__pool_depot_tune(struct tare__pool_core *core);
struct pool_magazine *tare__pool_depot_take_due(struct tare__pool_core *core);
void tare__pool_depot_dissolve(struct tare__pool_core *core, struct pool_magazine *due);

/* Memory for an empty one, or NULL. */
struct pool_magazine *tare__pool_magazine_new(struct tare__pool_core *core);
void tare__pool_magazine_free(struct tare__pool_core *core, struct pool_magazine *magazine);

/* Its objects become raw, and unused slabs go. The bytes of those. */
size_t tare__pool_magazine_dissolve(struct tare__pool_core *core,
                                    struct pool_magazine *magazine);

/* Raw objects, constructed here: as many as there are and can be, up to `count`. */
size_t tare__pool_depot_make(struct tare__pool_core *core, void **objects, size_t count);

/* One object, without a cache. */
void *tare__pool_depot_take(struct tare__pool_core *core);
void tare__pool_depot_give(struct tare__pool_core *core, void *object);

/* Destruct free objects until at most `keep_objects` are in the depot; the bytes of slabs freed. */
size_t tare__pool_depot_trim(struct tare__pool_core *core, size_t keep_objects);

/* Magazines and their objects, before the core goes. */
void tare__pool_depot_fini(struct tare__pool_core *core);

/* pool_cache.c */

/* The cache is empty / full: exchange its magazines. False: no memory. */
bool tare__pool_cache_refill(struct tare__pool_core *core, struct tare__pool_link *link);
bool tare__pool_cache_drain(struct tare__pool_core *core, struct tare__pool_link *link);

/* All that a link holds goes to the depot; with the lock. */
void tare__pool_cache_empty(struct tare__pool_core *core, struct tare__pool_link *link);

/* pool_thread.c */

/* The link of the calling thread's cache, bound now if need be; NULL: it can have none. */
struct tare__pool_link *tare__pool_thread_bind(struct tare__pool_core *core,
                                               struct tare_pool_cache *cache);
struct tare__pool_link *tare__pool_thread_bind_owned(struct tare__pool_core *core,
                                                     struct tare_pool_cache *cache);

/* That of the calling thread or, of an owned pool, its only one; or NULL. */
struct tare__pool_link *tare__pool_thread_link(struct tare__pool_core *core);

/* Give the pool its core and an id; false: another thread was faster. */
bool tare__pool_registry_begin(struct tare_pool *pool, struct tare__pool_core *core);

/* Take a pool out of it, with all its links: a list by next_of_core. */
struct tare__pool_link *tare__pool_registry_end(struct tare_pool *pool,
                                                struct tare__pool_core *core);

/* Call `visit` for each link of a core, under the registry's lock. */
void tare__pool_registry_visit(struct tare__pool_core *core,
                               void (*visit)(const struct tare__pool_link *link,
                                             void *context),
                               void *context);

/* pool_pass.c */

void *tare__pool_pass_alloc(struct tare__pool_core *core);
void tare__pool_pass_free(struct tare__pool_core *core, void *object, const void *place);

/* Objects in use, without destruct. */
void tare__pool_pass_fini(struct tare__pool_core *core);

/* pool.c: slow paths of who calls for somebody else, at `place`. */

TARE_NODISCARD void *tare__pool_refill_at(struct tare_pool *pool,
                                          struct tare_pool_cache *cache, const void *place);
void tare__pool_drain_at(struct tare_pool *pool, struct tare_pool_cache *cache,
                         void *object, const void *place);

/* pool_check.c */

void tare__pool_check_alloc(struct tare__pool_core *core, void *object, const void *place);
void tare__pool_check_free(struct tare__pool_core *core, void *object, const void *place);

/* `object`, which is freed, is not of this pool. */
_Noreturn void tare__pool_check_stranger(const struct tare__pool_core *core,
                                         const void *object, const void *place);

/* Remember where a pool ended; and say that `object` is freed into one that is not there. */
void tare__pool_check_ended(const struct tare_pool *pool, const char *name,
                            const void *place);
_Noreturn void tare__pool_check_no_pool(const struct tare_pool *pool, const void *object,
                                        const void *place);

/* Is the whole of it as it should be? For a pool that nobody uses now. */
bool tare__pool_valid(struct tare_pool *pool);

#endif
