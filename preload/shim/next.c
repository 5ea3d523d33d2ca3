/* SPDX-License-Identifier: MIT */
#include "shim/next.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/single_threaded.h>

#include "shim/boot.h"
#include "shim/in_front.h"
#include "shim/message.h"
#include "shim/modules.h"

static void *boot_malloc(size_t bytes)
{
    return boot_allocate(1, bytes);
}

static void *boot_calloc(size_t count, size_t bytes)
{
    size_t total;

    if (__builtin_mul_overflow(count, bytes, &total))
        total = SIZE_MAX;
    return boot_allocate(1, total);
}

static void *boot_realloc(void *block, size_t bytes)
{
    void *moved = boot_allocate(1, bytes);

    if (moved && block) {
        size_t old_bytes = boot_usable(block);
        memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
    }
    return moved;
}

static void boot_free(void *block)
{
    (void)block;
}

static bool boot_disowns(const void *block)
{
    return !boot_owns(block);
}

#define BOOT_FUNCTIONS(...)                                                    \
    {                                                                          \
        .malloc = boot_malloc, .calloc = boot_calloc, .realloc = boot_realloc, \
        .memalign = boot_allocate, .free = boot_free, .usable = boot_usable,   \
        .size_in_front = true, __VA_ARGS__                                     \
    }

static const struct allocator boot = BOOT_FUNCTIONS();
/* boot_disowns from the start: boot's blocks are always its own, while this becomes another. */
struct allocator next = BOOT_FUNCTIONS(.owns = boot_disowns);

struct allocator libc_allocator = BOOT_FUNCTIONS();

enum next_state next_state;
bool next_zero_frees = true;

static uint64_t code_start, code_end;

const struct allocator *next_older(const void *block)
{
    return boot_owns(block) ? &boot : &libc_allocator;
}

/* Does every size stand where usable_bytes reads it? None that would be a mapping of its own: to
 * free one changes what glibc does with the next. */
static bool size_stands_in_front(const struct allocator *allocator)
{
    static const size_t probes[] = {1, 24, 25, 1000, 70000};
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

static bool is_glibc(const struct allocator *allocator)
{
    void *version = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    Dl_info theirs, libc;

    return version && dladdr(version, &libc) &&
           dladdr((void *)(uintptr_t)allocator->malloc, &theirs) &&
           theirs.dli_fbase == libc.dli_fbase;
}

static bool zero_frees(const struct allocator *allocator)
{
    void *block = allocator->malloc(1);
    void *moved = block ? allocator->realloc(block, 0) : NULL;

    if (moved)
        allocator->free(moved);
    return !moved;
}

/* True when all of the table's functions come from one library. */
static bool is_whole(const struct allocator *table)
{
    void *functions[ALLOCATOR_FUNCTIONS];
    const void *base = NULL;

    memcpy(functions, table, sizeof functions);
    for (size_t i = 0; i < ALLOCATOR_FUNCTIONS; i++) {
        Dl_info info;

        if (!functions[i] || !dladdr(functions[i], &info) ||
            (base && base != info.dli_fbase))
            return false;
        base = info.dli_fbase;
    }
    return true;
}

static void note_code(const struct allocator *allocator)
{
    struct code_object object;

    if (code_find((uint64_t)(uintptr_t)allocator->malloc, &object)) {
        code_start = object.start;
        code_end = object.end;
    }
}

bool next_has_code(const void *address)
{
    return (uint64_t)address - code_start < code_end - code_start;
}

void *next_function(const char *name)
{
    void *function = next_state == NEXT_READY ? dlsym(RTLD_NEXT, name) : NULL;

    dlerror(); /* the target must not find an error that it did not make, */
    dlerror(); /* nor is it to free this one's text */
    return function && next_has_code(function) ? function : NULL;
}

/* Other threads may be there: who gets a block of the new one finds the rest of it, too. */
static void become(const struct allocator *table)
{
    next.usable = table->usable;
    next.size_in_front = table->size_in_front;
    next.free = table->free;
    next.realloc = table->realloc;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    next.malloc = table->malloc;
    next.calloc = table->calloc;
    next.memalign = table->memalign;
}

void next_init(void)
{
    struct allocator found = {0};

    if (!allocator_look_up(&found, RTLD_NEXT, allocator_names)) {
        message("there is no allocator behind this one: nothing is recorded");
        return;
    }
    next_state = is_whole(&found) ? NEXT_READY : NEXT_INCOMPLETE;
    if (next_state == NEXT_INCOMPLETE)
        message("the allocator behind this one is incomplete: nothing is recorded");
    else if (!is_glibc(&found))
        next_zero_frees = zero_frees(&found);
    else if ((found.size_in_front = size_stands_in_front(&found)))
        libc_allocator = found;
    if (next_state == NEXT_READY && in_front_look(&found)) {
        next_state = NEXT_BYPASSED;
        in_front_lead(&found);
    }
    become(&found);
    note_code(&next);
    if (__libc_single_threaded && !boot_was_used())
        next.owns = NULL; /* nobody has a block of boot's, or is about to get one */
}

void next_is_reached(void)
{
    become(in_front_behind());
    note_code(&next);
    __atomic_store_n(&next_state, NEXT_READY, __ATOMIC_RELEASE);
}

const char *next_in_front(void)
{
    return in_front_name();
}

void next_replace(const struct allocator *table, const struct allocator *origin)
{
    next = *table;
    note_code(origin);
    next_zero_frees = true;
}
