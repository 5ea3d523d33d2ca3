/* SPDX-License-Identifier: MIT
 *
 * The C++ operators new and delete, by their mangled names. Ours stand in for libstdc++'s and
 * libc++'s, and for those of the allocator behind us. A program or library with operators of its
 * own keeps them: ours then only pass on. A failed allocation goes on to the next library's
 * operator, which calls the new-handler or throws; the exception passes through these frames.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "shim/events.h"
#include "shim/in_front.h"
#include "shim/message.h"

typedef void (*operator_fn)(void);

static enum { UNDECIDED, OURS, THEIRS } operators;

static operator_fn next_operator(const char *name)
{
    operator_fn function;
    void *symbol = dlsym(RTLD_NEXT, name);

    if (!symbol) {
        /* A C program that loaded a C++ library out of the global scope. */
        void *library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);

        symbol = library ? dlsym(library, name) : NULL;
    }
    memcpy(&function, &symbol, sizeof function);
    return function;
}

static bool is_standard(const void *function)
{
    Dl_info info, allocator;

    if (!dladdr(function, &info))
        return false;
    return strstr(info.dli_fname, "libstdc++.so") || strstr(info.dli_fname, "libc++") ||
           (dladdr((void *)(uintptr_t)next.malloc, &allocator) &&
            allocator.dli_fbase == info.dli_fbase);
}

/* Does anyone but the C++ library have operators? */
static bool someone_has_own(void)
{
    static const char *const names[] = {"_Znwm", "_Znam", "_ZdlPv", "_ZdaPv"};
    Dl_info ours, used;

    if (!dladdr((void *)(uintptr_t)next_operator, &ours))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *first = dlsym(RTLD_DEFAULT, names[i]);
        const void *behind = dlsym(RTLD_NEXT, names[i]);

        if (first && dladdr(first, &used) && used.dli_fbase != ours.dli_fbase &&
            !is_call_stub(first))
            return true; /* the program */
        if (behind && !is_standard(behind))
            return true; /* a library */
    }
    return false;
}

/* At the first use, which may come before any constructor of ours. */
static COLD bool decide(void)
{
    struct thread *thread = thread_current;

    if (operators == UNDECIDED) {
        thread_current = &thread_mute;
        operators = someone_has_own() ? THEIRS : OURS;
        dlerror();
        thread_current = thread;
    }
    return operators == OURS;
}

INLINE bool operators_are_ours(void)
{
    return LIKELY(operators == OURS) || decide();
}

/* The operator could not be had from anyone: what an exception nobody catches would do. */
static COLD void no_operator(const char *name)
{
    message_why(name, "out of memory, and no C++ library to throw std::bad_alloc");
    abort();
}

INLINE void *new_here(size_t bytes, size_t alignment, const struct call_frame *at)
{
    if (UNLIKELY(!operators_are_ours()))
        return NULL;
    return allocate(
        (struct request){alignment ? REQUEST_ALIGNED : REQUEST_MALLOC, alignment, bytes},
        at);
}

/* new: `PARAMS` are the operator's, `ARGS` their names, `ALIGNMENT` the one asked for or 0. */
#define NEW(FUNCTION, NAME, ALIGNMENT, THROWS, PARAMS, ARGS)                         \
    void *FUNCTION PARAMS __asm__(NAME);                                             \
    HOOK void *FUNCTION PARAMS                                                       \
    {                                                                                \
        void *block = new_here(bytes, ALIGNMENT, CALL_FRAME());                      \
        if (LIKELY(block != NULL))                                                   \
            return block;                                                            \
        __typeof__(&FUNCTION) next_new = (__typeof__(&FUNCTION))next_operator(NAME); \
        if (next_new)                                                                \
            return next_new ARGS;                                                    \
        if (THROWS)                                                                  \
            no_operator(NAME);                                                       \
        return NULL;                                                                 \
    }

#define DELETE(FUNCTION, NAME, PARAMS, ARGS)                            \
    void FUNCTION PARAMS __asm__(NAME);                                 \
    HOOK void FUNCTION PARAMS                                           \
    {                                                                   \
        __typeof__(&FUNCTION) next_delete;                              \
        if (UNLIKELY(!operators_are_ours()) &&                          \
            (next_delete = (__typeof__(&FUNCTION))next_operator(NAME))) \
            next_delete ARGS;                                           \
        else if (block)                                                 \
            release(block);                                             \
    }

#define UNUSED __attribute__((unused))

NEW(new_one, "_Znwm", 0, true, (size_t bytes), (bytes))
NEW(new_array, "_Znam", 0, true, (size_t bytes), (bytes))
NEW(new_one_nothrow, "_ZnwmRKSt9nothrow_t", 0, false, (size_t bytes, const void *tag),
    (bytes, tag))
NEW(new_array_nothrow, "_ZnamRKSt9nothrow_t", 0, false, (size_t bytes, const void *tag),
    (bytes, tag))
NEW(new_one_aligned, "_ZnwmSt11align_val_t", alignment, true,
    (size_t bytes, size_t alignment), (bytes, alignment))
NEW(new_array_aligned, "_ZnamSt11align_val_t", alignment, true,
    (size_t bytes, size_t alignment), (bytes, alignment))
NEW(new_one_aligned_nothrow, "_ZnwmSt11align_val_tRKSt9nothrow_t", alignment, false,
    (size_t bytes, size_t alignment, const void *tag), (bytes, alignment, tag))
NEW(new_array_aligned_nothrow, "_ZnamSt11align_val_tRKSt9nothrow_t", alignment, false,
    (size_t bytes, size_t alignment, const void *tag), (bytes, alignment, tag))

DELETE(delete_one, "_ZdlPv", (void *block), (block))
DELETE(delete_array, "_ZdaPv", (void *block), (block))
DELETE(delete_one_sized, "_ZdlPvm", (void *block, size_t bytes UNUSED), (block, bytes))
DELETE(delete_array_sized, "_ZdaPvm", (void *block, size_t bytes UNUSED), (block, bytes))
DELETE(delete_one_nothrow, "_ZdlPvRKSt9nothrow_t", (void *block, const void *tag UNUSED),
       (block, tag))
DELETE(delete_array_nothrow, "_ZdaPvRKSt9nothrow_t", (void *block, const void *tag UNUSED),
       (block, tag))
DELETE(delete_one_aligned, "_ZdlPvSt11align_val_t", (void *block, size_t alignment UNUSED),
       (block, alignment))
DELETE(delete_array_aligned, "_ZdaPvSt11align_val_t",
       (void *block, size_t alignment UNUSED), (block, alignment))
DELETE(delete_one_sized_aligned, "_ZdlPvmSt11align_val_t",
       (void *block, size_t bytes UNUSED, size_t alignment UNUSED),
       (block, bytes, alignment))
DELETE(delete_array_sized_aligned, "_ZdaPvmSt11align_val_t",
       (void *block, size_t bytes UNUSED, size_t alignment UNUSED),
       (block, bytes, alignment))
DELETE(delete_one_aligned_nothrow, "_ZdlPvSt11align_val_tRKSt9nothrow_t",
       (void *block, size_t alignment UNUSED, const void *tag UNUSED),
       (block, alignment, tag))
DELETE(delete_array_aligned_nothrow, "_ZdaPvSt11align_val_tRKSt9nothrow_t",
       (void *block, size_t alignment UNUSED, const void *tag UNUSED),
       (block, alignment, tag))
