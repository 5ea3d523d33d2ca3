/* SPDX-License-Identifier: MIT
 *
 * A pool that is found by its id in each thread.
 */
#include "bench/pool_loops.h"
#include "bench/pool_worker_tare.h"

#include <tare/pool.h>

static struct tare_pool pool;

static bool object_make(size_t objects)
{
    const struct tare_pool_options options = {.object_bytes = OBJECT_BYTES};

    (void)objects;
    return tare_pool_init(&pool, &options) == 0;
}

POOL_INLINE void *object_alloc(void)
{
    return tare_pool_alloc(&pool);
}

POOL_INLINE void object_free(void *object)
{
    tare_pool_free(&pool, object);
}

POOL_WAY(pool_load, object_make, pool_entered, object_alloc, object_free);
