/* SPDX-License-Identifier: MIT
 *
 * Opened with RTLD_DEEPBIND: its malloc and free are the C library's.
 */
#include <stdlib.h>

void *bound_malloc(size_t bytes)
{
    return malloc(bytes);
}

void *bound_realloc(void *block, size_t bytes)
{
    return realloc(block, bytes);
}

void bound_free(void *block)
{
    free(block);
}
