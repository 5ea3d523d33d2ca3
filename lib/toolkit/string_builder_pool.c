/* SPDX-License-Identifier: MIT
 *
 * A pool a class. Builders keep their blocks while they are free, so that what a thread keeps at
 * hand is bounded by the magazines: two of these, 32 KiB, 128 KiB and 256 KiB.
 */
#include <tare/pool.h>

#include "base/debug.h"
#include "toolkit/pool_core.h"
#include "toolkit/string_builder_parts.h"

enum {
    SMALL_BYTES = 256,
    MEDIUM_BYTES = 4 << 10,
    LARGE_BYTES = 64 << 10,
    GROWTH_MOST = 4, /* times its class a block is kept */
    /* Free ones in a depot: 4 MiB, 16 MiB and 16 MiB at most, of all that grew. */
    SMALL_KEPT = 4096,
    MEDIUM_KEPT = 1024,
    LARGE_KEPT = 64,
};

static int construct(void *object, void *context)
{
    (void)context;
    tare_string_builder_init(object, NULL);
    return 0;
}

static void reset(void *object, void *context)
{
    struct tare_string_builder *builder = object;
    uint32_t class_bytes = builder->class_bytes;

    (void)context;
    if (builder->block_bytes > (size_t)GROWTH_MOST * class_bytes) {
        tare_string_builder_fini(builder);
        builder->class_bytes = class_bytes; /* for whoever frees it twice to be heard */
    } else
        tare_string_builder_clear(builder);
}

static void destruct(void *object, void *context)
{
    (void)context;
    tare_string_builder_fini(object);
}

TARE_POOL_DEFINE(small_builder, struct tare_string_builder, .construct = construct,
                 .reset = reset, .destruct = destruct, .magazine_objects = 64,
                 .keep_objects = SMALL_KEPT);
TARE_POOL_DEFINE(medium_builder, struct tare_string_builder, .construct = construct,
                 .reset = reset, .destruct = destruct, .magazine_objects = 16,
                 .keep_objects = MEDIUM_KEPT);
TARE_POOL_DEFINE(large_builder, struct tare_string_builder, .construct = construct,
                 .reset = reset, .destruct = destruct, .magazine_objects = 2,
                 .keep_objects = LARGE_KEPT);

static inline void give(struct tare_pool *pool, struct tare_pool_cache *cache,
                        struct tare_string_builder *builder, const void *place)
{
    reset(builder, NULL);
    if (TARE_LIKELY(cache->top < cache->limit))
        tare_pool_cache_free(pool, cache, builder);
    else
        tare__pool_drain_at(pool, cache, builder, place);
}

void tare_string_builder_free(struct tare_string_builder *builder)
{
    const void *place = __builtin_return_address(0);

    if (!builder)
        return;
    TARE_AUDIT(tare__string_builder_valid(builder));
    if (builder->class_bytes == SMALL_BYTES)
        give(&small_builder_pool, &small_builder_cache, builder, place);
    else if (builder->class_bytes == MEDIUM_BYTES)
        give(&medium_builder_pool, &medium_builder_cache, builder, place);
    else {
        TARE_CHECK(builder->class_bytes == LARGE_BYTES); /* else it is not pooled */
        give(&large_builder_pool, &large_builder_cache, builder, place);
    }
}

static inline struct tare_string_builder *
take(struct tare_pool *pool, struct tare_pool_cache *cache, const void *place)
{
    return TARE_LIKELY(cache->top > cache->base) ? tare_pool_cache_alloc(pool, cache)
                                                 : tare__pool_refill_at(pool, cache, place);
}

/* It may have lost its block, or never had one. */
static struct tare_string_builder *ready(struct tare_string_builder *builder,
                                         uint32_t class_bytes)
{
    if (!builder)
        return NULL;
    builder->class_bytes = class_bytes;
    if (builder->block_bytes)
        return builder;
    if (tare_string_builder_reserve(builder, class_bytes - 1))
        return builder;
    tare_string_builder_free(builder);
    return NULL;
}

struct tare_string_builder *tare_string_builder_alloc(size_t bytes)
{
    const void *place = __builtin_return_address(0);

    if (bytes < SMALL_BYTES)
        return ready(take(&small_builder_pool, &small_builder_cache, place), SMALL_BYTES);
    if (bytes < MEDIUM_BYTES)
        return ready(take(&medium_builder_pool, &medium_builder_cache, place),
                     MEDIUM_BYTES);
    return ready(take(&large_builder_pool, &large_builder_cache, place), LARGE_BYTES);
}

void tare_string_builder_trim_pool(void)
{
    tare_pool_trim(&small_builder_pool, 0);
    tare_pool_trim(&medium_builder_pool, 0);
    tare_pool_trim(&large_builder_pool, 0);
}
