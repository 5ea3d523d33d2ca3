/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

static void *block;

__attribute__((constructor, noinline)) static void loaded_begins(void)
{
    block = malloc(123);
}

__attribute__((destructor)) static void loaded_ends(void)
{
    free(block);
}

void *loaded_alloc(size_t bytes)
{
    return malloc(bytes);
}
