/* SPDX-License-Identifier: MIT
 *
 * malloc and free, whosever they are.
 */
#include "bench/pool_loops.h"

#include <stdlib.h>

POOL_INLINE void *object_alloc(void)
{
    return malloc(OBJECT_BYTES);
}

POOL_INLINE void object_free(void *object)
{
    free(object);
}

POOL_WAY(pool_ready, pool_made, pool_entered, object_alloc, object_free);
