/* SPDX-License-Identifier: MIT */
#include "base/observer.h"

#include <stdlib.h>
#include <string.h>

#include <tare/annotate.h>

void __asan_poison_memory_region(void const volatile *start, size_t bytes)
    __attribute__((weak));
void __tsan_acquire(void *address) __attribute__((weak));
void __asan_unpoison_memory_region(void const volatile *start, size_t bytes)
    __attribute__((weak));

bool tare__is_checked_by_tool(void)
{
    /* valgrind's tools preload a library of theirs, and leave it in the variable */
    const char *preload = getenv("LD_PRELOAD");

    return __asan_poison_memory_region || (preload && strstr(preload, "/vgpreload_"));
}

bool tare__is_tracked(void)
{
    return tare_annotate_is_on();
}

bool tare__is_malloc_watched(void)
{
    return tare__is_checked_by_tool() || tare__is_tracked() || __tsan_acquire;
}

bool tare__is_poison_heard(void)
{
    return __asan_poison_memory_region;
}

void tare__poison(const void *start, size_t bytes)
{
    if (__asan_poison_memory_region)
        __asan_poison_memory_region(start, bytes);
}

void tare__unpoison(const void *start, size_t bytes)
{
    if (__asan_unpoison_memory_region)
        __asan_unpoison_memory_region(start, bytes);
}
