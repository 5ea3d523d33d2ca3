/* SPDX-License-Identifier: MIT
 *
 * bench/pool_worker_tare.h - what all ways through tare's pool begin with.
 *
 * Shape    a block of the allocator behind, and no more
 * Units    none
 * Owner    none
 * Threads  Single owner.
 * Errors   false: no memory.
 * Cost     not measured
 * Source   none
 */
#ifndef TARE_BENCH_POOL_WORKER_TARE_H
#define TARE_BENCH_POOL_WORKER_TARE_H

#include <tare/mem.h>

/* Load what is loaded at first use, as peers are with the program: it is not the objects'. */
static inline bool pool_load(void)
{
    struct tare_mem *mem = tare_mem_default();
    void *block = tare_mem_alloc(mem, 64, 16);

    tare_mem_free(mem, block, 64, 16);
    return block;
}

#endif
