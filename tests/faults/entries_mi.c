/* SPDX-License-Identifier: MIT
 *
 * usage: entries_mi [heaps]
 *
 * mimalloc's own names, where it was preloaded; else says "absent". With "heaps" those of separate
 * heaps only. Prints what is wrong.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Declared weak each: absent where mimalloc is. */
#define WEAK __attribute__((weak))

WEAK void *mi_malloc(size_t bytes);
WEAK void *mi_zalloc(size_t bytes);
WEAK void *mi_calloc(size_t count, size_t bytes);
WEAK void *mi_mallocn(size_t count, size_t bytes);
WEAK void *mi_realloc(void *block, size_t bytes);
WEAK void *mi_rezalloc(void *block, size_t bytes);
WEAK void *mi_expand(void *block, size_t bytes);
WEAK void *mi__expand(void *block, size_t bytes);
WEAK int mi_reallocarr(void *at, size_t count, size_t bytes);
WEAK char *mi_strdup(const char *text);
WEAK char *mi_strndup(const char *text, size_t bytes);
WEAK void *mi_malloc_aligned(size_t bytes, size_t alignment);
WEAK void *mi_zalloc_aligned(size_t bytes, size_t alignment);
WEAK void *mi_realloc_aligned(void *block, size_t bytes, size_t alignment);
WEAK void *mi_malloc_aligned_at(size_t bytes, size_t alignment, size_t offset);
WEAK void *mi_zalloc_aligned_at(size_t bytes, size_t alignment, size_t offset);
WEAK void *mi_calloc_aligned_at(size_t count, size_t bytes, size_t alignment,
                                size_t offset);
WEAK void *mi_realloc_aligned_at(void *block, size_t bytes, size_t alignment,
                                 size_t offset);
WEAK void *mi_rezalloc_aligned_at(void *block, size_t bytes, size_t alignment,
                                  size_t offset);
WEAK void *mi_recalloc_aligned(void *block, size_t count, size_t bytes, size_t alignment);
WEAK void *mi_aligned_recalloc(void *block, size_t count, size_t bytes, size_t alignment);
WEAK void *mi_new(size_t bytes);
WEAK void *mi_new_n(size_t count, size_t bytes);
WEAK void mi_free(void *block);
WEAK void mi_free_size(void *block, size_t bytes);
WEAK void mi_free_aligned(void *block, size_t alignment);
WEAK size_t mi_usable_size(void *block);
WEAK size_t mi_good_size(size_t bytes);
WEAK void *mi_heap_new(void);
WEAK void mi_heap_destroy(void *heap);
WEAK void mi_heap_delete(void *heap);
WEAK void *mi_heap_malloc(void *heap, size_t bytes);
WEAK void *mi_heap_zalloc(void *heap, size_t bytes);
WEAK void *mi_heap_malloc_aligned(void *heap, size_t bytes, size_t alignment);
WEAK void *mi_heap_realloc(void *heap, void *block, size_t bytes);
WEAK char *mi_heap_strdup(void *heap, const char *text);

enum { ROUNDS = 1000 };

static void *filled(void *block, size_t bytes)
{
    if (mi_usable_size(block) < bytes)
        printf("wrong: usable size of %zu bytes\n", bytes);
    return memset(block, 'x', mi_usable_size(block));
}

static void *zero(void *block, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (((char *)block)[i]) {
            printf("wrong: byte %zu is not zero\n", i);
            break;
        }
    return block;
}

static char *placed(void *block, size_t offset)
{
    if (((uintptr_t)block + offset) % 64)
        printf("wrong: not aligned at %zu\n", offset);
    return block;
}

static void with_offsets(size_t bytes)
{
    size_t offset = bytes % 40;

    mi_free(filled(placed(mi_malloc_aligned_at(bytes + offset, 64, offset), offset),
                   bytes + offset));
    char *block = mi_zalloc_aligned_at(bytes + 40, 64, offset);
    mi_free(filled(placed(zero(block, 0, bytes + 40), offset), bytes + 40));
    block = mi_calloc_aligned_at(2, bytes + 40, 64, offset);
    block = filled(placed(zero(block, 0, 2 * bytes + 80), offset), bytes);
    size_t was = mi_usable_size(block);
    block = mi_rezalloc_aligned_at(block, 3 * bytes + 300, 64, offset);
    mi_free(placed(zero(block, was, 3 * bytes + 300), offset));
    block = filled(mi_zalloc_aligned(bytes, 64), bytes);
    was = mi_usable_size(block);
    block = mi_recalloc_aligned(block, 2, bytes + 100, 64);
    block = filled(placed(zero(block, was, 2 * bytes + 200), 0), bytes);
    was = mi_usable_size(block);
    block = mi_aligned_recalloc(block, 3, bytes + 200, 64);
    mi_free(placed(zero(block, was, 3 * bytes + 600), 0));
    block = mi_realloc_aligned_at(NULL, bytes + 40, 64, offset);
    mi_free(filled(placed(block, offset), bytes + 40));
}

static void with_copies(size_t bytes)
{
    char text[2001];
    void *block = NULL;

    memset(text, 'y', bytes);
    text[bytes] = '\0';
    char *copy = mi_strdup(text), *part = mi_strndup(text, bytes / 2);
    if (strcmp(copy, text) != 0 || strlen(part) != bytes / 2)
        printf("wrong: copy of %zu bytes\n", bytes);
    mi_free(copy);
    free(part);
    if (mi_reallocarr(&block, 2, bytes) || !filled(block, 2 * bytes) ||
        mi__expand(block, bytes) != block)
        printf("wrong: reallocarr of %zu bytes\n", bytes);
    mi_free(block);
}

/* Blocks of heaps of their own, freed by the functions that are for all blocks, and moved by them:
 * four a round. And heaps that go with their blocks, or without. */
static void with_heaps(void)
{
    void *heap = mi_heap_new();

    for (size_t bytes = 1; bytes <= ROUNDS; bytes++) {
        mi_free(filled(mi_heap_malloc(heap, bytes), bytes));
        free(filled(zero(mi_heap_zalloc(heap, bytes), 0, bytes), bytes));
        mi_free_aligned(filled(mi_heap_malloc_aligned(heap, bytes, 64), bytes), 64);
        char *block = mi_heap_realloc(heap, mi_heap_strdup(heap, "text"), bytes + 100);
        block = mi_realloc(block, 3 * bytes + 100);
        if (strcmp(block, "text") != 0)
            printf("wrong: lost text\n");
        mi_free(filled(block, 3 * bytes + 100));
        if (bytes % 100)
            continue;
        void *other = mi_heap_new();
        filled(mi_heap_malloc(other, bytes), bytes);
        mi_heap_destroy(other);
        other = mi_heap_new();
        block = filled(mi_heap_malloc(other, bytes), bytes);
        mi_heap_delete(other);
        if (*block != 'x')
            printf("wrong: gone with its heap\n");
    }
    mi_heap_delete(heap);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (!mi_malloc) {
        puts(dlsym(RTLD_DEFAULT, "mi_malloc") ? "wrong: only dlsym finds it" : "absent");
        return 0;
    }
    if (argc > 1) {
        with_heaps();
        return 0;
    }
    for (size_t bytes = 1; bytes <= ROUNDS; bytes++) {
        mi_free(filled(mi_malloc(bytes), mi_good_size(bytes)));
        mi_free_size(filled(zero(mi_zalloc(bytes), 0, bytes), bytes), bytes);
        mi_free(filled(mi_calloc(1, bytes), bytes));
        free(filled(mi_mallocn(2, bytes), 2 * bytes));
        mi_free_size(filled(malloc(bytes), bytes), bytes);
        mi_free(filled(mi_realloc(mi_malloc(bytes), 2 * bytes), 2 * bytes));
        char *block = filled(mi_zalloc(bytes), bytes);
        size_t was = mi_usable_size(block);
        mi_free(zero(mi_rezalloc(block, 3 * bytes + 100), was, 3 * bytes + 100));
        block = filled(mi_malloc(bytes), bytes);
        if (mi_expand(block, bytes) != block)
            printf("wrong: expand\n");
        mi_free(block);
        mi_free_aligned(filled(mi_malloc_aligned(bytes, 64), bytes), 64);
        mi_free(filled(
            mi_realloc_aligned(zero(mi_zalloc_aligned(bytes, 64), 0, bytes), 2 * bytes, 64),
            2 * bytes));
        mi_free(filled(mi_new(bytes), bytes));
        mi_free(filled(mi_new_n(2, bytes), 2 * bytes));
        with_offsets(bytes);
        with_copies(bytes);
    }
    return 0;
}
