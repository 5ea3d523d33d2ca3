/* SPDX-License-Identifier: MIT
 *
 * DPDK's mempool, with a cache in each thread.
 */
#include "bench/pool_loops.h"

#include <stdio.h>

#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_mempool.h>

enum { CACHE_OBJECTS = 256, HEAP_MIB = 1024 };

static struct rte_mempool *pool;

static bool object_begin(void)
{
    int cpus[MEASURE_CPUS];
    char cpu[16], heap[16];
    const char *const words[] = {"pool",        "--no-huge",
                                 "--no-pci",    "--no-telemetry",
                                 "--no-shconf", "--log-level=error",
                                 "-l",          cpu,
                                 "-m",          heap};
    char *copies[sizeof words / sizeof *words + 1] = {NULL};

    measure_cpus(cpus);
    snprintf(cpu, sizeof cpu, "%d", cpus[0]);
    snprintf(heap, sizeof heap, "%d", HEAP_MIB);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        copies[i] = strdup(words[i]);
    return rte_eal_init(sizeof words / sizeof *words, copies) >= 0;
}

static bool object_make(size_t objects)
{
    pool = rte_mempool_create("objects", (unsigned)objects, OBJECT_BYTES, CACHE_OBJECTS, 0,
                              NULL, NULL, NULL, NULL, SOCKET_ID_ANY, 0);
    return pool;
}

static void object_enter(void)
{
    if (rte_lcore_id() == LCORE_ID_ANY)
        rte_thread_register();
}

POOL_INLINE void *object_alloc(void)
{
    void *object = NULL;

    rte_mempool_get(pool, &object);
    return object;
}

POOL_INLINE void object_free(void *object)
{
    rte_mempool_put(pool, object);
}

POOL_WAY(object_begin, object_make, object_enter, object_alloc, object_free);
