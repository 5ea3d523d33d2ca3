/* SPDX-License-Identifier: MIT
 *
 * A pool of a type, as its users write it.
 */
#include "bench/pool_loops.h"
#include "bench/pool_worker_tare.h"

#include <tare/pool.h>

struct object {
    uint64_t words[OBJECT_BYTES / sizeof(uint64_t)];
};

TARE_POOL_DEFINE(typed, struct object);

POOL_INLINE void *object_alloc(void)
{
    return typed_alloc();
}

POOL_INLINE void object_free(void *object)
{
    typed_free(object);
}

POOL_WAY(pool_load, pool_made, pool_entered, object_alloc, object_free);
