/* SPDX-License-Identifier: MIT */
#include "toolkit/buffer_pool_core.h"

#include <stdlib.h>
#include <string.h>

#include <tare/annotate.h>

#include "base/debug.h"
#include "base/observer.h"
#include "mem/mem_events.h"
#include "toolkit/pool_core.h"

static void add(uint64_t *number, uint64_t more)
{
    __atomic_add_fetch(number, more, __ATOMIC_RELAXED);
}

/* What is seldom called keeps its registers to itself, so that the short ways save none. */
#define SELDOM __attribute__((noinline))

/* Where the pool beneath checks uses, it knows the places too. */
_Noreturn static void freed_twice(struct tare__buffer_class *class,
                                  struct tare__buffer_node *node, const void *place)
{
    struct tare_pool_stats stats;

    tare_pool_get_stats(&class->pool, &stats);
    if (strcmp(stats.mode, "checked") == 0)
        tare__pool_drain_at(&class->pool, tare__pool_cache_of(&class->pool), node, place);
    tare__assertion_failed("a buffer is freed once", __FILE__, __LINE__);
}

/* The tracker sees what is allocated; of what is kept it has to be told. */
static void show(const struct tare__buffer_class *class, void *data)
{
    if (!class->is_observed)
        return;
    tare__unpoison(data, class->bytes);
    tare_annotate_alloc(data, class->bytes);
}

static void hide(const struct tare__buffer_class *class, void *data)
{
    if (!class->is_observed)
        return;
    tare_annotate_free(data);
    tare__poison(data, class->bytes);
}

static void wipe(const struct tare_buffer *buffer)
{
    struct tare__buffer_core *core = buffer->home->core;
    size_t bytes = buffer->used_bytes > buffer->most_used_bytes ? buffer->used_bytes
                                                                : buffer->most_used_bytes;

    if (!core->options.is_secure)
        return;
    TARE_CHECK(bytes <= buffer->capacity_bytes);
    explicit_bzero(buffer->data, bytes);
    add(&core->wiped_bytes, bytes);
}

static bool refuse(struct tare_buffer *buffer)
{
    add(&buffer->home->core->refused, 1);
    buffer->data = NULL;
    buffer->capacity_bytes = 0;
    return false;
}

/* The buffer has no data now. */
static inline void leave(struct tare_buffer *buffer)
{
    buffer->data = NULL;
    buffer->capacity_bytes = buffer->used_bytes = 0;
}

SELDOM static bool take_aside(struct tare_buffer *buffer,
                              const struct tare__buffer_class *class, size_t bytes)
{
    const struct tare__buffer_core *core = class->core;

    if (TARE_UNLIKELY(bytes > PTRDIFF_MAX))
        return refuse(buffer);
    buffer->data = core->asks_malloc
                       ? malloc(bytes)
                       : tare_mem_alloc(core->data_mem, bytes, core->options.alignment);
    buffer->capacity_bytes = bytes;
    buffer->node = NULL;
    if (!buffer->data)
        return refuse(buffer);
    if (core->asks_malloc)
        tare__mem_note(0, bytes);
    return true;
}

SELDOM static void give_aside(struct tare_buffer *buffer)
{
    const struct tare__buffer_core *core = buffer->home->core;
    void *data = buffer->data;
    size_t bytes = buffer->capacity_bytes;

    if (core->options.is_secure)
        wipe(buffer);
    leave(buffer);
    if (core->asks_malloc) {
        tare__mem_note(bytes, 0);
        free(data);
        return;
    }
    tare_mem_free(core->data_mem, data, bytes, core->options.alignment);
}

static inline bool enter(struct tare_buffer *buffer, const struct tare__buffer_class *class,
                         struct tare__buffer_node *node)
{
    TARE_ASSERT(!(node->turns & 1));
    __atomic_store_n(&node->turns, node->turns + 1, __ATOMIC_RELAXED);
    buffer->data = node->data;
    buffer->capacity_bytes = class->bytes;
    buffer->node = node;
    return true;
}

/* From the depot, or a node that has no data until now, or one that is shown to somebody. */
SELDOM static bool take_node(struct tare_buffer *buffer, struct tare__buffer_class *class,
                             const void *place)
{
    struct tare_pool_cache *cache = tare__pool_cache_of(&class->pool);
    struct tare__buffer_node *node = cache->top > cache->base
                                         ? tare_pool_cache_alloc(&class->pool, cache)
                                         : tare__pool_refill_at(&class->pool, cache, place);

    if (!node)
        return refuse(buffer);
    if (!node->data && !tare__buffer_node_fill(class, node)) {
        tare_pool_free(&class->pool, node);
        return refuse(buffer);
    }
    show(class, node->data);
    return enter(buffer, class, node);
}

SELDOM static void give_node(struct tare_buffer *buffer, const void *place)
{
    struct tare__buffer_class *class = buffer->home;
    struct tare__buffer_node *node = buffer->node;
    struct tare_pool_cache *cache = tare__pool_cache_of(&class->pool);
    bool is_deep = cache->top >= cache->limit;

    if (!(node->turns & 1))
        freed_twice(class, node, place);
    wipe(buffer);
    hide(class, node->data);
    leave(buffer);
    __atomic_store_n(&node->turns, node->turns + 1, __ATOMIC_RELAXED);
    if (!is_deep) {
        tare_pool_cache_free(&class->pool, cache, node);
        return;
    }
    tare__pool_drain_at(&class->pool, cache, node, place);
    tare__buffer_bound(class);
}

/* Data for `bytes`; first_bytes stays as it was. `place`: who asks for it. */
static inline bool take(struct tare_buffer *buffer, struct tare__buffer_class *class,
                        size_t bytes, const void *place)
{
    buffer->used_bytes = buffer->most_used_bytes = 0;
    buffer->home = class;
    if (TARE_UNLIKELY(!class->bytes))
        return take_aside(buffer, class, bytes);
    struct tare_pool_cache *cache = tare__pool_cache_of(&class->pool);
    if (TARE_UNLIKELY(class->is_observed || cache->top <= cache->base))
        return take_node(buffer, class, place);
    struct tare__buffer_node *node = cache->top[-1];
    if (TARE_UNLIKELY(!node->data))
        return take_node(buffer, class, place);
    node = tare_pool_cache_alloc(&class->pool, cache);
    return enter(buffer, class, node);
}

static inline void give(struct tare_buffer *buffer, const void *place)
{
    struct tare__buffer_class *class = buffer->home;
    struct tare__buffer_node *node = buffer->node;

    TARE_ASSERT(buffer->used_bytes <= buffer->capacity_bytes);
    if (TARE_UNLIKELY(!node)) {
        give_aside(buffer);
        return;
    }
    struct tare_pool_cache *cache = tare__pool_cache_of(&class->pool);
    if (TARE_UNLIKELY(class->is_careful || cache->top >= cache->limit ||
                      !(node->turns & 1))) {
        give_node(buffer, place);
        return;
    }
    leave(buffer);
    __atomic_store_n(&node->turns, node->turns + 1, __ATOMIC_RELAXED);
    tare_pool_cache_free(&class->pool, cache, node);
}

static inline bool alloc(struct tare_buffer *buffer, struct tare__buffer_core *core,
                         size_t bytes, const void *place)
{
    if (!bytes)
        bytes = core->options.usual_bytes;
    struct tare__buffer_class *class = tare__buffer_class_for(core, bytes);
    buffer->first_bytes = class->bytes;
    return take(buffer, class, bytes, place);
}

/* The pool begins with it. */
SELDOM static bool alloc_first(struct tare_buffer *buffer, struct tare_buffer_pool *pool,
                               size_t bytes, const void *place)
{
    struct tare__buffer_core *core = tare__buffer_begin(pool);

    if (core)
        return alloc(buffer, core, bytes, place);
    *buffer = (struct tare_buffer){0};
    return false;
}

bool tare_buffer_alloc(struct tare_buffer *buffer, struct tare_buffer_pool *pool,
                       size_t bytes)
{
    struct tare__buffer_core *core = __atomic_load_n(&pool->core, __ATOMIC_ACQUIRE);
    const void *place = __builtin_return_address(0);

    if (TARE_UNLIKELY(!core))
        return alloc_first(buffer, pool, bytes, place);
    return alloc(buffer, core, bytes, place);
}

void tare_buffer_free(struct tare_buffer *buffer)
{
    if (buffer->data)
        give(buffer, __builtin_return_address(0));
}

/* Where data for `need` bytes comes from that grew. */
static struct tare__buffer_class *larger_class(const struct tare_buffer *buffer,
                                               size_t need)
{
    struct tare__buffer_core *core = buffer->home->core;
    size_t first = buffer->first_bytes ? buffer->first_bytes : core->options.least_bytes;
    struct tare__buffer_class *class = tare__buffer_class_for(core, need);

    return class->bytes <= (uint64_t)first * TARE_BUFFER_GROWTH ? class : &core->aside;
}

/* Steps of the series are far enough apart that appending byte by byte copies each of them a few
 * times at most. Only what is used is worth moving. */
void *tare__buffer_grow(struct tare_buffer *buffer, size_t more_bytes)
{
    struct tare_buffer larger = {.first_bytes = buffer->first_bytes};
    const void *place = __builtin_return_address(0);
    size_t used = buffer->used_bytes, need;

    if (!buffer->data)
        return NULL;
    struct tare__buffer_core *core = buffer->home->core;
    TARE_ASSERT(used <= buffer->capacity_bytes);
    if (__builtin_add_overflow(used, more_bytes, &need) || need > SIZE_MAX / 4) {
        add(&core->refused, 1);
        return NULL;
    }
    if (!take(&larger, larger_class(buffer, need),
              tare__buffer_step_bytes(tare__buffer_step(need)), place))
        return NULL;
    memcpy(larger.data, buffer->data, used);
    larger.used_bytes = larger.most_used_bytes = used;
    give(buffer, place);
    *buffer = larger;
    add(&core->moves, 1);
    if (!buffer->node)
        add(&core->outgrown, 1);
    return (char *)buffer->data + used;
}
