/* SPDX-License-Identifier: MIT
 *
 * Memory that the target has from the kernel without an allocator between. glibc's allocator does
 * not come by here; what another one takes is its heap, and not counted twice. And that all memory is
 * locked.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "shim/chain.h"
#include "shim/locks.h"
#include "shim/mappings.h"
#include "shim/next.h"
#include "shim/sys.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4 /* Linux 5.7 */
#endif

/* Those behind us, as another library may count them too; the kernel's until they are known. */
static struct {
    int (*mlockall)(int flags);
    void *(*mmap)(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
    int (*munmap)(void *at, size_t bytes);
    void *(*mremap)(void *at, size_t old_bytes, size_t bytes, int flags, void *to);
} next_one;

__attribute__((constructor)) static void find_functions(void)
{
    void *found[] = {dlsym(RTLD_NEXT, "mlockall"), dlsym(RTLD_NEXT, "mmap"),
                     dlsym(RTLD_NEXT, "munmap"), dlsym(RTLD_NEXT, "mremap")};

    memcpy(&next_one, found, sizeof found);
}

INLINE void *map(void *at, size_t bytes, int protection, int flags, int fd, off_t offset,
                 const struct call_frame *from)
{
    bool counts = (flags & (MAP_ANONYMOUS | MAP_TYPE)) == (MAP_ANONYMOUS | MAP_PRIVATE);

    if ((flags & MAP_FIXED) && bytes)
        mapping_goes(at, bytes);
    void *start = next_one.mmap
                      ? next_one.mmap(at, bytes, protection, flags, fd, offset)
                      : (void *)syscall(SYS_mmap, at, bytes, protection, flags, fd, offset);
    if (counts && start != MAP_FAILED && !next_has_code((const void *)from->ip))
        mapping_came(start, bytes, from);
    return start;
}

HOOK void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return map(at, bytes, protection, flags, fd, offset, CALL_FRAME());
}

HOOK void *mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return map(at, bytes, protection, flags, fd, offset, CALL_FRAME());
}

/* Taken out before the call: afterwards another thread may have the range already. */
HOOK int munmap(void *at, size_t bytes)
{
    if (bytes && (uintptr_t)at % LEDGER_PAGE_BYTES == 0)
        mapping_goes(at, bytes);
    return next_one.munmap ? next_one.munmap(at, bytes)
                           : (int)syscall(SYS_munmap, at, bytes);
}

/* A mapping that moves or changes its size ends, and another one begins, as with realloc. */
HOOK void *mremap(void *at, size_t old_bytes, size_t bytes, int flags, ...)
{
    const struct call_frame *from = CALL_FRAME();
    void *to = NULL;
    va_list more;

    if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
        va_start(more, flags);
        to = va_arg(more, void *);
        va_end(more);
    }
    bool counts = mappings_have(at) && old_bytes;
    void *start = next_one.mremap
                      ? next_one.mremap(at, old_bytes, bytes, flags, to)
                      : (void *)syscall(SYS_mremap, at, old_bytes, bytes, flags, to);
    if (start == MAP_FAILED)
        return start;
    if (counts && !(flags & MREMAP_DONTUNMAP))
        mapping_goes(at, old_bytes);
    if (flags & MREMAP_FIXED)
        mapping_goes(start, bytes);
    if (counts)
        mapping_came(start, bytes, from);
    return start;
}

static int lock_all(int flags)
{
    return next_one.mlockall ? next_one.mlockall(flags) : (int)syscall(SYS_mlockall, flags);
}

/* Locks what is mapped, addresses without memory too, as far as a limit allows. Most of the ledger's
 * are such addresses. */
HOOK int mlockall(int flags)
{
    bool current = flags & MCL_CURRENT, given_back = false;

    if (current && locks_are_limited())
        given_back = locks_give_back();
    int result = lock_all(flags);
    if (result != 0 && errno == ENOMEM && current && !given_back && locks_give_back())
        result = lock_all(flags);
    return result;
}
