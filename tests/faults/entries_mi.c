/* SPDX-License-Identifier: MIT
 *
 * mimalloc's own names, where it was preloaded; else says "absent". Prints what is wrong.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma weak mi_malloc
#pragma weak mi_zalloc
#pragma weak mi_calloc
#pragma weak mi_mallocn
#pragma weak mi_realloc
#pragma weak mi_rezalloc
#pragma weak mi_expand
#pragma weak mi_malloc_aligned
#pragma weak mi_zalloc_aligned
#pragma weak mi_realloc_aligned
#pragma weak mi_new
#pragma weak mi_new_n
#pragma weak mi_free
#pragma weak mi_free_size
#pragma weak mi_free_aligned
#pragma weak mi_usable_size
#pragma weak mi_good_size

void *mi_malloc(size_t bytes);
void *mi_zalloc(size_t bytes);
void *mi_calloc(size_t count, size_t bytes);
void *mi_mallocn(size_t count, size_t bytes);
void *mi_realloc(void *block, size_t bytes);
void *mi_rezalloc(void *block, size_t bytes);
void *mi_expand(void *block, size_t bytes);
void *mi_malloc_aligned(size_t bytes, size_t alignment);
void *mi_zalloc_aligned(size_t bytes, size_t alignment);
void *mi_realloc_aligned(void *block, size_t bytes, size_t alignment);
void *mi_new(size_t bytes);
void *mi_new_n(size_t count, size_t bytes);
void mi_free(void *block);
void mi_free_size(void *block, size_t bytes);
void mi_free_aligned(void *block, size_t alignment);
size_t mi_usable_size(void *block);
size_t mi_good_size(size_t bytes);

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

int main(void)
{
    if (!mi_malloc) {
        puts(dlsym(RTLD_DEFAULT, "mi_malloc") ? "wrong: only dlsym finds it" : "absent");
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
    }
    return 0;
}
