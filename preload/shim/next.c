/* SPDX-License-Identifier: MIT */
#include "shim/next.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#include "shim/message.h"

/* glibc's own names: there before any lookup could be made. */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *block, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *block);

#define LIBC_FUNCTIONS                                                               \
    {                                                                                \
        .malloc = __libc_malloc, .calloc = __libc_calloc, .realloc = __libc_realloc, \
        .memalign = __libc_memalign, .free = __libc_free,                            \
    }

struct allocator next = LIBC_FUNCTIONS, libc_allocator = LIBC_FUNCTIONS;

/* A function from dlsym: ISO C has no cast from object to function pointers. */
#define LOOK_UP(function, handle, name)                \
    do {                                               \
        void *symbol_ = dlsym(handle, name);           \
        memcpy(&(function), &symbol_, sizeof symbol_); \
    } while (0)

/* Does every size stand where usable_bytes reads it? */
static bool size_stands_in_front(const struct allocator *allocator)
{
    static const size_t probes[] = {1, 24, 25, 1000, 70000, 300000};
    struct allocator reader = {.size_in_front = true};

    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        void *block = allocator->malloc(probes[i]);

        if (!block)
            return false;
        bool same = usable_bytes(&reader, block) == allocator->usable(block);
        allocator->free(block);
        if (!same)
            return false;
    }
    return true;
}

/* True when all of the table's functions come from one library. */
static bool is_whole(const struct allocator *table)
{
    void *functions[6];
    const void *base = NULL;

    memcpy(functions, table, sizeof functions);
    for (size_t i = 0; i < 6; i++) {
        Dl_info info;

        if (!functions[i] || !dladdr(functions[i], &info) ||
            (base && base != info.dli_fbase))
            return false;
        base = info.dli_fbase;
    }
    return true;
}

static void look_up_all(struct allocator *found, void *handle, const char *const names[6])
{
    LOOK_UP(found->malloc, handle, names[0]);
    LOOK_UP(found->calloc, handle, names[1]);
    LOOK_UP(found->realloc, handle, names[2]);
    LOOK_UP(found->memalign, handle, names[3]);
    LOOK_UP(found->free, handle, names[4]);
    LOOK_UP(found->usable, handle, names[5]);
}

void next_init(void)
{
    static const char *const names[6] = {"malloc",   "calloc", "realloc",
                                         "memalign", "free",   "malloc_usable_size"};
    struct allocator found = {0};
    Dl_info ours, libc;

    look_up_all(&found, RTLD_NEXT, names);
    dlerror(); /* the target must not find an error that it did not make */
    if (!is_whole(&found)) {
        message("the allocator behind this one is incomplete: nothing is recorded");
        return;
    }
    if (dladdr((void *)(uintptr_t)found.malloc, &ours) &&
        dladdr((void *)(uintptr_t)__libc_malloc, &libc) &&
        ours.dli_fbase == libc.dli_fbase) {
        found.size_in_front = size_stands_in_front(&found);
        libc_allocator = found;
    }
    next = found;
}

bool next_use_mimalloc(void)
{
    static const char *const names[6] = {"mi_malloc",   "mi_calloc", "mi_realloc",
                                         "mi_memalign", "mi_free",   "mi_usable_size"};
    struct allocator found = {0};
    void *library = dlopen("libmimalloc.so.2", RTLD_NOW | RTLD_LOCAL);

    if (library) {
        look_up_all(&found, library, names);
        LOOK_UP(found.owns, library, "mi_is_in_heap_region");
    }
    dlerror();
    if (!found.owns || !is_whole(&found) || !libc_allocator.usable) {
        message("TARE_ALLOCATOR=mimalloc: libmimalloc.so.2 cannot be loaded (Debian: "
                "libmimalloc2.0): the system's allocator is used");
        return false;
    }
    /* First the question whose a block is: glibc's are then known for what they are. */
    __atomic_store_n(&next.owns, found.owns, __ATOMIC_SEQ_CST);
    next = found;
    return true;
}
