/* SPDX-License-Identifier: MIT */
#include "bench/arena_ways.h"

#include "bench/measure.h"

#if __has_include(<talloc.h>)
#include <stdint.h>
#include <sys/types.h>

#include <talloc.h>

static void *pool;

/* Room for a round, so that nothing but the pool is used. */
static __attribute__((constructor)) void make_pool(void)
{
    pool = talloc_pool(NULL, 4 << 20);
}

static void objects(void)
{
    ARENA_RUN_OBJECTS(talloc_size(pool, bytes), 0, talloc_free_children(pool));
}

static void copies(void)
{
    ARENA_RUN_STRINGS(talloc_strdup(pool, string), talloc_free_children(pool));
}

static void prints(void)
{
    ARENA_RUN_STRINGS(talloc_asprintf(pool, "%zu/%s", i, string),
                      talloc_free_children(pool));
}

static void scratch(void)
{
    void *below = talloc_new(pool);

    ARENA_RUN_SCRATCH(talloc_size(below, bytes));
    talloc_free(below);
}

struct arena_way arena_way_talloc = {.name = "talloc",
                                     .run = {objects, copies, prints, scratch}};
#else
struct arena_way arena_way_talloc = {.name = "talloc", .missing = "libtalloc-dev"};
#endif
