/* SPDX-License-Identifier: MIT
 *
 * Who holds what: one list of threads, each with its links, and one of cores, each with its own.
 * Both are written under the registry's lock alone. A fork takes that lock and every core's, so
 * that in the child all lists are whole; a cache of a thread that is gone is closed, or says truly
 * what it holds (load in pool_depot.c), since only the thread itself moves its `top`.
 */
#include "toolkit/pool_core.h"

#include <stdlib.h>
#include <string.h>

#include "base/debug.h"

enum { TABLE_ALIGNMENT = 64 };

struct pool_thread {
    struct tare__pool_link *links;
    /* As tare__pool_caches; NULL: it has none of its own. */
    struct tare_pool_cache *table;
    struct pool_thread *next, *previous;
    bool is_listed, has_ended;
};

static struct {
    pthread_mutex_t lock;
    struct pool_thread *threads;
    struct tare__pool_core *cores;
    pthread_key_t end_key;
    bool has_key;
    bool id_used[POOL_IDS];
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER, .id_used = {true}};

static __thread struct pool_thread self;

/* What a thread has that has no table: caches that are always empty and always full. */
static struct tare_pool_cache no_caches[POOL_IDS];

__thread struct tare_pool_cache *tare__pool_caches = no_caches;

static void lock_all(void)
{
    pthread_mutex_lock(&registry.lock);
    for (struct tare__pool_core *core = registry.cores; core; core = core->next)
        pthread_mutex_lock(&core->lock);
}

static void unlock_all(void)
{
    for (struct tare__pool_core *core = registry.cores; core; core = core->next)
        pthread_mutex_unlock(&core->lock);
    pthread_mutex_unlock(&registry.lock);
}

static void unlink_from_core(struct tare__pool_link *link)
{
    struct tare__pool_link **at = &link->core->links;

    while (*at != link)
        at = &(*at)->next_of_core;
    *at = link->next_of_core;
}

/* A slow path of the thread that is gone was between two magazines: they are lost. */
static bool is_torn(const struct tare__pool_link *link)
{
    const struct tare_pool_cache *cache = link->cache;

    return link->loaded ? cache->base != link->loaded->objects || cache->top < cache->base
                        : cache->base != NULL;
}

static void free_links(struct tare__pool_link *links)
{
    for (struct tare__pool_link *next; links; links = next) {
        next = links->next_of_thread;
        tare_mem_free(links->core->mem, links, sizeof *links,
                      _Alignof(struct tare__pool_link));
    }
}

/* In a fork's child, with all locks: what a thread that is gone held goes to the depots. */
static void adopt(struct pool_thread *thread)
{
    for (struct tare__pool_link *link = thread->links; link; link = link->next_of_thread) {
        unlink_from_core(link);
        if (is_torn(link))
            continue;
        if (link->previous == link->loaded) /* between the two steps of a swap */
            link->previous = NULL;
        tare__pool_cache_empty(link->core, link);
    }
}

static void after_fork_in_child(void)
{
    struct pool_thread *gone = registry.threads;

    for (struct pool_thread *thread = gone; thread; thread = thread->next) {
        if (thread != &self)
            adopt(thread);
    }
    registry.threads = self.is_listed ? &self : NULL;
    unlock_all();
    for (struct pool_thread *next; gone; gone = next) {
        next = gone->next;
        if (gone == &self)
            continue;
        free_links(gone->links);
        free(gone->table);
    }
    self.next = self.previous = NULL;
}

static void list_thread(void)
{
    self.next = registry.threads;
    self.previous = NULL;
    if (registry.threads)
        registry.threads->previous = &self;
    registry.threads = &self;
    self.is_listed = true;
    pthread_setspecific(registry.end_key, &self);
}

static void unlist_thread(void)
{
    if (self.previous)
        self.previous->next = self.next;
    else
        registry.threads = self.next;
    if (self.next)
        self.next->previous = self.previous;
    self.is_listed = false;
}

/* Later destructors may use pools: they do without caches then. */
static void end_thread(void *unused)
{
    struct tare__pool_link *links;

    (void)unused;
    pthread_mutex_lock(&registry.lock);
    links = self.links;
    for (struct tare__pool_link *link = links; link; link = link->next_of_thread) {
        tare__pool_lock(link->core);
        tare__pool_cache_empty(link->core, link);
        tare__pool_unlock(link->core);
        link->cache->link = NULL;
        unlink_from_core(link);
    }
    unlist_thread();
    self.links = NULL;
    self.has_ended = true;
    pthread_mutex_unlock(&registry.lock);
    free_links(links);
    tare__pool_caches = no_caches;
    free(self.table);
    self.table = NULL;
}

static void begin_registry(void)
{
    registry.has_key = pthread_key_create(&registry.end_key, end_thread) == 0;
    pthread_atfork(lock_all, unlock_all, after_fork_in_child);
}

static bool is_in_table(const struct tare_pool_cache *cache)
{
    return (cache >= no_caches && cache < no_caches + POOL_IDS) ||
           (cache >= tare__pool_caches && cache < tare__pool_caches + POOL_IDS);
}

/* The thread's own cache for a pool that is found by its id, which may have begun just now. */
static struct tare_pool_cache *cache_of(const struct tare_pool *pool)
{
    if (!pool->id)
        return NULL;
    if (!self.table) {
        self.table = aligned_alloc(TABLE_ALIGNMENT, sizeof no_caches);
        if (!self.table)
            return NULL;
        memset(self.table, 0, sizeof no_caches);
        tare__pool_caches = self.table;
    }
    return &self.table[pool->id];
}

static struct tare__pool_link *link_new(struct tare__pool_core *core,
                                        struct tare_pool_cache *cache,
                                        struct pool_thread *thread)
{
    struct tare__pool_link *link =
        tare_mem_alloc(core->mem, sizeof *link, _Alignof(struct tare__pool_link));

    if (!link)
        return NULL;
    *link = (struct tare__pool_link){.core = core, .cache = cache, .thread = thread};
    cache->link = link;
    pthread_mutex_lock(&registry.lock);
    link->next_of_core = core->links;
    core->links = link;
    if (thread) {
        link->next_of_thread = thread->links;
        thread->links = link;
        if (!thread->is_listed)
            list_thread();
    }
    pthread_mutex_unlock(&registry.lock);
    return link;
}

struct tare__pool_link *tare__pool_thread_bind(struct tare__pool_core *core,
                                               struct tare_pool_cache *cache)
{
    if (cache->link)
        return cache->link;
    if (self.has_ended || !registry.has_key)
        return NULL;
    if (is_in_table(cache) && (!(cache = cache_of(core->pool)) || cache->link))
        return cache ? cache->link : NULL;
    return link_new(core, cache, &self);
}

struct tare__pool_link *tare__pool_thread_bind_owned(struct tare__pool_core *core,
                                                     struct tare_pool_cache *cache)
{
    return link_new(core, cache, NULL);
}

static struct tare__pool_link *owners_link(struct tare__pool_core *core)
{
    pthread_mutex_lock(&registry.lock);
    struct tare__pool_link *link = core->links;
    while (link && link->thread)
        link = link->next_of_core;
    pthread_mutex_unlock(&registry.lock);
    return link;
}

struct tare__pool_link *tare__pool_thread_link(struct tare__pool_core *core)
{
    struct tare__pool_link *link = self.links;

    while (link && link->core != core)
        link = link->next_of_thread;
    return link ? link : owners_link(core);
}

bool tare__pool_registry_begin(struct tare_pool *pool, struct tare__pool_core *core)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    uint32_t id = 1;

    pthread_once(&once, begin_registry);
    pthread_mutex_lock(&registry.lock);
    bool is_first = !pool->core;
    if (is_first) {
        while (id < POOL_IDS && registry.id_used[id])
            id++;
        id = id < POOL_IDS ? id : 0;
        registry.id_used[id] = true;
        core->next = registry.cores;
        registry.cores = core;
        pool->reset = core->options.reset;
        pool->context = core->options.context;
        __atomic_store_n(&pool->core, core, __ATOMIC_RELEASE);
        __atomic_store_n(&pool->id, id, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&registry.lock);
    return is_first;
}

/* The thread does not use this pool any more, but maybe other places of its table. */
static void forget(struct tare__pool_link *link)
{
    struct pool_thread *thread = link->thread;

    if (thread) {
        struct tare__pool_link **at = &thread->links;

        while (*at != link)
            at = &(*at)->next_of_thread;
        *at = link->next_of_thread;
    }
    *link->cache = (struct tare_pool_cache){0};
}

struct tare__pool_link *tare__pool_registry_end(struct tare_pool *pool,
                                                struct tare__pool_core *core)
{
    pthread_mutex_lock(&registry.lock);
    struct tare__pool_core **at = &registry.cores;
    while (*at != core)
        at = &(*at)->next;
    *at = core->next;
    struct tare__pool_link *links = core->links;
    for (struct tare__pool_link *link = links; link; link = link->next_of_core) {
        tare__pool_lock(core);
        tare__pool_cache_empty(core, link);
        tare__pool_unlock(core);
        forget(link);
    }
    if (pool->id)
        registry.id_used[pool->id] = false;
    pthread_mutex_unlock(&registry.lock);
    return links;
}

void tare__pool_registry_visit(struct tare__pool_core *core,
                               void (*visit)(const struct tare__pool_link *link,
                                             void *context),
                               void *context)
{
    pthread_mutex_lock(&registry.lock);
    for (struct tare__pool_link *link = core->links; link; link = link->next_of_core)
        visit(link, context);
    pthread_mutex_unlock(&registry.lock);
}
