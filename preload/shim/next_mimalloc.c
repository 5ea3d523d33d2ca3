/* SPDX-License-Identifier: MIT
 *
 * TARE_ALLOCATOR=mimalloc. Its blocks are told from glibc's by mi_is_in_heap_region, which does not
 * know all that it gives: blocks of a gigabyte, or aligned to 64 MiB, lie outside of where it looks.
 * So what it does not own up to goes back at once, and glibc serves the request, as it does those
 * for which mimalloc has no answer: alignments that are no power of two, or too great.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <sys/single_threaded.h>

#include "shim/in_front.h"
#include "shim/message.h"
#include "shim/next.h"

/* From here on a block is moved by hand: mi_realloc could give one that it does not own up to. */
#define BYTES_MOVED ((size_t)256 << 20)

static struct allocator mimalloc;

INLINE bool is_owned(void *block)
{
    if (LIKELY(block && mimalloc.owns(block)))
        return true;
    if (block)
        mimalloc.free(block);
    return false;
}

static void *mimalloc_malloc(size_t bytes)
{
    void *block = mimalloc.malloc(bytes);

    return LIKELY(is_owned(block)) ? block : libc_allocator.malloc(bytes);
}

static void *mimalloc_calloc(size_t count, size_t bytes)
{
    void *block = mimalloc.calloc(count, bytes);

    return LIKELY(is_owned(block)) ? block : libc_allocator.calloc(count, bytes);
}

static void *mimalloc_memalign(size_t alignment, size_t bytes)
{
    void *block = mimalloc.memalign(alignment, bytes);

    return LIKELY(is_owned(block)) ? block : libc_allocator.memalign(alignment, bytes);
}

/* `block` is mimalloc's own. */
static void *mimalloc_realloc(void *block, size_t bytes)
{
    if (LIKELY(bytes < BYTES_MOVED))
        return mimalloc.realloc(block, bytes);
    void *moved = mimalloc_malloc(bytes);
    size_t usable = mimalloc.usable(block);

    if (moved) {
        memcpy(moved, block, usable < bytes ? usable : bytes);
        mimalloc.free(block);
    }
    return moved;
}

static size_t mimalloc_usable(void *block)
{
    return LIKELY(mimalloc.owns(block)) ? mimalloc.usable(block)
                                        : usable_bytes(next_older(block), block);
}

static bool refuse(const char *why)
{
    message_why("TARE_ALLOCATOR=mimalloc", why);
    return false;
}

/* All the functions, and all of one library. */
static bool look_up(void *library)
{
    static const char *const names[ALLOCATOR_FUNCTIONS] = {
        "mi_malloc", "mi_calloc", "mi_realloc", "mi_memalign", "mi_free", "mi_usable_size"};
    void *owns = dlsym(library, "mi_is_in_heap_region");

    memcpy(&mimalloc.owns, &owns, sizeof owns);
    return allocator_look_up(&mimalloc, library, names) && owns;
}

/* It has another one than the C library's, in front of us or behind. */
static void say_whose(const char *file)
{
    message_why("TARE_ALLOCATOR=mimalloc is not heeded, the program uses the allocator of",
                file);
}

static bool refuse_otherwise_laid_out(void)
{
    Dl_info libc, theirs;

    if (!dladdr((void *)(uintptr_t)next.malloc, &theirs) ||
        !dladdr(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), &libc) ||
        theirs.dli_fbase == libc.dli_fbase)
        return refuse("the C library's blocks are not laid out as glibc's are known to be: "
                      "they are used");
    say_whose(theirs.dli_fname);
    return false;
}

bool next_use_mimalloc(void)
{
    void *library;
    bool whole;

    if (next_state == NEXT_BYPASSED)
        say_whose(next_in_front());
    if (next_state != NEXT_READY)
        return false;
    if (!next.size_in_front)
        return refuse_otherwise_laid_out();
    if (!__libc_single_threaded)
        return refuse(
            "there are threads before it can be loaded: the system's allocator is used");
    library = dlopen("libmimalloc.so.2", RTLD_NOW | RTLD_LOCAL);
    whole = library && look_up(library);
    dlerror();
    if (!whole)
        return refuse(
            "libmimalloc.so.2 cannot be loaded (Debian: libmimalloc2.0): the system's "
            "allocator is used");
    next_replace(
        &(struct allocator){
            .malloc = mimalloc_malloc,
            .calloc = mimalloc_calloc,
            .realloc = mimalloc_realloc,
            .memalign = mimalloc_memalign,
            .free = mimalloc.free,
            .usable = mimalloc_usable,
            .owns = mimalloc.owns,
        },
        &mimalloc);
    return true;
}
