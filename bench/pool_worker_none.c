/* SPDX-License-Identifier: MIT
 *
 * No allocator: what the loops cost themselves.
 */
#include "bench/pool_loops.h"

static __thread char only_object[OBJECT_BYTES];

POOL_INLINE void *object_alloc(void)
{
    return only_object;
}

POOL_INLINE void object_free(void *object)
{
    measure_keep(object);
}

POOL_WAY(pool_ready, pool_made, pool_entered, object_alloc, object_free);
