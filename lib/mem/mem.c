/* SPDX-License-Identifier: MIT */
#include <tare/mem.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/observer.h"
#include "mem/mem_events.h"

enum { MALLOC_ALIGNMENT = _Alignof(max_align_t) };

static void *libc_move(void *block, size_t old_bytes, size_t new_bytes, size_t alignment)
{
    void *moved;

    TARE_ASSERT(alignment && !(alignment & (alignment - 1)));
    TARE_ASSERT(block ? old_bytes > 0 : old_bytes == 0);
    if (alignment <= MALLOC_ALIGNMENT)
        return realloc(block, new_bytes);
    if (posix_memalign(&moved, alignment, new_bytes))
        return NULL;
    if (block) {
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
        free(block);
    }
    return moved;
}

static void *libc_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                         size_t new_bytes, size_t alignment)
{
    void *moved = NULL;

    (void)mem;
    if (new_bytes)
        moved = libc_move(block, old_bytes, new_bytes, alignment);
    else
        free(block);
    if (moved || !new_bytes)
        tare__mem_note(old_bytes, new_bytes);
    return moved;
}

static struct tare_mem libc_mem = {libc_resize, "libc"};

struct tare_mem *tare_mem_libc(void)
{
    return &libc_mem;
}

static struct {
    void *(*realloc)(void *block, size_t bytes);
    void *(*realloc_aligned)(void *block, size_t bytes, size_t alignment);
    void (*free)(void *block);
} mimalloc;

/* Blocks that are smaller than the alignment that malloc promises may have less. */
static bool is_natural(size_t bytes, size_t alignment)
{
    return alignment <= sizeof(void *) ||
           (alignment <= MALLOC_ALIGNMENT && bytes >= MALLOC_ALIGNMENT);
}

static void *mimalloc_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                             size_t new_bytes, size_t alignment)
{
    void *moved = NULL;

    (void)mem;
    TARE_ASSERT(alignment && !(alignment & (alignment - 1)));
    TARE_ASSERT(block ? old_bytes > 0 : old_bytes == 0);
    if (!new_bytes)
        mimalloc.free(block);
    else if (is_natural(new_bytes, alignment)) /* the other one takes a larger size class */
        moved = mimalloc.realloc(block, new_bytes);
    else
        moved = mimalloc.realloc_aligned(block, new_bytes, alignment);
    if (moved || !new_bytes)
        tare__mem_note(old_bytes, new_bytes);
    return moved;
}

static struct tare_mem mimalloc_mem = {mimalloc_resize, "mimalloc"};
static bool mimalloc_is_loaded;

/* As a dependency of ours it would bring its malloc and operator new into the global scope, where
 * a program that loads C++ libraries later would find them. */
static void load_mimalloc(void)
{
    void *library = dlopen("libmimalloc.so.2", RTLD_NOW | RTLD_LOCAL);

    if (!library)
        return;
    void *resize = dlsym(library, "mi_realloc"),
         *resize_aligned = dlsym(library, "mi_realloc_aligned"),
         *release = dlsym(library, "mi_free");
    memcpy(&mimalloc.realloc, &resize, sizeof resize);
    memcpy(&mimalloc.realloc_aligned, &resize_aligned, sizeof resize_aligned);
    memcpy(&mimalloc.free, &release, sizeof release);
    mimalloc_is_loaded = resize && resize_aligned && release;
}

struct tare_mem *tare_mem_mimalloc(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load_mimalloc);
    return mimalloc_is_loaded ? &mimalloc_mem : NULL;
}

static struct tare_mem *default_mem;

static void choose_default(void)
{
    struct tare_mem *mem = NULL;

    if (!tare__is_malloc_watched())
        mem = tare_mem_mimalloc();
    default_mem = mem ? mem : &libc_mem;
}

struct tare_mem *tare_mem_default(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, choose_default);
    return default_mem;
}
