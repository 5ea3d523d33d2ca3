/* SPDX-License-Identifier: MIT */
#include <tare/mem.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/observer.h"
#include "mem/mem_events.h"
#include "mem/mem_pages.h"

enum { MALLOC_ALIGNMENT = _Alignof(max_align_t) };

static void *libc_new(size_t bytes, size_t alignment)
{
    void *block;

    if (alignment <= MALLOC_ALIGNMENT)
        return malloc(bytes);
    return posix_memalign(&block, alignment, bytes) ? NULL : block;
}

static void *libc_move(void *block, size_t old_bytes, size_t new_bytes, size_t alignment)
{
    if (alignment <= MALLOC_ALIGNMENT)
        return realloc(block, new_bytes);
    void *moved = libc_new(new_bytes, alignment);
    if (moved) {
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
        free(block);
    }
    return moved;
}

/* What any of the system's allocators is asked for. */
static void check(const void *block, size_t old_bytes, size_t alignment)
{
    TARE_ASSERT(alignment && !(alignment & (alignment - 1)));
    TARE_ASSERT(block ? old_bytes > 0 : old_bytes == 0);
    (void)block, (void)old_bytes, (void)alignment;
}

static void *libc_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                         size_t new_bytes, size_t alignment)
{
    void *moved = NULL;

    (void)mem;
    check(block, old_bytes, alignment);
    if (!new_bytes) {
        free(block);
        tare__mem_note(old_bytes, 0);
        return NULL;
    }
    if (block)
        moved = libc_move(block, old_bytes, new_bytes, alignment);
    else
        moved = libc_new(new_bytes, alignment);
    if (moved)
        tare__mem_note(old_bytes, new_bytes);
    return moved;
}

static struct tare_mem libc_mem = {libc_resize, "libc"};

struct tare_mem *tare_mem_libc(void)
{
    return &libc_mem;
}

static struct {
    void *(*alloc)(size_t bytes);
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

/* The aligned one takes a larger size class. It is not mi_malloc_aligned, which takes blocks of 256,
 * 512 and 1,024 bytes to be aligned that are not (2.0.9). */
static void *mimalloc_new(size_t bytes, size_t alignment)
{
    return is_natural(bytes, alignment) ? mimalloc.alloc(bytes)
                                        : mimalloc.realloc_aligned(NULL, bytes, alignment);
}

static void *mimalloc_move(void *block, size_t bytes, size_t alignment)
{
    return is_natural(bytes, alignment) ? mimalloc.realloc(block, bytes)
                                        : mimalloc.realloc_aligned(block, bytes, alignment);
}

static void *pages_resize(void *block, size_t old_bytes, size_t new_bytes, size_t alignment)
{
    void *moved = tare__pages_resize(block, old_bytes, new_bytes, alignment);

    if (moved || !new_bytes)
        tare__mem_note(old_bytes, new_bytes);
    return moved;
}

static void *mimalloc_resize(struct tare_mem *mem, void *block, size_t old_bytes,
                             size_t new_bytes, size_t alignment)
{
    void *moved;

    (void)mem;
    check(block, old_bytes, alignment);
    if (TARE_UNLIKELY(tare__pages_suit(alignment)))
        return pages_resize(block, old_bytes, new_bytes, alignment);
    if (!new_bytes) {
        mimalloc.free(block);
        tare__mem_note(old_bytes, 0);
        return NULL;
    }
    moved = block ? mimalloc_move(block, new_bytes, alignment)
                  : mimalloc_new(new_bytes, alignment);
    if (moved)
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
    const struct {
        const char *name;
        void *pointer;
    } functions[] = {
        {"mi_malloc", &mimalloc.alloc},
        {"mi_realloc", &mimalloc.realloc},
        {"mi_realloc_aligned", &mimalloc.realloc_aligned},
        {"mi_free", &mimalloc.free},
    };
    bool has_all = true;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(library, functions[i].name);

        memcpy(functions[i].pointer, &function, sizeof function);
        has_all = has_all && function;
    }
    mimalloc_is_loaded = has_all;
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
    /* releases what was loaded; pairs with the load in tare_mem_default */
    __atomic_store_n(&default_mem, mem ? mem : &libc_mem, __ATOMIC_RELEASE);
}

struct tare_mem *tare_mem_default(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct tare_mem *mem = __atomic_load_n(&default_mem, __ATOMIC_ACQUIRE);

    if (TARE_LIKELY(mem != NULL)) /* pthread_once is a call, and asked for each block */
        return mem;
    pthread_once(&once, choose_default);
    return default_mem;
}
