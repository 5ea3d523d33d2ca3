/* SPDX-License-Identifier: MIT */
#include "bench/arena_ways.h"

#include "bench/measure.h"

#if __has_include(<apr_pools.h>)
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

static apr_pool_t *pool;

static __attribute__((constructor)) void make_pool(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
}

static void objects(void)
{
    ARENA_RUN_OBJECTS(apr_palloc(pool, bytes), arena_heap_bytes(), apr_pool_clear(pool));
}

static void copies(void)
{
    ARENA_RUN_STRINGS(apr_pstrdup(pool, string), apr_pool_clear(pool));
}

static void prints(void)
{
    ARENA_RUN_STRINGS(apr_psprintf(pool, "%" APR_SIZE_T_FMT "/%s", i, string),
                      apr_pool_clear(pool));
}

/* It has no marks: a pool below the pool. */
static void scratch(void)
{
    apr_pool_t *below;

    apr_pool_create(&below, pool);
    ARENA_RUN_SCRATCH(apr_palloc(below, bytes));
    apr_pool_destroy(below);
}

struct arena_way arena_way_apr = {.name = "APR", .run = {objects, copies, prints, scratch}};
#else
struct arena_way arena_way_apr = {.name = "APR", .missing = "libapr1-dev"};
#endif
