/* SPDX-License-Identifier: MIT
 *
 * boost::pool, one in each thread.
 */
#include "bench/pool_loops.h"

#include <boost/pool/pool.hpp>

static __thread boost::pool<> *pool;

static void object_enter(void)
{
    pool = new boost::pool<>(OBJECT_BYTES);
}

POOL_INLINE void *object_alloc(void)
{
    return pool->malloc();
}

POOL_INLINE void object_free(void *object)
{
    pool->free(object);
}

POOL_WAY(pool_ready, pool_made, object_enter, object_alloc, object_free);
