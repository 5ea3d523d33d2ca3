/* SPDX-License-Identifier: MIT
 *
 * usage: builder_count - what each way of builder_ways.c takes from malloc, a string: a line a way,
 * "CASE WAY ALLOCATIONS BYTES" by number, the latter two for STRINGS strings. A program of its own,
 * so that nothing is counted while time is measured. It plays the tracker to libtare, which then
 * takes its memory from malloc.
 */
/* What stands for malloc must be seen by the libraries. */
#pragma GCC visibility push(default)

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/annotate.h>

#include "bench/builder_ways.h"

enum { STRINGS = 1024 };

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *block, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);

static size_t allocations, allocated_bytes;

static void count(size_t bytes)
{
    allocations++;
    allocated_bytes += bytes;
}

void *malloc(size_t bytes)
{
    count(bytes);
    return __libc_malloc(bytes);
}

void *calloc(size_t items, size_t bytes)
{
    count(items * bytes);
    return __libc_calloc(items, bytes);
}

void *realloc(void *block, size_t bytes)
{
    if (bytes)
        count(bytes);
    return __libc_realloc(block, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    count(bytes);
    *block = __libc_memalign(alignment, bytes);
    return *block ? 0 : ENOMEM;
}

void tare_tracker_alloc(const void *object, size_t bytes)
{
    (void)object, (void)bytes;
}

void tare_tracker_free(const void *object)
{
    (void)object;
}

void tare_tracker_discard(const void *start, size_t bytes)
{
    (void)start, (void)bytes;
}

int main(void)
{
    for (size_t i = 0; i < BUILDER_CASES; i++)
        for (size_t way = 0; way < BUILDER_WAYS; way++) {
            const struct builder_way *one = &builder_cases[i].ways[way];

            if (!builder_way_is_here(one))
                continue;
            for (size_t string = 0; string < STRINGS; string++)
                one->run(string); /* what is kept is there then */
            allocations = allocated_bytes = 0;
            for (size_t string = 0; string < STRINGS; string++)
                one->run(string);
            size_t counted = allocations, bytes = allocated_bytes;
            printf("%zu %zu %.3f %.1f\n", i, way, (double)counted / STRINGS,
                   (double)bytes / STRINGS);
        }
    return 0;
}
