/* SPDX-License-Identifier: MIT
 *
 * boost::singleton_pool: one for all threads, behind a mutex.
 */
#include "bench/pool_loops.h"

#include <boost/pool/singleton_pool.hpp>

struct object_tag {
};

using Pool = boost::singleton_pool<object_tag, OBJECT_BYTES>;

POOL_INLINE void *object_alloc(void)
{
    return Pool::malloc();
}

POOL_INLINE void object_free(void *object)
{
    Pool::free(object);
}

POOL_WAY(pool_ready, pool_made, pool_entered, object_alloc, object_free);
