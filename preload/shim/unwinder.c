/* SPDX-License-Identifier: MIT */
#include "shim/unwinder.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "shim/thread.h"

static void *library;
static int (*backtrace)(void **ips, int capacity);

void *unwinder_symbol(const char *name)
{
    void *symbol = library ? dlsym(library, name) : NULL;

    dlerror(); /* the target must not find an error that it did not make */
    return symbol;
}

bool unwinder_open(void)
{
    if (!library)
        library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    void *symbol = unwinder_symbol("unw_backtrace");
    memcpy(&backtrace, &symbol, sizeof symbol);
    return backtrace != NULL;
}

uint32_t unwinder_walk(uint64_t *ips, uint32_t capacity)
{
    int saved_errno = errno, count;

    if (!backtrace)
        return 0;
    struct thread *thread = thread_mute_begin();
    count = backtrace((void **)ips, (int)capacity);
    thread_mute_end(thread);
    errno = saved_errno;
    for (int i = 0; i < count; i++)
        ips[i] = plain_address(ips[i]);
    return count > 0 ? (uint32_t)count : 0;
}
