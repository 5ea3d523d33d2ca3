/* SPDX-License-Identifier: MIT
 *
 * A pool a class. Builders keep their blocks while they are free, so that what a thread keeps at
 * hand is bounded by the magazines: two of these, 32 KiB, 128 KiB and 256 KiB.
 */
#include <tare/pool.h>

#include "base/debug.h"
#include "toolkit/string_builder_parts.h"

enum {
    SMALL_BYTES = 256,
    MEDIUM_BYTES = 4 << 10,
    LARGE_BYTES = 64 << 10,
    GROWTH_MOST = 4, /* times its class a block is kept */
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

    (void)context;
    if (builder->block_bytes > (size_t)GROWTH_MOST * builder->class_bytes)
        tare_string_builder_fini(builder);
    else
        tare_string_builder_clear(builder);
}

static void destruct(void *object, void *context)
{
    (void)context;
    tare_string_builder_fini(object);
}

TARE_POOL_DEFINE(small_builder, struct tare_string_builder, .construct = construct,
                 .reset = reset, .destruct = destruct, .magazine_objects = 64);
TARE_POOL_DEFINE(medium_builder, struct tare_string_builder, .construct = construct,
                 .reset = reset, .destruct = destruct, .magazine_objects = 16);
TARE_POOL_DEFINE(large_builder, struct tare_string_builder, .construct = construct,
                 .reset = reset, .destruct = destruct, .magazine_objects = 2);

void tare_string_builder_free(struct tare_string_builder *builder)
{
    if (!builder)
        return;
    TARE_AUDIT(tare__string_builder_valid(builder));
    if (builder->class_bytes == SMALL_BYTES)
        small_builder_free(builder);
    else if (builder->class_bytes == MEDIUM_BYTES)
        medium_builder_free(builder);
    else {
        TARE_CHECK(builder->class_bytes == LARGE_BYTES); /* else it is not pooled */
        large_builder_free(builder);
    }
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
    if (bytes < SMALL_BYTES)
        return ready(small_builder_alloc(), SMALL_BYTES);
    if (bytes < MEDIUM_BYTES)
        return ready(medium_builder_alloc(), MEDIUM_BYTES);
    return ready(large_builder_alloc(), LARGE_BYTES);
}

void tare_string_builder_trim_pool(void)
{
    tare_pool_trim(&small_builder_pool, 0);
    tare_pool_trim(&medium_builder_pool, 0);
    tare_pool_trim(&large_builder_pool, 0);
}
