/* SPDX-License-Identifier: MIT
 *
 * talloc's pool, one in each thread.
 */
#include "bench/pool_loops.h"

#include <talloc.h>

enum { POOL_BYTES = 16 << 20 };

static __thread void *pool;

static void object_enter(void)
{
    pool = talloc_pool(NULL, POOL_BYTES);
}

POOL_INLINE void *object_alloc(void)
{
    return talloc_size(pool, OBJECT_BYTES);
}

POOL_INLINE void object_free(void *object)
{
    talloc_free(object);
}

POOL_WAY(pool_ready, pool_made, object_enter, object_alloc, object_free);
