/* SPDX-License-Identifier: MIT
 *
 * Preloaded: has malloc and free, which pass on to who comes next.
 */
#include <dlfcn.h>
#include <stdlib.h>

void *malloc(size_t bytes)
{
    static void *(*next)(size_t bytes);

    if (!next)
        next = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
    return next(bytes);
}

void free(void *block)
{
    static void (*next)(void *block);

    if (!next)
        next = (void (*)(void *))dlsym(RTLD_NEXT, "free");
    next(block);
}
