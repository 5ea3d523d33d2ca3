/* SPDX-License-Identifier: MIT
 *
 * A pool for each thread.
 */
#include "bench/pool_loops.h"
#include "bench/pool_worker_tare.h"

#include <stdlib.h>

#include <tare/pool.h>

static __thread struct tare_pool_owned owned;

static void object_enter(void)
{
    const struct tare_pool_options options = {.object_bytes = OBJECT_BYTES};

    if (tare_pool_owned_init(&owned, &options))
        exit(1);
}

POOL_INLINE void *object_alloc(void)
{
    return tare_pool_owned_alloc(&owned);
}

POOL_INLINE void object_free(void *object)
{
    tare_pool_owned_free(&owned, object);
}

POOL_WAY(pool_load, pool_made, object_enter, object_alloc, object_free);
